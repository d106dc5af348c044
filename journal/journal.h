// The journal: every accepted event, once, as its line, in one log of numbered events. Inputs
// append; each sink's courier reads at a pace of its own (tail_reader.h) and says
// how far it is (cursor_store.h). README.md beside this file draws the bytes and the recovery.
#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "core/clock.h"
#include "core/file_system.h"
#include "journal/active_segment.h"
#include "journal/append_signal.h"
#include "journal/block_frames.h"
#include "journal/cursor_store.h"
#include "journal/journal_lock.h"
#include "journal/journal_options.h"
#include "journal/journal_probe.h"
#include "journal/journal_view.h"
#include "journal/journaled_times.h"
#include "journal/number_reservation.h"
#include "journal/recovery.h"
#include "journal/retention.h"
#include "journal/segment_syncer.h"
#include "journal/state_file.h"
#include "journal/sync_signal.h"

namespace eventfwd {

struct JournalStatus {
    std::uint64_t first = 0;  // the oldest number still there; last + 1 where there is none
    std::uint64_t last = 0;   // the newest number, 0 before the first event
    std::uint64_t bytes = 0;
    std::uint64_t segments = 0;
    std::uint64_t synced = 0;    // the newest number on stable storage
    std::uint64_t left_out = 0;  // numbers up to last that starts left out
};

// Up to where readers may read.
struct JournalEnd {
    std::uint64_t segment_number = 0;
    std::uint64_t offset = 0;         // in that segment
    std::uint64_t next_sequence = 1;  // the number of the next event to come
};

constexpr std::size_t kAppendBytesMax = 16 << 20;  // of lines, in one append

// Thread-safe: any thread appends; maintenance (sync, retention) belongs on one thread, which is
// none of those that take events in, because both can take as long as the disk likes.
class Journal final : public JournalView {
  public:
    // Recovers and opens. PROBE, FILES and CLOCK outlive the journal.
    static Result<std::unique_ptr<Journal>> open(const JournalOptions& options, FileSystem& files,
                                                 const Clock& clock, JournalProbe& probe,
                                                 const std::string& boot_id);
    ~Journal();

    // Appends COUNT lines, each with its line feed, of at most kFrameBytesMax bytes in all, as one
    // frame. ENOSPC where the journal (under WhenFull::refuse) or the disk is full, whatever the
    // system calls that: nothing was appended, and the call can be made again.
    Result<SequenceRange> append(std::string_view lines, std::size_t count);

    // Appends BLOCKS, at least one, of at most kAppendBytesMax bytes of lines in all, with
    // consecutive numbers in one segment: all or none, for readers and over a crash. Errors as
    // above.
    Result<SequenceRange> append(std::span<const LineBlock> blocks);

    // A signal is fired by appends from when it is added until it is removed.
    void add_signal(AppendSignal& signal);
    void remove_signal(AppendSignal& signal);
    // The signal of the maintaining thread, fired where an append has pushed segments out; null:
    // none.
    void set_drop_signal(AppendSignal* signal);

    // Brings all that is appended to stable storage; under SyncPolicy::never it only lets go of it.
    // What could not be brought there is tried again by the next call.
    Result<> sync();
    // Who waits for numbers to be on stable storage; fired by sync().
    SyncSignal& synced() { return synced_; }
    bool needs_sync() const { return syncer_.has_work(); }

    // Removes segments that every sink has and that are older than retain, and those that
    // max_size has pushed out; reserves numbers ahead of need.
    void maintain();

    // Another part holds a durable position of this journal, NUMBER: numbering goes on above it.
    // Where that is above the last number, the numbers between are left out, durably when this
    // returns, and the probe hears of it. EINVAL where no event can have NUMBER. After any other
    // failure they are left out, but not durably: the call can be made again.
    Result<> number_above(std::uint64_t number);

    // Whether appends are refused for want of disk space until sync() and maintain() find some.
    bool is_disk_full() const { return missing_space() != 0; }

