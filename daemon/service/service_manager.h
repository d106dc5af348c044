// What the daemon tells systemd (Type=notify): ready, reloading, stopping, alive. Without systemd
// all of it does nothing. The protocol of sd_notify(3), spoken without libsystemd for the reason
// that listen/inherited_sockets.cpp gives.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace eventfwd {

class ServiceManager {
  public:
    // Takes over what the environment says, once in a process.
    static ServiceManager from_environment();

    bool is_there() const { return !socket_path_.empty(); }

    // STATE is lines as "READY=1".
    void tell(std::string_view state) const;
    // That READY=1 will follow (Type=notify-reload wants to know since when).
    void tell_reloading() const;

    // Says WATCHDOG=1 at least this often, or systemd ends the process; nothing: no need to.
    std::optional<std::chrono::microseconds> watchdog_interval() const { return watchdog_; }

  private:
    std::string socket_path_;  // a leading '@' stands for the abstract namespace; empty: none
    std::optional<std::chrono::microseconds> watchdog_;
};

}  // namespace eventfwd
