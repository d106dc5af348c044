#include "daemon/deliver/cursor_keeper.h"

#include <algorithm>
#include <utility>

#include "daemon/deliver/wakeable_sleep.h"

namespace eventfwd {
namespace {

using SteadyClock = std::chrono::steady_clock;

}  // namespace

void read_cursor(const Record& cursor, std::uint64_t last, CourierStatus& status) {
    status.cursor = std::min(cursor.number("sequence").value_or(0), last);
    status.ledger = Ledger::load(cursor);
    if (const auto instant = cursor.number("instant")) {
        status.last_instant = Instant{std::chrono::microseconds{*instant}};
    }
}

CursorKeeper::CursorKeeper(Options options, Parts parts)
    : options_(std::move(options)), parts_(parts) {}

// At the saved cursor, clamped to what exists; where that is missing or unreadable, at the oldest
// event (twice is better than never); where the sink is new, as asked.
void CursorKeeper::find(bool from_start) {
    const JournalStatus journal = parts_.journal.status();
    const auto known = parts_.journal.known_sinks();
    const bool is_known = std::ranges::find(known, options_.sink_name) != known.end();
    const auto record = parts_.journal.cursors().load(options_.sink_name);
    const bool is_missing = !record && (is_known || record.error().code == EBADMSG);
    parts_.board.change([&](CourierStatus& status) {
        status.last_instant = parts_.clock.now();
        if (record) return read_cursor(*record, journal.last, status);
        status.cursor = is_missing || from_start ? journal.first - 1 : journal.last;
        status.ledger.joined = status.cursor;
    });
    saved_cursor_ = cursor();
    if (is_missing) {
        parts_.probe.cursor_missing(options_.sink_name, record.error().message, cursor() + 1);
    }
    if (!record) return;
    is_paused_ = is_saved_paused_ = record->number("paused") == 1;
    parts_.sink.restore_state(*record);
}

void CursorKeeper::begin() {
    began_at_ = saved_at_ = SteadyClock::now();
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
    if (!saved && !has_failed_) {
        parts_.probe.cursor_not_saved(options_.sink_name, saved.error());
    }
    has_failed_ = !saved;
    return saved;
}

// What the cursor vouches for is durable before the cursor is.
Result<> CursorKeeper::save() {
    saved_at_ = SteadyClock::now();
    if (options_.is_durable) {
        if (auto synced = parts_.sink.sync(); !synced) return synced;
        if (auto synced = parts_.dead_letters.sync(); !synced) return synced;
    }
    auto written = parts_.journal.cursors().save(options_.sink_name, record(), options_.is_durable);
    if (!written) return written;
    saved_cursor_ = cursor();
    is_saved_paused_ = is_paused_;
    parts_.board.change(
        [&](CourierStatus& status) { status.connections = parts_.sink.connections(); });
    return {};
}

// Where this fails, the next save says so in its own way; until then only more would come twice.
void CursorKeeper::note() {
    if (!parts_.sink.is_remote()) return;
    (void)parts_.journal.cursors().note(options_.sink_name, record());
}

Record CursorKeeper::record() const {
    const CourierStatus& status = parts_.board.own();
    Record record;
    record.add("sequence", status.cursor);
    record.add("instant",
               static_cast<std::uint64_t>(status.last_instant.time_since_epoch().count()));
    if (is_paused_) record.add("paused", std::uint64_t{1});
    status.ledger.save(record);
    parts_.sink.save_state(record);
    return record;
}

}  // namespace eventfwd