    JournalEnd end() const;
    // Whether a start left NUMBER out: it was never issued, or is lost without a trace. As far as
    // the last 64 such ranges tell.
    bool was_left_out(std::uint64_t number) const;
    JournalStatus status() const;
    // How long ago event SEQUENCE was journaled. BEFORE: the instant of one that was journaled
    // before it, which counts where it is of an earlier life.
    std::chrono::microseconds age_of(std::uint64_t sequence, Instant before) const;
    // About how many bytes the events above SEQUENCE take.
    std::uint64_t bytes_above(std::uint64_t sequence) const;
    // Puts other options in force; the path stays.
    void change_options(const JournalOptions& options);
    const std::string& path() const { return path_; }
    SyncPolicy sync_policy() const;
    CursorStore& cursors() { return cursors_; }
    std::string id() const { return to_text(id_); }

    ReadingPlace place(std::uint64_t sequence, std::uint64_t number) const override;
    JournalSnapshot snapshot() const override;
    Gap explain_gap(std::uint64_t begin, std::uint64_t end) const override;
    Result<std::unique_ptr<File>> open_segment(std::uint64_t number) const override;
    void keep_damage(const File& file, std::uint64_t number, std::uint64_t begin,
                     std::uint64_t end) const override;

    // The sinks that the journal has known, and remembering them.
    std::vector<std::string> known_sinks() const;
    Result<> remember_sinks(const std::vector<std::string>& sinks);

    // The last words of an orderly stop: everything synced, no number left reserved.
    Result<> close();

  private:
    Journal(const JournalOptions& options, FileSystem& files, const Clock& clock,
            JournalProbe& probe, JournalLock lock, Recovered recovered);

    Result<> begin(const Recovered& recovered);
    Result<> remove_unused(const std::vector<std::uint64_t>& numbers);
    Result<> take_over_poisoned(const std::vector<std::uint64_t>& poisoned);
    Result<> prepare_append(std::uint64_t bytes, std::uint64_t count);
    Result<SequenceRange> append_frame(std::string_view lines, std::size_t count);
    Result<SequenceRange> append_frames(BlockFrames& frames);
    int missing_space() const;
    void note_space_of_sync(const Result<>& synced);
    std::unexpected<Error> refuse_for_full_disk(int code);
    std::unexpected<Error> refuse(const Error& error);
    Result<SequenceRange> write_append(std::unique_lock<std::mutex>& lock, std::span<iovec> parts,
                                       std::uint64_t bytes, std::uint64_t count, Instant instant);
    Result<> roll();
    void fire_drop_signal();
    void leave_out_up_to(std::uint64_t number);
    std::vector<std::uint64_t> segment_numbers() const;
    Result<std::optional<Segment>> finish_segment(std::uint64_t number);
    void save_poisoned(std::vector<std::uint64_t> numbers);
    std::vector<std::uint64_t> remove_leaving();
    void report_failure(const Error& error);

    const std::string path_;
    FileSystem& files_;
    const Clock& clock_;
    JournalProbe& probe_;
    JournalLock lock_;
    DiskReserve reserve_;
    CursorStore cursors_;
    StateFile state_;                // its mutex may be taken under mutex_
    NumberReservation reservation_;  // likewise
    SegmentSyncer syncer_;           // likewise
    SyncSignal synced_;              // its callbacks run without any lock of ours
    const JournalId id_;

    // Why what was appended cannot be synced, where the disk is full; else 0.
    std::atomic<int> unsynced_for_ = 0;

    // The maintaining thread's.
    std::set<std::string> failures_;  // of maintenance, in this round
    std::set<std::string> reported_;  // and those before that have not ended

    mutable std::mutex quarantine_mutex_;  // guards the directory of that name

    mutable std::mutex mutex_;  // guards all below
    JournalOptions options_;
    SegmentCatalog catalog_;
    Retention retention_;
    LeftOut left_out_;
    ActiveSegment active_;
    std::uint64_t next_sequence_ = 1;
    JournaledTimes times_;
    std::uint64_t synced_sequence_ = 0;
    std::vector<AppendSignal*> signals_;
    AppendSignal* drop_signal_ = nullptr;
};

}  // namespace eventfwd
