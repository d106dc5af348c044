// The running sinks, each with its courier. A reload ends the couriers of sinks that change or go,
// with their cursors saved, and the new ones go on from there.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "daemon/config/settings.h"
#include "daemon/deliver/courier.h"
#include "daemon/outputs/make_sink.h"
#include "daemon/status/status.h"

namespace eventfwd {

// Used on one thread.
class SinkSet {
  public:
    // All of them outlive the set.
    struct Parts {
        Journal& journal;
        DeadLetters& dead_letters;
        CourierProbe& courier_probe;
        SinkParts sink;
    };
    explicit SinkSet(const Parts& parts) : parts_(parts) {}

    // Makes everything; nothing runs yet.
    Result<> open(const std::vector<SinkSettings>& settings);
    void start();
    // Gives the couriers until DEADLINE to deliver what is in the journal, and saves their cursors.
    void stop(std::chrono::steady_clock::time_point deadline);
    void reopen();

    // Makes the sinks what SETTINGS say. A sink that cannot be made keeps the others going: its
    // events wait in the journal, and the error says so.
    Result<> reload(const std::vector<SinkSettings>& settings);

    // The courier of that name; null where there is none.
    Courier* find(std::string_view name) const;
    // Those that are no longer configured among them.
    std::vector<SinkStatus> statuses() const;

  private:
    struct Sending {
        SinkSettings settings;
        std::unique_ptr<Courier> courier;

        const std::string& name() const { return settings.courier.name; }
    };

    Result<> add(const SinkSettings& settings);
    void find_orphans();
    CourierStatus with_what_is_gone(CourierStatus status) const;
    CourierStatus status_of(const Courier& courier) const;

    const Parts parts_;
    std::vector<Sending> sendings_;
    std::vector<SinkStatus> orphans_;  // as their cursors were saved
};

}  // namespace eventfwd
