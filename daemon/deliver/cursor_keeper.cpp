#include "daemon/deliver/cursor_keeper.h"

#include <algorithm>
#include <utility>

#include "core/contains.h"
#include "daemon/deliver/wakeable_sleep.h"

namespace eventfwd {
namespace {

using SteadyClock = std::chrono::steady_clock;

}  // namespace

SavedCursor read_cursor(const Record& cursor, const Journal& journal, Instant now) {
    SavedCursor saved;
    Position& position = saved.position;
    const std::uint64_t last = journal.status().last;
    position.cursor = std::min(cursor.number("sequence").value_or(0), last);
    position.ledger = Ledger::load(cursor);
    position.instant = now;
    if (const auto instant = cursor.number("instant")) {
        position.instant = Instant{std::chrono::microseconds{*instant}};
    }
    saved.ahead = SettledAhead::load(cursor, position.cursor);
    // What a power cut took from the journal is sent to no sink again, and is counted as left out.
    for (const SettledAhead::Run& run : saved.ahead.runs()) {
        if (run.numbers.last <= last && !journal.was_left_out(run.numbers.first) &&
            !journal.was_left_out(run.numbers.last)) {
            continue;
        }
        saved.ahead.clear();
        break;
    }
    return saved;
}

void SavedCursor::show(CourierStatus& status) const {
    status.cursor = status.durable = status.read_to = position.cursor;
    status.ledger = position.ledger;
    status.last_instant = position.instant;
    status.set_ahead(ahead);
    for (const SettledAhead::Run& run : ahead.runs()) {
        status.ledger.add(run.counts);
        status.settled_ahead += run.numbers.last - run.numbers.first + 1;
    }
}

CursorKeeper::CursorKeeper(Options options, Parts parts)
    : options_(std::move(options)), parts_(parts) {}

// At the saved cursor, clamped to what exists; where that is missing or unreadable, at the oldest
// event (twice is better than never); where the sink is new, as asked.
void CursorKeeper::find(bool from_start) {
    const JournalStatus journal = parts_.journal.status();
    const auto known = parts_.journal.known_sinks();
    const bool is_known = contains(known, options_.sink_name);
    const auto record = parts_.journal.cursors().load(options_.sink_name);
    const bool is_missing = !record && (is_known || record.error().code == EBADMSG);
    SavedCursor saved;
    Position& position = saved.position;
    if (record) {
        saved = read_cursor(*record, parts_.journal, parts_.clock.now());
    } else {
        position.cursor = is_missing || from_start ? journal.first - 1 : journal.last;
        position.instant = parts_.clock.now();
        position.ledger.joined = position.cursor;
    }
    const bool is_lost = record && is_lost_by_sink(position);
    if (is_lost) {  // what its ledger says is of a sink that is gone
        position.cursor = *parts_.sink.durable();
        saved.ahead.clear();
        position.ledger = {};
        position.ledger.joined = position.cursor;
    }
    progress_.begin(position);
    saved_cursor_ = position.cursor;
    ahead_ = saved.ahead;
    parts_.board.change([&](CourierStatus& status) { saved.show(status); });
    if (is_missing || is_lost) {
        parts_.probe.cursor_missing(
            options_.sink_name,
            is_lost ? "the sink does not have what its cursor claims" : record.error().message,
            position.cursor + 1);
    }
    if (!record) return;
    is_paused_ = is_saved_paused_ = record->number("paused") == 1;
    parts_.sink.restore_state(*record);
}

// Whether the sink keeps a position of its own, and that is behind POSITION.
bool CursorKeeper::is_lost_by_sink(const Position& position) const {
    const auto durable = parts_.sink.durable();
    return durable && *durable < position.cursor;
}

void CursorKeeper::begin() {
    began_at_ = saved_at_ = SteadyClock::now();
}

// Where the sink has no position of its own, only that of a save is ever asked for.
void CursorKeeper::note_settled(const InFlightBatch& settled) {
    progress_.settle({settled.end - 1, settled.instant, settled.counts},
                     !parts_.sink.durable().has_value());
}

SteadyClock::duration CursorKeeper::until_save() const {
    return needs_save() ? save_interval() : kForever;
}

// First at once, then at twice the age each time: a daemon that is killed soon after every start
// has kept half of what it did in each life, and gets on.
SteadyClock::duration CursorKeeper::save_interval() const {
    return std::min<SteadyClock::duration>(options_.save_interval, saved_at_ - began_at_);
}

void CursorKeeper::save_if_due() {
    if (!needs_save()) return;
    if (SteadyClock::now() - saved_at_ >= save_interval()) save_now();
}

Result<> CursorKeeper::save_now() {
    const auto saved = save();
    saving_.note(saved, [this](const Error& error) {
        parts_.probe.cursor_not_saved(options_.sink_name, error);
    });
    return saved;
}

// What the cursor vouches for is durable before the cursor is.
Result<> CursorKeeper::save() {
    saved_at_ = SteadyClock::now();
    if (options_.is_durable) {
        if (auto synced = parts_.sink.sync(); !synced) return synced;
        if (auto synced = parts_.dead_letters.sync(); !synced) return synced;
    }
    progress_.make_durable(parts_.sink.durable().value_or(cursor()));
    Position durable = progress_.durable();
    if (durable.cursor == cursor()) durable.instant = parts_.board.own().last_instant;
    auto written =
        parts_.journal.cursors().save(options_.sink_name, record(durable), options_.is_durable);
    if (!written) return written;
    saved_cursor_ = durable.cursor;
    is_saved_paused_ = is_paused_;
    parts_.board.change([&](CourierStatus& status) {
        status.durable = std::max(status.durable, durable.cursor);
        status.connections = parts_.sink.connections();
    });
    return {};
}

// Where this fails, the next save says so in its own way; until then only more would be sent again.
void CursorKeeper::note() {
    if (!parts_.sink.is_remote()) return;
    progress_.make_durable(cursor());
    (void)parts_.journal.cursors().note(options_.sink_name, record(progress_.durable()));
}

Record CursorKeeper::record(const Position& position) const {
    Ledger ledger = position.ledger;
    ledger.take_beside(parts_.board.own().ledger);
    Record record;
    record.add("sequence", position.cursor);
    record.add("instant", static_cast<std::uint64_t>(position.instant.time_since_epoch().count()));
    if (is_paused_) record.add("paused", std::uint64_t{1});
    ledger.save(record);
    ahead_.save(record);
    parts_.sink.save_state(record);
    return record;
}

}  // namespace eventfwd
