// The composition root: builds the daemon from its settings in the order in which the parts need
// each other, runs it until a signal comes, changes it when the configuration does, and stops it in
// reverse.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <memory>

#include "daemon/app/counts_file.h"
#include "daemon/app/daemon_operations.h"
#include "daemon/app/log_probe.h"
#include "daemon/app/socket_keeper.h"
#include "daemon/config/settings.h"
#include "daemon/control/control_server.h"
#include "daemon/inputs/input_set.h"
#include "daemon/intake/dead_letter_intake.h"
#include "daemon/listen/kernel_drops.h"
#include "daemon/outputs/sink_set.h"
#include "daemon/service/service_manager.h"
#include "daemon/upkeep/journal_maintenance.h"

namespace eventfwd {

class App {
  public:
    // Everything is open when this returns, and nothing runs yet. INHERITED is what systemd holds.
    static Result<std::unique_ptr<App>> build(const Settings& settings, InheritedSockets inherited,
                                              const ServiceManager& service_manager);
    ~App();

    // Until SIGTERM or SIGINT. Returns when all is stopped and saved.
    void run();

  private:
    App(const Settings& settings, const ServiceManager& service_manager);

    Result<> open(InheritedSockets inherited);
    std::vector<JournalMaintenance::Task> maintenance_tasks();
    void start();
    void stop();
    void reload();
    void await_signal();
    void await_watchdog();

    Settings settings_;  // in force
    SystemClock clock_;
    LogProbe probe_;
    PosixFileSystem files_;
    std::unique_ptr<Journal> journal_;
    std::unique_ptr<DeadLetters> dead_letters_;
    std::unique_ptr<DeadLetterIntake> dead_letter_intake_;
    Quotas quotas_;
    std::unique_ptr<CountsFile> counts_file_;
    std::unique_ptr<KernelDrops> kernel_drops_;
    std::unique_ptr<JournalMaintenance> maintenance_;  // woken by sinks and inputs
    std::unique_ptr<SinkSet> sinks_;
    std::unique_ptr<InputSet> inputs_;
    std::unique_ptr<DaemonOperations> operations_;
    boost::asio::io_context ops_{1};
    boost::asio::signal_set signals_{ops_};
    const ServiceManager service_manager_;
    boost::asio::steady_timer watchdog_timer_{ops_};
    ControlServer control_;
    std::unique_ptr<SocketKeeper> sockets_;
};

}  // namespace eventfwd
