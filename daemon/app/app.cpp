#include "daemon/app/app.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <sys/resource.h>

#include <algorithm>
#include <csignal>

#include "core/text/units.h"
#include "daemon/control/control_requests.h"
#include "journal/journal_state.h"
#include "net/make.h"

namespace eventfwd {
namespace {

// A sink by template may need a descriptor for every application.
void raise_descriptor_limit() {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
    limit.rlim_cur = limit.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &limit);
}

// The keys that differ and cannot be changed while the daemon runs.
std::vector<std::string_view> fixed_differences(const Settings& old, const Settings& wanted) {
    std::vector<std::string_view> keys;
    const auto compare = [&](std::string_view key, const auto& before, const auto& now) {
        if (before != now) keys.push_back(key);
    };
    compare("journal.path", old.journal.path, wanted.journal.path);
    compare("control.path", old.control_path, wanted.control_path);
    compare("control.mode", old.control_mode, wanted.control_mode);
    compare("dead_letters.path", old.dead_letters.path, wanted.dead_letters.path);
    compare("dead_letters.max_size", old.dead_letters.bytes_max, wanted.dead_letters.bytes_max);
    return keys;
}

}  // namespace

App::App(const Settings& settings, const ServiceManager& service_manager)
    : settings_(settings),
      files_([](const Error& error) {
          spdlog::warn(
              "{}; this file system cannot do that: what was made, renamed or removed in it "
              "shortly "
              "before a power cut may not be so after it",
              error.message);
      }),
      quotas_(settings.quotas),
      service_manager_(service_manager),
      control_(ops_,
               [this](std::string_view request) { return answer_request(request, *operations_); }) {
}

App::~App() = default;

Result<std::unique_ptr<App>> App::build(const Settings& settings, InheritedSockets inherited,
                                        const ServiceManager& service_manager) {
    raise_descriptor_limit();
    std::signal(SIGPIPE, SIG_IGN);
    auto app = make_or_fail(
        "start", [&] { return std::unique_ptr<App>(new App(settings, service_manager)); });
    if (!app) return app;
    if (auto opened = (*app)->open(std::move(inherited)); !opened) {
        return std::unexpected(opened.error());
    }
    return app;
}

Result<> App::open(InheritedSockets inherited) {
    auto journal = Journal::open(settings_.journal, files_, clock_, probe_, current_boot_id());
    if (!journal) return std::unexpected(journal.error());
    journal_ = std::move(*journal);
    counts_file_ = std::make_unique<CountsFile>(files_, settings_.journal.path, current_boot_id());
    const KeptCounts& before = counts_file_->load(journal_->status());
    dead_letters_ = std::make_unique<DeadLetters>(settings_.dead_letters, files_);
    dead_letters_->go_on_counting(before.dead_letters);
    dead_letter_intake_ = std::make_unique<DeadLetterIntake>(*journal_, *dead_letters_);
    dead_letter_intake_->go_on_counting(before.retried_events);
    kernel_drops_ = std::make_unique<KernelDrops>(before.sockets);
    maintenance_ = std::make_unique<JournalMaintenance>(*journal_, probe_, maintenance_tasks());
    sinks_ = std::make_unique<SinkSet>(
        SinkSet::Parts{*journal_, *dead_letters_, probe_, {files_, clock_, probe_, probe_}});
    if (auto opened = sinks_->open(settings_.sinks); !opened) return opened;
    inputs_ = std::make_unique<InputSet>(InputSet::Parts{files_,
                                                         {*journal_,
                                                          {*dead_letters_, quotas_, probe_, clock_,
                                                           [this] { maintenance_->wake(); }},
                                                          *kernel_drops_}},
                                         before.inputs);
    if (auto opened = inputs_->open(settings_.inputs, std::move(inherited), settings_.held_sockets);
        !opened) {
        return opened;
    }
    operations_ = std::make_unique<DaemonOperations>(
        DaemonOperations::Parts{settings_, *journal_, *dead_letters_, *dead_letter_intake_, *sinks_,
                                *inputs_, *counts_file_});
    sockets_ = std::make_unique<SocketKeeper>(ops_, *inputs_, control_);
    return control_.listen(settings_.control_path, settings_.control_mode);
}

// Dead letters whose events the journal has are resolved, and the counters saved.
std::vector<JournalMaintenance::Task> App::maintenance_tasks() {
    return {[this] { return dead_letter_intake_->mark_synced(); },
            [this] { return dead_letters_->upkeep(); },
            [this] {
                return counts_file_->save(*inputs_, *kernel_drops_, *dead_letters_,
                                          *dead_letter_intake_);
            }};
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
    inputs_->start();  // first, for packets wait in the kernel
    sinks_->start();
    maintenance_->start();
    sockets_->check();
    const JournalStatus journal = journal_->status();
    spdlog::info("ready; journal {} holds numbers {} to {}", journal_->path(), journal.first,
                 journal.last);
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
        service_manager_.tell_reloading();
        sinks_->reopen();
        reload();
        sockets_->check();
        service_manager_.tell("READY=1");
        await_signal();
    });
}

// Makes the daemon what its configuration says now; where that has any error, nothing changes.
void App::reload() {
    const ReadSettings read = load_settings(settings_.file);
    for (const Diagnostic& problem : read.problems)
        spdlog::error("{}", problem.text());
    if (!read.problems.empty()) {
        return spdlog::error("not reloaded: {} problem{}; the old configuration stays in force",
                             read.problems.size(), read.problems.size() == 1 ? "" : "s");
    }
    const auto cannot = [](std::string_view what) {
        spdlog::error("not reloaded: {}; the old configuration stays in force", what);
    };
    const Settings& wanted = read.settings;
    if (const auto fixed = fixed_differences(settings_, wanted); !fixed.empty()) {
        return cannot(fmt::format("another {} needs a restart", fmt::join(fixed, " and another ")));
    }
    auto inputs = inputs_->prepare(wanted.inputs, wanted.held_sockets);
    if (!inputs) return cannot(inputs.error().message);
    set_up_log(wanted.log);
    quotas_.change_options(wanted.quotas, clock_.steady_now());
    journal_->change_options(wanted.journal);
    maintenance_->wake();
    if (const auto reloaded = sinks_->reload(wanted.sinks); !reloaded) {
        spdlog::error("{}; its events wait in the journal", reloaded.error().message);
    }
    inputs_->apply(std::move(*inputs));
    inputs_->warn_of_unnamed(wanted.held_sockets);
    settings_ = wanted;
    spdlog::info("reloaded {}", wanted.file.empty() ? "the defaults" : wanted.file);
}

// In the order of the data: no new packets, what the kernel held journaled, the sinks given their
// time, cursors saved, the journal closed.
void App::stop() {
    spdlog::info("stopping; sinks have {} to deliver what is left",
                 format_duration(settings_.stop_timeout));
    service_manager_.tell("STOPPING=1");
    const auto deadline = std::chrono::steady_clock::now() + settings_.stop_timeout;
    sockets_->stop();
    control_.close();
    inputs_->stop(deadline);
    sinks_->stop(deadline);
    maintenance_->stop();
    if (auto synced = journal_->sync(); !synced) probe_.maintenance_failed(synced.error());
    maintenance_->maintain();
    if (auto closed = journal_->close(); !closed) probe_.maintenance_failed(closed.error());
    spdlog::info("stopped");
}

}  // namespace eventfwd
