#include "daemon/outputs/sink_set.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <chrono>
#include <thread>

#include "core/contains.h"
#include "core/text/units.h"
#include "net/make.h"

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
    auto courier = make_or_fail("sink " + settings.courier.name, [&] {
        return std::make_unique<Courier>(settings.courier, std::move(*sink), parts_.journal,
                                         parts_.dead_letters, parts_.sink.clock,
                                         parts_.courier_probe);
    });
    if (!courier) return std::unexpected(courier.error());
    if (auto saved = (*courier)->save_first_cursor(); !saved) return saved;
    sendings_.push_back({settings, std::move(*courier)});
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
            read_cursor(*cursor, parts_.journal, parts_.sink.clock.now()).show(courier);
        } else {  // it would begin at the oldest event
            courier.cursor = courier.ledger.joined = journal.first - 1;
            courier.durable = courier.read_to = courier.cursor;
        }
        orphans_.push_back({known, courier});
        spdlog::warn(
            "sink {} is no longer configured; {} events were pending for it, and are kept only as "
            "long as other sinks need them",
            known, with_what_is_gone(courier).pending(journal.last));
    }
}

// What the journal does not hold any more, and no courier in its memory, is not pending: the sink
// will find it as gaps. What STATUS says of its reading is true of this moment.
CourierStatus SinkSet::with_what_is_gone(CourierStatus status) const {
    const std::uint64_t first = parts_.journal.status().first;
    auto settled = status.ahead.begin();
    for (std::uint64_t number = status.read_to + 1; number < first;) {
        if (settled != status.ahead.end() && settled->first == number) {
            number = settled++->last + 1;
            continue;
        }
        const std::uint64_t end = settled == status.ahead.end() ? first : settled->first;
        const Gap gap = parts_.journal.explain_gap(number, std::min(first, end));
        status.ledger.*counter_of(gap.why) += gap.end - gap.begin;
        status.settled_ahead += gap.end - gap.begin;
        number = gap.end;
    }
    return status;
}

// Looked at twice, so that COURIER has read nothing meanwhile: what it reads can be delivered
// though its segment goes. One that reads without a pause is not far behind what the journal holds.
CourierStatus SinkSet::status_of(const Courier& courier) const {
    constexpr int kLooksMax = 50;
    for (int look = 0; look < kLooksMax; ++look) {
        const CourierStatus before = courier.status();
        if (parts_.journal.status().first <= before.read_to + 1) return before;
        const CourierStatus shown = with_what_is_gone(before);
        const CourierStatus after = courier.status();
        const bool has_read =
            before.is_reading || after.is_reading || before.read_to != after.read_to;
        if (!has_read) return shown;
        std::this_thread::sleep_for(std::chrono::microseconds(20));
    }
    return courier.status();
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
        const std::uint64_t pending =
            status_of(*sending.courier).pending(parts_.journal.status().last);
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
        statuses.push_back({sending.name(), status_of(*sending.courier)});
    for (const SinkStatus& orphan : orphans_)
        statuses.push_back({orphan.name, with_what_is_gone(orphan.courier)});
    for (SinkStatus& status : statuses) {
        const CourierStatus& courier = status.courier;
        status.pending_bytes = parts_.journal.bytes_above(courier.cursor);
        status.lag = parts_.journal.age_of(courier.cursor + 1, courier.last_instant);
    }
    return statuses;
}

}  // namespace eventfwd
