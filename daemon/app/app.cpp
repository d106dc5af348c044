#include "daemon/app/app.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <sys/resource.h>

#include <algorithm>
#include <csignal>

#include "core/text/units.h"
#include "daemon/deliver/letter_retry.h"
#include "daemon/deliver/replay.h"
#include "journal/journal_state.h"

namespace eventfwd {
namespace {

// So many bytes of an input's letters are taken for one request: a blink of this thread.
constexpr std::size_t kLettersAtOnce = 1 << 20;

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

App::App(const Settings& settings)
    : settings_(settings),
      quotas_(settings.quotas),
      control_(ops_, [this](std::string_view request) {
          return answer_request(request, control_verbs());
      }) {}

App::~App() = default;

Result<std::unique_ptr<App>> App::build(const Settings& settings) {
    raise_descriptor_limit();
    std::signal(SIGPIPE, SIG_IGN);
    std::unique_ptr<App> app(new App(settings));
    if (auto opened = app->open(); !opened) return std::unexpected(opened.error());
    return app;
}

Result<> App::open() {
    // First of all: what systemd has not handed over must not look as if it had.
    InheritedSockets inherited = InheritedSockets::from_environment();
    auto journal = Journal::open(settings_.journal, files_, clock_, probe_, current_boot_id());
    if (!journal) return std::unexpected(journal.error());
    journal_ = std::move(*journal);
    dead_letters_ = std::make_unique<DeadLetters>(settings_.dead_letters, files_);
    dead_letter_intake_ = std::make_unique<DeadLetterIntake>(*journal_, *dead_letters_);
    kernel_drops_ = std::make_unique<KernelDrops>(files_, settings_.journal.path + "/kernel-drops");
    sinks_ = std::make_unique<SinkSet>(
        SinkSet::Parts{files_, clock_, *journal_, *dead_letters_, probe_, probe_, probe_});
    if (auto opened = sinks_->open(settings_.sinks); !opened) return opened;
    inputs_ = std::make_unique<InputSet>(
        InputSet::Parts{files_, *journal_, *dead_letters_, quotas_, *kernel_drops_, probe_});
    if (auto opened = inputs_->open(settings_.inputs, std::move(inherited)); !opened) return opened;
    maintenance_ = std::make_unique<JournalMaintenance>(*journal_, [this] { do_chores(); });
    return control_.listen(settings_.control_path, settings_.control_mode);
}

// On the journal's thread, behind each sync.
void App::do_chores() {
    keep_kernel_drops();
    const auto marked = dead_letter_intake_->mark_synced();
    if (!marked && !is_marking_failing_) probe_.maintenance_failed(marked.error());
    if (marked && is_marking_failing_) probe_.maintenance_recovered();
    is_marking_failing_ = !marked;
}

void App::keep_kernel_drops() {
    inputs_->count_kernel_drops();
    const auto saved = kernel_drops_->save();
    if (!saved && !are_drops_failing_) probe_.maintenance_failed(saved.error());
    if (saved && are_drops_failing_) probe_.maintenance_recovered();
    are_drops_failing_ = !saved;
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
    sinks_->start();
    maintenance_->start();
    inputs_->start();
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
        service_manager_.tell("READY=1");
        await_signal();
    });
}

// Makes the daemon what its configuration says now; where that has any error, nothing changes.
void App::reload() {
    const ReadSettings read = load_settings(settings_.file);
    for (const std::string& problem : read.problems)
        spdlog::error("{}", problem);
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
    auto inputs = inputs_->prepare(wanted.inputs);
    if (!inputs) return cannot(inputs.error().message);
    set_up_log(wanted.log);
    quotas_.change_options(wanted.quotas);
    journal_->change_options(wanted.journal);
    if (const auto reloaded = sinks_->reload(wanted.sinks); !reloaded) {
        spdlog::error("{}; its events wait in the journal", reloaded.error().message);
    }
    inputs_->apply(std::move(*inputs));
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
    control_.close();
    inputs_->stop(deadline);
    sinks_->stop(deadline);
    maintenance_->stop();
    keep_kernel_drops();
    journal_->maintain();
    if (auto closed = journal_->close(); !closed) probe_.maintenance_failed(closed.error());
    if (auto marked = dead_letter_intake_->mark_synced(); !marked) {
        probe_.maintenance_failed(marked.error());
    }
    spdlog::info("stopped");
}

