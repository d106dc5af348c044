// The composition root: builds the daemon from its settings in the order in which the parts need
// each other, runs it until a signal comes, and stops it in reverse.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <memory>
#include <vector>

#include "daemon/app/log_probe.h"
#include "daemon/config/settings.h"
#include "daemon/listen/datagram_listener.h"
#include "daemon/listen/inherited_sockets.h"
#include "daemon/ops/control_server.h"
#include "daemon/ops/journal_keeper.h"
#include "daemon/ops/kernel_drops.h"
#include "daemon/ops/service_manager.h"
#include "daemon/ops/status_json.h"

namespace eventfwd {

class App {
  public:
    // Everything is open when this returns, and nothing runs yet.
    static Result<std::unique_ptr<App>> build(const Settings& settings);
    ~App();

    // Until SIGTERM or SIGINT. Returns when all is stopped and saved.
    void run();

  private:
    struct Input {
        std::unique_ptr<Intake> intake;
        std::unique_ptr<DatagramListener> listener;
    };

    explicit App(std::chrono::microseconds stop_timeout);

    Result<> open_journal(const JournalOptions& options);
    Result<> make_couriers(const std::vector<SinkSettings>& sinks);
    Result<std::unique_ptr<Sink>> make_sink(const SinkSettings& settings);
    void tell_of_orphans();
    Result<> open_inputs(const std::vector<InputSettings>& inputs);
    Result<Input> open_input(const InputSettings& settings, InheritedSockets& inherited);
    Result<std::vector<DatagramSocket>> open_sockets(const InputSettings& settings,
                                                     InheritedSockets& inherited);
    void start();
    void stop();
    void await_signal();
    void await_watchdog();
    Status status();

    const std::chrono::microseconds stop_timeout_;
    const std::chrono::steady_clock::time_point started_ = std::chrono::steady_clock::now();
    PosixFileSystem files_;
    SystemClock clock_;
    LogProbe probe_;
    std::unique_ptr<Journal> journal_;
    std::unique_ptr<DeadLetters> dead_letters_;
    std::unique_ptr<KernelDrops> kernel_drops_;
    std::unique_ptr<JournalKeeper> keeper_;
    std::vector<std::unique_ptr<Courier>> couriers_;
    std::vector<Input> inputs_;
    boost::asio::io_context ops_{1};
    boost::asio::signal_set signals_{ops_};
    const ServiceManager service_manager_ = ServiceManager::from_environment();
    boost::asio::steady_timer watchdog_timer_{ops_};
    ControlServer control_;
};

}  // namespace eventfwd
