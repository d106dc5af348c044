#include "daemon/outputs/sink_set.h"

#include <spdlog/spdlog.h>

#include <algorithm>

#include "core/contains.h"
#include "core/text/units.h"

namespace eventfwd {

Result<> SinkSet::open(const std::vector<SinkSettings>& settings) {
    std::vector<std::string> names;
    for (const SinkSettings& each : settings) {
        if (auto added = add(each); !added) return added;
        names.push_back(each.courier.name);
    }
    find_orphans();
    return parts_.journal.remember_sinks(names);
}

Result<> SinkSet::add(const SinkSettings& settings) {
    auto sink = make_sink(settings.destination, parts_.journal.id(), parts_.sink);
    if (!sink) return failure_while("sink " + settings.courier.name, sink.error());
    // What a sink has kept is true, whatever became of the journal: no number means two events.
    if (const auto durable = (*sink)->durable()) {
        if (auto above = parts_.journal.number_above(*durable); !above) return above;
    }
    auto courier =
        std::make_unique<Courier>(settings.courier, std::move(*sink), parts_.journal,
                                  parts_.dead_letters, parts_.sink.clock, parts_.courier_probe);
    if (auto saved = courier->save_first_cursor(); !saved) return saved;
    sendings_.push_back({settings, std::move(courier)});
    return {};
}

// Sinks that the journal knows and the configuration does not: they hold nothing back.
void SinkSet::find_orphans() {
    const JournalStatus journal = parts_.journal.status();
    orphans_.clear();
    for (const std::string& known : parts_.journal.known_sinks()) {
        if (std::ranges::find(sendings_, known, &Sending::name) != sendings_.end()) continue;
        const auto cursor = parts_.journal.cursors().load(known);
        CourierStatus courier;
        courier.state = SinkState::orphaned;
        courier.last_instant = parts_.sink.clock.now();
        if (cursor) {
            const Position found = read_cursor(*cursor, journal.last, parts_.sink.clock.now());
            courier.cursor = found.cursor;
            courier.ledger = found.ledger;
            courier.last_instant = found.instant;
        } else {  // it would begin at the oldest event
            courier.cursor = courier.ledger.joined = journal.first - 1;
        }
        courier.durable = courier.cursor;
        orphans_.push_back({known, courier});
        spdlog::warn(
            "sink {} is no longer configured; {} events were pending for it, and are kept only as "
            "long as other sinks need them",
            known, journal.last - without_what_is_gone(orphans_.back()).courier.cursor);
    }
}

// What the journal does not hold any more is not pending: the sink will find it as gaps.
SinkStatus SinkSet::without_what_is_gone(SinkStatus status) const {
    CourierStatus& courier = status.courier;
    const std::uint64_t first = parts_.journal.status().first;
    while (courier.cursor + 1 < first) {
        const Gap gap = parts_.journal.explain_gap(courier.cursor + 1, first);
        courier.ledger.*counter_of(gap.why) += gap.end - gap.begin;
        courier.cursor = gap.end - 1;
    }
    return status;
}

void SinkSet::start() {
    for (const Sending& sending : sendings_)
        sending.courier->start();
}

void SinkSet::stop(std::chrono::steady_clock::time_point deadline) {
    for (const Sending& sending : sendings_)
        sending.courier->stop(deadline);
    for (const Sending& sending : sendings_) {
        sending.courier->join();
        const SinkStatus status = without_what_is_gone({sending.name(), sending.courier->status()});
        const std::uint64_t pending = status.courier.pending(parts_.journal.status().last);
        if (pending > 0) {
            spdlog::warn("sink {}: {} events stay in the journal for the next start",
                         sending.name(), format_count(pending));
        }
    }
}

void SinkSet::reopen() {
    for (const Sending& sending : sendings_)
        sending.courier->reopen();
}

Result<> SinkSet::reload(const std::vector<SinkSettings>& settings) {
    const auto goes = [&](const Sending& sending) { return !contains(settings, sending.settings); };
    for (const Sending& sending : sendings_) {
        if (goes(sending)) sending.courier->stop(std::chrono::steady_clock::now());
    }
    std::erase_if(sendings_, [&](const Sending& sending) {
        if (!goes(sending)) return false;
        sending.courier->join();
        spdlog::info("sink {}: halted at number {}", sending.name(),
                     sending.courier->status().cursor);
        return true;
    });
    Result<> result;
    std::vector<std::string> names;
    std::vector<std::string> configured;
    for (const SinkSettings& each : settings) {
        const std::string& name = each.courier.name;
        configured.push_back(name);
        if (std::ranges::find(sendings_, name, &Sending::name) != sendings_.end()) continue;
        if (auto added = add(each); !added) {
            result = added;
            continue;
        }
        sendings_.back().courier->start();
        names.push_back(name);
        spdlog::info("sink {}: going on from number {}", name,
                     sendings_.back().courier->status().cursor + 1);
    }
    // Only now: a sink that is being replaced goes on holding what it has not had.
    parts_.journal.cursors().release_all_but(configured);
    find_orphans();
    if (auto remembered = parts_.journal.remember_sinks(names); !remembered) result = remembered;
    return result;
}

Courier* SinkSet::find(std::string_view name) const {
    const auto found = std::ranges::find(sendings_, name, &Sending::name);
    return found == sendings_.end() ? nullptr : found->courier.get();
}

std::vector<SinkStatus> SinkSet::statuses() const {
    std::vector<SinkStatus> statuses;
    for (const Sending& sending : sendings_)
        statuses.push_back(without_what_is_gone({sending.name(), sending.courier->status()}));
    for (const SinkStatus& orphan : orphans_)
        statuses.push_back(without_what_is_gone(orphan));
    for (SinkStatus& status : statuses)
        status.pending_bytes = parts_.journal.bytes_above(status.courier.cursor);
    return statuses;
}

}  // namespace eventfwd
