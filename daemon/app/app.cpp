#include "daemon/app/app.h"

#include <spdlog/spdlog.h>
#include <sys/resource.h>

#include <algorithm>
#include <csignal>
#include <set>

#include "core/units.h"
#include "journal/journal_state.h"
#include "sinks/stdout_sink.h"

namespace eventfwd {
namespace {

// A sink by template may need a descriptor for every application.
void raise_descriptor_limit() {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
    limit.rlim_cur = limit.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace

App::App(std::chrono::microseconds stop_timeout)
    : stop_timeout_(stop_timeout), control_(ops_, [this](std::string_view request) {
          if (request == "status") return to_json(status());
          return std::string(R"({"error":"unknown request"})");
      }) {}

App::~App() = default;

Result<std::unique_ptr<App>> App::build(const Settings& settings) {
    raise_descriptor_limit();
    std::signal(SIGPIPE, SIG_IGN);
    std::unique_ptr<App> app(new App(settings.stop_timeout));
    if (auto opened = app->open_journal(settings.journal); !opened)
        return std::unexpected(opened.error());
    app->dead_letters_ = std::make_unique<DeadLetters>(settings.dead_letters, app->files_);
    if (auto made = app->make_couriers(settings.sinks); !made) return std::unexpected(made.error());
    if (auto opened = app->open_inputs(settings.inputs); !opened)
        return std::unexpected(opened.error());
    if (auto listening = app->control_.listen(settings.control_path, settings.control_mode);
        !listening) {
        return std::unexpected(listening.error());
    }
    return app;
}

Result<> App::open_journal(const JournalOptions& options) {
    auto journal = Journal::open(options, files_, clock_, probe_, current_boot_id());
    if (!journal) return std::unexpected(journal.error());
    journal_ = std::move(*journal);
    kernel_drops_ = std::make_unique<KernelDrops>(files_, options.path + "/kernel-drops");
    keeper_ = std::make_unique<JournalKeeper>(*journal_, [this] {
        for (const Input& input : inputs_)
            kernel_drops_->count(*input.listener);
        if (auto saved = kernel_drops_->save(); !saved) probe_.maintenance_failed(saved.error());
    });
    return {};
}

Result<> App::make_couriers(const std::vector<SinkSettings>& sinks) {
    std::vector<std::string> names;
    for (const SinkSettings& settings : sinks) {
        auto sink = make_sink(settings);
        if (!sink) return std::unexpected(sink.error());
        names.push_back(settings.courier.name);
        couriers_.push_back(std::make_unique<Courier>(settings.courier, std::move(*sink), *journal_,
                                                      *dead_letters_, clock_, probe_));
        if (auto saved = couriers_.back()->save_first_cursor(); !saved) return saved;
    }
    tell_of_orphans();
    return journal_->remember_sinks(names);
}

Result<std::unique_ptr<Sink>> App::make_sink(const SinkSettings& settings) {
    if (settings.kind == SinkSettings::Kind::standard_output) return std::make_unique<StdoutSink>();
    return FileSink::make(settings.file, files_, clock_, probe_);
}

// Sinks that the journal knows and the configuration does not: they hold nothing back.
void App::tell_of_orphans() {
    for (const std::string& known : journal_->known_sinks()) {
        const bool is_configured = std::ranges::any_of(
            couriers_, [&](const auto& courier) { return courier->name() == known; });
        if (is_configured) continue;
        const auto cursor = journal_->cursors().load(known);
        const std::uint64_t last = journal_->status().last;
        const std::uint64_t done =
            cursor ? std::min(cursor->number("sequence").value_or(0), last) : 0;
        spdlog::warn(
            "sink {} is no longer configured; {} events were pending for it, and are kept only as "
            "long as other sinks need them",
            known, last - done);
    }
}

Result<> App::open_inputs(const std::vector<InputSettings>& inputs) {
    InheritedSockets inherited = InheritedSockets::from_environment();
    for (const InputSettings& settings : inputs) {
        auto input = open_input(settings, inherited);
        if (!input) return std::unexpected(input.error());
        inputs_.push_back(std::move(*input));
        kernel_drops_->add(*inputs_.back().listener);
    }
    for (const InheritedSockets::Socket& socket : inherited.left()) {
        spdlog::warn(
            "systemd handed over a socket at {} (FileDescriptorName={}) that no input listens on",
            socket.address, socket.fd_name);
    }
    return {};
}

Result<App::Input> App::open_input(const InputSettings& settings, InheritedSockets& inherited) {
    auto sockets = open_sockets(settings, inherited);
    if (!sockets) return failure_while("input " + settings.intake.name, sockets.error());
    for (const DatagramSocket& socket : *sockets) {
        spdlog::info("input {}: listening on {}{}, receive buffer {}", settings.intake.name,
                     socket.name, socket.is_inherited ? " (held by systemd)" : "",
                     format_size(socket.receive_buffer_bytes));
    }
    DatagramListenerOptions options;
    options.name = settings.intake.name;
    options.packet_bytes_max = settings.intake.decode.packet_bytes_max;
    options.sleep_in_receive =
        settings.kind == InputSettings::Kind::unix_datagram && sockets->size() == 1;
    Input input;
    input.intake = std::make_unique<Intake>(settings.intake, *journal_, *dead_letters_, probe_);
    input.listener =
        std::make_unique<DatagramListener>(options, std::move(*sockets), *input.intake);
    return input;
}

Result<std::vector<DatagramSocket>> App::open_sockets(const InputSettings& settings,
                                                      InheritedSockets& inherited) {
    std::vector<std::string> addresses;
    for (const Address& address : settings.listen)
        addresses.push_back(address.text());
    if (settings.kind == InputSettings::Kind::unix_datagram) addresses.push_back(settings.path);

    std::vector<DatagramSocket> sockets;
    std::set<std::string> held_addresses;
    for (auto& held : inherited.take(settings.intake.name, addresses)) {
        held_addresses.insert(held.address);
        auto socket = adopt_socket(std::move(held.fd), held.address, settings.receive_buffer_bytes);
        if (!socket) return std::unexpected(socket.error());
        sockets.push_back(std::move(*socket));
    }
    // One that was given by its name may be bound elsewhere: then systemd decides where we listen.
    const bool systemd_decides = std::ranges::any_of(held_addresses, [&](const std::string& held) {
        return std::ranges::find(addresses, held) == addresses.end();
    });
    if (systemd_decides || held_addresses.size() == addresses.size()) return sockets;

    if (settings.kind == InputSettings::Kind::unix_datagram) {
        if (auto made = files_.make_directories(parent_path(settings.path), 0755); !made) {
            return std::unexpected(made.error());
        }
        auto socket = open_unix_socket(settings.path, settings.mode, settings.receive_buffer_bytes);
        if (!socket) return std::unexpected(socket.error());
        sockets.push_back(std::move(*socket));
        return sockets;
    }
    for (const Address& address : settings.listen) {
        if (held_addresses.contains(address.text())) continue;
        auto socket = open_udp_socket(address, settings.receive_buffer_bytes);
        if (socket) {
            sockets.push_back(std::move(*socket));
            continue;
        }
        // A machine without IPv6 is no reason not to serve IPv4.
        const int code = socket.error().code;
        const bool has_no_ipv6 =
            address.family() == AF_INET6 && (code == EADDRNOTAVAIL || code == EAFNOSUPPORT);
        if (!has_no_ipv6 || settings.listen.size() == 1) return std::unexpected(socket.error());
        spdlog::info("input {}: {}; going on without it", settings.intake.name,
                     socket.error().message);
    }
    return sockets;
}

void App::run() {
    // The signals are caught before anything can take long.
    for (const int signal : {SIGTERM, SIGINT, SIGHUP})
        signals_.add(signal);
    await_signal();
    start();
    ops_.run();
    stop();
}

void App::start() {
    for (const auto& courier : couriers_)
        courier->start();
    keeper_->start();
    for (const Input& input : inputs_)
        input.listener->start();
    const JournalStatus journal = journal_->status();
    spdlog::info("ready; journal {} holds numbers {} to {}", journal_->options().path,
                 journal.first, journal.last);
    service_manager_.tell("READY=1");
    await_watchdog();
}

// Told from this thread, which also answers for the status: if it hangs, systemd shall know.
void App::await_watchdog() {
    const auto interval = service_manager_.watchdog_interval();
    if (!interval) return;
    watchdog_timer_.expires_after(*interval);
    watchdog_timer_.async_wait([this](const boost::system::error_code& error) {
        if (error) return;
        service_manager_.tell("WATCHDOG=1");
        await_watchdog();
    });
}

void App::await_signal() {
    signals_.async_wait([this](const boost::system::error_code& error, int signal) {
        if (error) return;
        if (signal != SIGHUP) return ops_.stop();
        spdlog::info("SIGHUP: opening the sinks' files anew");
        for (const auto& courier : couriers_)
            courier->reopen();
        await_signal();
    });
}

// In the order of the data: no new packets, what the kernel held journaled, the sinks given their
// time, cursors saved, the journal closed.
void App::stop() {
    spdlog::info("stopping; sinks have {} to deliver what is left", format_duration(stop_timeout_));
    service_manager_.tell("STOPPING=1");
    const auto deadline = std::chrono::steady_clock::now() + stop_timeout_;
    control_.close();
    for (const Input& input : inputs_)
        input.intake->stop(deadline);
    for (const Input& input : inputs_)
        input.listener->stop();
    for (const Input& input : inputs_)
        input.listener->join();
    for (const auto& courier : couriers_)
        courier->stop(deadline);
    for (const auto& courier : couriers_)
        courier->join();
    keeper_->stop();
    for (const Input& input : inputs_)
        kernel_drops_->count(*input.listener);
    if (auto saved = kernel_drops_->save(); !saved) probe_.maintenance_failed(saved.error());
    journal_->maintain();
    if (auto closed = journal_->close(); !closed) probe_.maintenance_failed(closed.error());
    for (const auto& courier : couriers_) {
        const std::uint64_t pending = journal_->status().last - courier->status().cursor;
        if (pending > 0) {
            spdlog::warn("sink {}: {} events stay in the journal for the next start",
                         courier->name(), format_count(pending));
        }
    }
    spdlog::info("stopped");
}

Status App::status() {
    Status status;
    status.version = EVENTFWD_VERSION;
    status.uptime_seconds =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - started_).count();
    status.now = clock_.now();
    for (const auto& courier : couriers_)
        status.sinks.push_back({courier->name(), courier->status()});
    status.journal = journal_->status();
    for (const Input& input : inputs_) {
        InputStatus told{input.intake->name(),
                         input.intake->counts(),
                         kernel_drops_->count(*input.listener),
                         {}};
        for (const DatagramSocket& socket : input.listener->sockets())
            told.listens_on.push_back(socket.name);
        status.inputs.push_back(std::move(told));
    }
    status.dead_letters = dead_letters_->counts();
    return status;
}

}  // namespace eventfwd