ControlVerbs App::control_verbs() {
    ControlVerbs verbs;
    verbs.status = [this] { return to_json(status()); };
    verbs.sink = [this](std::string_view name, ControlVerbs::SinkVerb verb) -> Result<> {
        Courier* const courier = sinks_->find(name);
        if (courier == nullptr) return failure(fmt::format("there is no sink {}", name));
        switch (verb) {
            case ControlVerbs::SinkVerb::pause:
                return courier->pause();
            case ControlVerbs::SinkVerb::resume:
                return courier->resume();
            case ControlVerbs::SinkVerb::skip_to_end:
                courier->skip_to_end();
                break;
            case ControlVerbs::SinkVerb::stop_replay:
                if (const auto redelivery = courier->status().redelivery;
                    !redelivery || redelivery->is_over) {
                    return failure(fmt::format("sink {}: nothing is under way", name));
                }
                courier->drop_redelivery();
                break;
        }
        return {};
    };
    verbs.replay = [this](const ReplayRequest& request) -> Result<SequenceRange> {
        Courier* const courier = sinks_->find(request.sink);
        if (courier == nullptr) return failure(fmt::format("there is no sink {}", request.sink));
        const auto range = find_range(request, *journal_, courier->status().cursor);
        if (!range) return range;
        const auto taken = courier->carry(std::make_unique<Replay>(*journal_, *range));
        if (!taken) return std::unexpected(taken.error());
        return range;
    };
    add_letter_verbs(verbs);
    return verbs;
}

void App::add_letter_verbs(ControlVerbs& verbs) {
    verbs.letters = [this](const NumberRanges& numbers) {
        return count_letters(*dead_letters_, numbers);
    };
    verbs.retry_sink = [this](const RetryRequest& request) -> Result<std::uint64_t> {
        Courier* const courier = sinks_->find(request.name);
        if (courier == nullptr) return failure(fmt::format("there is no sink {}", request.name));
        auto retry = LetterRetry::make(*dead_letters_, choice_of(request));
        if (!retry) return std::unexpected(retry.error());
        const std::uint64_t total = (*retry)->status().total;
        if (total == 0) return total;
        const auto taken = courier->carry(std::move(*retry));
        if (!taken) return std::unexpected(taken.error());
        return total;
    };
    verbs.retry_input = [this](const RetryRequest& request) -> Result<LettersTaken> {
        const auto input =
            std::ranges::find(settings_.inputs, request.name,
                              [](const InputSettings& each) { return each.intake.name; });
        if (input == settings_.inputs.end()) {
            return failure(fmt::format("there is no input {}", request.name));
        }
        const auto taken =
            dead_letter_intake_->take(input->intake, choice_of(request), kLettersAtOnce);
        if (taken && taken->accepted > 0) {
            spdlog::info("input {}: {} dead letters taken after all, {} refused again",
                         request.name, taken->accepted, taken->refused);
        }
        return taken;
    };
}

// One snapshot without stopping anybody: an event is in the journal before its input or a sink
// counts it, so these are asked first and the journal last, and none of them is ahead of it.
Status App::status() {
    Status status;
    status.version = EVENTFWD_VERSION;
    status.uptime_seconds =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - started_).count();
    status.inputs = inputs_->statuses();
    status.sinks = sinks_->statuses();
    status.dead_letters = dead_letters_->counts();
    status.journal = journal_->status();
    status.now = clock_.now();
    return status;
}

}  // namespace eventfwd
