// The durable positions of the sinks: one small file each, in the directory "cursors". A cursor is
// the number of the last event that its sink is done with, and whatever else the courier wants to
// find again beside it. Cursors are claims: the journal's bytes decide what there is.
//
// Between two saves a cursor can be noted, in the directory "notes": one write into a file that
// stays open, cheap enough for every batch. A note survives kill -9 and not a power cut, and counts
// for nothing without a saved cursor that is not ahead of it.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "core/record_file.h"
#include "journal/disk_reserve.h"

namespace eventfwd {

class CursorStore {
  public:
    // JOURNAL_ID: the id that cursors are saved with and must have; empty: it is not looked at.
    // Where the disk is full, saves fall back on RESERVE, which outlives the store, if there is
    // one.
    CursorStore(FileSystem& files, std::string journal_directory, std::string journal_id = "",
                DiskReserve* reserve = nullptr);

    // The cursor of SINK, saved or noted. ENOENT where none was saved, EBADMSG where that is
    // unreadable or a position in another journal. One without the id of a journal, as they were
    // saved before, is of this one.
    Result<Record> load(const std::string& sink) const;

    // Saves RECORD, whose "sequence" is the cursor. From any thread.
    Result<> save(const std::string& sink, const Record& record, bool durable);

    // Notes RECORD, which has no more than kNoteBytes.
    Result<> note(const std::string& sink, const Record& record);

    // MOVED is called behind each save: segments may have become free. On any thread; short, never
    // blocking. Empty: none. Set while no sink saves.
    void set_moved(std::function<void()> moved) { moved_ = std::move(moved); }

    // Says from where on SINK still needs events, before its first save.
    void hold(const std::string& sink, std::uint64_t sequence);

    // Says that no sink but SINKS, those that are configured, holds anything back. The saved
    // cursors of the others stay.
    void release_all_but(const std::vector<std::string>& sinks);

    // The lowest cursor of all sinks held or saved; nothing where there is no sink.
    std::optional<std::uint64_t> lowest() const;

  private:
    static constexpr std::size_t kNoteBytes = 2048;

    std::string path(const std::string& sink) const;
    Result<> make_directory(const std::string& directory) const;
    std::string note_path(const std::string& sink) const;
    bool is_foreign(const Record& record) const;
    Record with_journal_id(const Record& record) const;
    std::optional<Record> load_note(const std::string& sink) const;

    FileSystem& files_;
    std::string directory_;
    std::string notes_directory_;
    const std::string journal_id_;
    DiskReserve* reserve_;  // the journal's
    std::function<void()> moved_;
    mutable std::mutex mutex_;  // guards all below
    std::map<std::string, std::uint64_t> saved_;
    std::map<std::string, std::unique_ptr<File>> notes_;
};

}  // namespace eventfwd
