#include "daemon/inputs/input_set.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <iterator>

#include "core/contains.h"
#include "daemon/inputs/held_inputs.h"
#include "daemon/inputs/make_input.h"
#include "daemon/inputs/open_sockets.h"

namespace eventfwd {
InputSet::~InputSet() {
    stop(std::chrono::steady_clock::now());
}

Result<> InputSet::open(const std::vector<InputSettings>& settings, InheritedSockets inherited,
                        const HeldSocketOptions& held) {
    for (const InputSettings& each : only_held(settings, addresses_of(inherited), held)) {
        auto sockets = take_or_open(parts_.files, each, inherited);
        if (!sockets) return failure_while("input " + each.intake.name, sockets.error());
        add(each, std::move(*sockets), {});
    }
    return open_unnamed(inherited, held);
}

InputSet::Running& InputSet::add(const InputSettings& settings, std::vector<DatagramSocket> sockets,
                                 WaitingBlocks waiting) {
    return running_.emplace_back(
        settings, make_input(settings, std::move(sockets), parts_.input, std::move(waiting)));
}

void InputSet::start() {
    for (const Running& running : running_)
        running.input->start();
}

void InputSet::stop(std::chrono::steady_clock::time_point deadline) {
    for (const Running& running : running_)
        running.input->stop(deadline);
    for (const Leaving& leaving : leaving_)
        leaving.intake->stop(deadline);
    for (const Running& running : running_)
        running.input->join();
    for (Leaving& leaving : leaving_) {
        if (leaving.thread.joinable()) leaving.thread.join();
    }
}

InputSet::Running* InputSet::find(const std::string& name) {
    const auto found = std::ranges::find(running_, name, &Running::name);
    return found == running_.end() ? nullptr : &*found;
}

bool InputSet::has_socket(const std::string& name) const {
    return std::ranges::any_of(running_, [&](const Running& running) {
        const auto& sockets = running.input->sockets();
        return std::ranges::find(sockets, name, &DatagramSocket::name) != sockets.end();
    });
}

Result<InputSet::Change> InputSet::prepare(const std::vector<InputSettings>& settings,
                                           const HeldSocketOptions& held) {
    Change change;
    for (const InputSettings& each : only_held(settings, held_addresses(), held)) {
        Entry entry{each, {}, {}};
        const Running* const running = find(each.intake.name);
        if (running == nullptr || running->settings != each) {
            if (auto prepared = prepare_entry(entry, running); !prepared) {
                return failure_while("input " + each.intake.name, prepared.error());
            }
        }
        change.push_back(std::move(entry));
    }
    prepare_unnamed(change, held);
    return change;
}

// Decides which sockets ENTRY takes over, and opens the others. RUNNING has its name now, or is
// null.
Result<> InputSet::prepare_entry(Entry& entry, const Running* running) {
    const std::vector<std::string> wanted = addresses_of(entry.settings);
    bool systemd_decides = false;
    if (running != nullptr) {
        const std::vector<std::string> before = addresses_of(running->settings);
        for (const DatagramSocket& socket : running->input->sockets()) {
            if (!socket.is_inherited || contains(wanted, socket.name)) continue;
            if (contains(before, socket.name) && !running->is_unnamed) {
                return failure(
                    fmt::format("systemd holds {}; another address needs a restart", socket.name));
            }
            entry.kept.push_back(socket.name);
            systemd_decides = true;
        }
    }
    if (systemd_decides) return {};
    for (const std::string& address : wanted) {
        if (has_socket(address)) entry.kept.push_back(address);
    }
    auto opened = open_missing(parts_.files, entry.settings, entry.kept);
    if (!opened) return std::unexpected(opened.error());
    entry.opened = std::move(*opened);
    return {};
}

// Takes those that change or go out of running_; their sockets go on queueing meanwhile.
std::vector<InputSet::Running> InputSet::halt_changing(const Change& change) {
    const auto changes = [&](const Running& running) {
        const auto entry = std::ranges::find(change, running.settings, &Entry::settings);
        return entry == change.end() || entry->is_restored;
    };
    for (const Running& running : running_) {
        if (changes(running)) running.input->request_halt();
    }
    const auto going = std::ranges::stable_partition(
        running_, [&](const Running& running) { return !changes(running); });
    std::vector<Running> halted(std::make_move_iterator(going.begin()),
                                std::make_move_iterator(going.end()));
    running_.erase(going.begin(), going.end());
    for (const Running& running : halted)
        running.input->halt();
    return halted;
}

void InputSet::apply(Change change) {
    const std::lock_guard lock(mutex_);
    forget_those_that_left();
    const std::vector<Running> halted = halt_changing(change);
    // What was dropped so far stays with its input, whoever gets the socket.
    for (const Running& old : halted)
        past_[old.name()].kernel_drops += old.input->take_kernel_drops();
    std::vector<std::vector<DatagramSocket>> sockets;
    for (Entry& entry : change) {
        sockets.push_back(std::move(entry.opened));
        for (const Running& old : halted) {
            for (DatagramSocket& socket : old.input->hand_over(entry.kept)) {
                adjust(socket, entry.settings);
                sockets.back().push_back(std::move(socket));
            }
        }
    }
    std::map<std::string, WaitingBlocks> waiting;
    for (const Running& old : halted)
        waiting[old.name()] = retire(old);
    for (std::size_t at = 0; at < change.size(); ++at) {
        const InputSettings& settings = change[at].settings;
        if (Running* const running = find(settings.intake.name)) {
            running->is_unnamed = change[at].is_unnamed;
            continue;
        }
        Running& running =
            add(settings, std::move(sockets[at]), std::move(waiting[settings.intake.name]));
        waiting.erase(settings.intake.name);
        running.is_unnamed = change[at].is_unnamed;
        running.input->start();
    }
    for (const Running& old : halted) {
        const auto left = waiting.find(old.name());
        if (left != waiting.end()) leave(old.settings, std::move(left->second));
    }
}

// Takes what the kernel holds at the sockets that are left of OLD, and what it counted. What of all
// that finds no room in the journal is given.
WaitingBlocks InputSet::retire(const Running& old) {
    WaitingBlocks waiting = old.input->retire();
    CountsLocks locks;
    past_[old.name()].add(old.input->status(locks).counts);
    const std::size_t lines = line_count(waiting);
    spdlog::info("input {}: halted{}", old.name(),
                 lines == 0 ? "" : fmt::format("; {} events wait for room in the journal", lines));
    return waiting;
}

// No input takes over from that of SETTINGS: what it still had goes to the journal on a thread of
// its own, for as long as that takes.
void InputSet::leave(const InputSettings& settings, WaitingBlocks waiting) {
    if (waiting.empty()) return;
    Leaving& leaving = leaving_.emplace_back();
    leaving.intake = std::make_unique<DatagramIntake>(settings.intake, parts_.input.journal,
                                                      parts_.input.intake, std::move(waiting));
    leaving.thread = std::thread([&leaving] {
        leaving.intake->begin();
        leaving.is_over = true;
    });
}

void InputSet::forget_those_that_left() {
    std::erase_if(leaving_, [&](Leaving& leaving) {
        if (!leaving.is_over) return false;
        leaving.thread.join();
        past_[leaving.intake->name()].intake.add(leaving.intake->counts());
        return true;
    });
}

InputSet::Snapshot InputSet::snapshot() {
    const std::lock_guard lock(mutex_);
    CountsLocks locks;
    std::vector<InputStatus> statuses;
    for (const Running& running : running_)
        statuses.push_back(running.input->status(locks));
    std::vector<Intake::Held> leaving;
    for (const Leaving& each : leaving_)
        leaving.push_back(each.intake->hold());
    const JournalStatus journal = parts_.input.journal.status();
    const auto named = [&](const std::string& name) -> InputStatus& {
        const auto found = std::ranges::find(statuses, name, &InputStatus::name);
        return found != statuses.end() ? *found
                                       : statuses.emplace_back(InputStatus{name, {}, {}, false});
    };
    for (const auto& [name, past] : past_)
        named(name).counts.add(past);
    auto held = leaving.begin();
    for (const Leaving& each : leaving_)
        named(each.intake->name()).counts.intake.add((held++)->counts);
    return {std::move(statuses), journal};
}

}  // namespace eventfwd
