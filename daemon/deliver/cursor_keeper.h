// What a courier knows over restarts: how far its sink is, what became of the events before that,
// what the sink says of itself, and whether it is paused. Found in the cursor's file, and saved
// there in time.
#pragma once

#include <chrono>
#include <string>

#include "core/failure_edge.h"
#include "daemon/dead_letters/dead_letters.h"
#include "daemon/deliver/courier_probe.h"
#include "daemon/deliver/courier_status.h"
#include "daemon/deliver/in_flight.h"
#include "daemon/deliver/progress.h"
#include "daemon/deliver/settled_ahead.h"
#include "journal/journal.h"
#include "sinks/sink.h"

namespace eventfwd {

// What CURSOR, a saved one, says, as a status shows it: the cursor, the ledger, and what is settled
// ahead. Claims to more than JOURNAL has are cut down. NOW stands for an instant that it does not
// name.
struct SavedCursor {
    Position position;
    SettledAhead ahead;

    void show(CourierStatus& status) const;
};
SavedCursor read_cursor(const Record& cursor, const Journal& journal, Instant now);

// Used on its courier's thread.
class CursorKeeper final : public Checkpoint {
  public:
    struct Options {
        std::string sink_name;
        bool is_durable = true;
        std::chrono::microseconds save_interval;  // at longest
    };
    struct Parts {
        Sink& sink;
        Journal& journal;
        DeadLetters& dead_letters;
        const Clock& clock;
        CourierProbe& probe;
        StatusBoard& board;
    };
    // What PARTS refer to outlives the keeper.
    CursorKeeper(Options options, Parts parts);

    // Finds where the sink goes on and puts it on the board. FROM_START: whether a sink that is new
    // to the journal begins at its oldest event, or else behind its newest.
    void find(bool from_start);
    // The courier begins to deliver.
    void begin();
    // The cursor moves over SETTLED.
    void note_settled(const InFlightBatch& settled);

    // What is settled behind the cursor and not in flight any more.
    SettledAhead& ahead() { return ahead_; }

    bool is_paused() const { return is_paused_; }
    void set_paused(bool is_paused) { is_paused_ = is_paused; }

    bool needs_save() const {
        return cursor() != saved_cursor_ || is_paused_ != is_saved_paused_ || saving_.is_failing();
    }
    // How long may be slept before there is something to save.
    std::chrono::steady_clock::duration until_save() const;
    void save_if_due();
    // Tells the probe where it fails for the first time.
    Result<> save_now();
    Result<> save() override;
    // Writes down, ahead of what is durable here, what has left this machine. For remote sinks.
    void note();

  private:
    std::uint64_t cursor() const { return progress_.cursor(); }
    bool is_lost_by_sink(const Position& position) const;
    std::chrono::steady_clock::duration save_interval() const;
    Record record(const Position& position) const;

    const Options options_;
    const Parts parts_;
    Progress progress_;
    SettledAhead ahead_;
    std::uint64_t saved_cursor_ = 0;
    bool is_paused_ = false;
    bool is_saved_paused_ = false;
    FailureEdge saving_;
    std::chrono::steady_clock::time_point began_at_, saved_at_;
};

}  // namespace eventfwd
