// The running inputs: each one's sockets, thread and intake. A reload changes them without losing a
// packet: a socket that is still wanted is handed on with what the kernel holds in it, and lines
// that a full journal has no room for wait elsewhere, never on the thread that reloads.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "core/file_system.h"
#include "daemon/config/settings.h"
#include "daemon/intake/datagram_intake.h"
#include "daemon/listen/datagram_listener.h"
#include "daemon/listen/kernel_drops.h"
#include "daemon/service/inherited_sockets.h"
#include "daemon/status/status_json.h"

namespace eventfwd {

// Used on one thread, but for count_kernel_drops.
class InputSet {
  public:
    // All of them outlive the set.
    struct Parts {
        FileSystem& files;
        Journal& journal;
        DeadLetters& dead_letters;
        Quotas& quotas;
        KernelDrops& kernel_drops;
        IntakeProbe& probe;
    };
    explicit InputSet(const Parts& parts) : parts_(parts) {}
    ~InputSet();

    // Opens everything; nothing runs yet.
    Result<> open(const std::vector<InputSettings>& settings, InheritedSockets inherited);
    void start();

    // Drains the sockets into the journal; waits for room in that until DEADLINE.
    void stop(std::chrono::steady_clock::time_point deadline);

    // A change of the inputs that is ready to be made: all that can fail is done.
    struct Entry {
        InputSettings settings;
        std::vector<DatagramSocket> opened;
        std::vector<std::string> kept;  // names of sockets that are open already
    };
    using Change = std::vector<Entry>;
    Result<Change> prepare(const std::vector<InputSettings>& settings);
    void apply(Change change);

    // From any thread.
    void count_kernel_drops();
    // All inputs of this life; one that is gone listens nowhere.
    std::vector<InputStatus> statuses();

  private:
    struct Input {
        InputSettings settings;
        std::unique_ptr<DatagramIntake> intake;
        std::unique_ptr<DatagramListener> listener;

        const std::string& name() const { return settings.intake.name; }
    };

    // Brings to the journal what an input that is gone was halted with.
    struct Leaving {
        std::unique_ptr<DatagramIntake> intake;
        std::thread thread;
    };

    // What an input counted before it was changed or went.
    struct Past {
        IntakeCounts counts;
        std::uint64_t kernel_drops = 0;
    };

    Intake::Parts intake_parts() const;
    Input make(const InputSettings& settings, std::vector<DatagramSocket> sockets,
               WaitingBlocks waiting);
    std::vector<Input> halt_changing(const Change& change);
    void retire(Input& old, WaitingBlocks& waiting);
    void leave(const InputSettings& settings, WaitingBlocks waiting);
    Result<std::vector<DatagramSocket>> take_or_open(const InputSettings& settings,
                                                     InheritedSockets& inherited);
    Result<std::vector<DatagramSocket>> open_missing(const InputSettings& settings,
                                                     const std::vector<std::string>& present);
    Result<> prepare_entry(Entry& entry, const Input* running);
    bool has_socket(const std::string& name) const;
    Input* find(const std::string& name);

    const Parts parts_;
    std::mutex mutex_;  // guards the shape of inputs_
    std::vector<Input> inputs_;
    std::vector<Leaving> leaving_;
    std::map<std::string, Past> past_;  // by name
};

}  // namespace eventfwd
