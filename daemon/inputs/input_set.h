// The running inputs. A reload changes them without losing a packet: a socket that is still wanted
// is handed on with what the kernel holds in it, and lines that a full journal has no room for wait
// elsewhere, never on the thread that reloads.
#pragma once

#include <atomic>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "core/file_system.h"
#include "daemon/config/settings.h"
#include "daemon/inputs/datagram_input.h"
#include "daemon/inputs/input.h"
#include "daemon/service/inherited_sockets.h"
#include "net/socket_file.h"

namespace eventfwd {

// Used on one thread, but for snapshot().
class InputSet {
  public:
    // All of them outlive the set.
    struct Parts {
        FileSystem& files;
        DatagramInput::Parts input;
    };
    // BEFORE: what inputs of these names counted in earlier lives.
    InputSet(const Parts& parts, std::map<std::string, InputCounts> before)
        : parts_(parts), past_(std::move(before)) {}
    ~InputSet();

    // Opens everything; nothing runs yet. A datagram socket of INHERITED that none of SETTINGS is
    // for becomes an input of its own, as HELD says.
    Result<> open(const std::vector<InputSettings>& settings, InheritedSockets inherited,
                  const HeldSocketOptions& held = {});
    void start();

    // Drains the sockets into the journal; waits for room in that until DEADLINE.
    void stop(std::chrono::steady_clock::time_point deadline);

    // A change of the inputs that is ready to be made: all that can fail is done.
    struct Entry {
        InputSettings settings;
        std::vector<DatagramSocket> opened;
        std::vector<std::string> kept;  // names of sockets that are open already
        bool is_restored = false;       // its settings stay, its sockets do not
        bool is_unnamed = false;        // as of Running
    };
    using Change = std::vector<Entry>;
    // A socket that systemd holds and no input of SETTINGS has goes on in one that HELD describes.
    Result<Change> prepare(const std::vector<InputSettings>& settings,
                           const HeldSocketOptions& held = {});
    void apply(Change change);

    // Which sockets are read without being named.
    void warn_of_unnamed(const HeldSocketOptions& held) const;

    // The files of the Unix sockets, those that systemd holds among them.
    std::vector<std::string> socket_paths() const;
    // Opens those sockets anew whose file is no longer in place, and takes what the kernel holds at
    // the old ones. Where one cannot be opened, the old one goes on.
    std::vector<LostSocketFile> restore_sockets();

    // All inputs of this life, and those before that counted something; one that is gone listens
    // nowhere. And the journal at that very moment: it has what they accepted, and nothing else of
    // theirs.
    struct Snapshot {
        std::vector<InputStatus> inputs;
        JournalStatus journal;
    };
    // From any thread. Appends wait for it, for some microseconds.
    Snapshot snapshot();
    std::vector<InputStatus> statuses() { return snapshot().inputs; }

  private:
    struct Running {
        InputSettings settings;
        std::unique_ptr<Input> input;
        bool is_unnamed = false;  // the configuration does not name it; systemd holds its socket

        const std::string& name() const { return settings.intake.name; }
    };

    // Brings to the journal what an input that is gone was halted with.
    struct Leaving {
        std::unique_ptr<DatagramIntake> intake;
        std::thread thread;
        std::atomic<bool> is_over = false;
    };

    Running& add(const InputSettings& settings, std::vector<DatagramSocket> sockets,
                 WaitingBlocks waiting);
    Result<> open_unnamed(InheritedSockets& inherited, const HeldSocketOptions& held);
    void prepare_unnamed(Change& change, const HeldSocketOptions& held) const;
    std::vector<std::string> held_addresses() const;
    std::vector<Running> halt_changing(const Change& change);
    WaitingBlocks retire(const Running& old);
    void leave(const InputSettings& settings, WaitingBlocks waiting);
    void forget_those_that_left();
    Result<> prepare_entry(Entry& entry, const Running* running);
    Result<> open_anew(const DatagramSocket& socket, Entry& entry);
    bool has_socket(const std::string& name) const;
    Running* find(const std::string& name);

    const Parts parts_;
    std::mutex mutex_;  // guards the shape of all below
    std::vector<Running> running_;
    std::list<Leaving> leaving_;
    std::map<std::string, InputCounts> past_;  // before an input was changed or went, by name
};

}  // namespace eventfwd
