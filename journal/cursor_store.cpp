#include "journal/cursor_store.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/contains.h"

namespace eventfwd {
namespace {

constexpr std::string_view kJournalKey = "journal";

}  // namespace

CursorStore::CursorStore(FileSystem& files, std::string journal_directory, std::string journal_id,
                         DiskReserve* reserve)
    : files_(files),
      directory_(journal_directory + "/cursors"),
      notes_directory_(journal_directory + "/notes"),
      journal_id_(std::move(journal_id)),
      reserve_(reserve) {}

bool CursorStore::is_foreign(const Record& record) const {
    const auto id = record.text(kJournalKey);
    return id && !journal_id_.empty() && *id != journal_id_;
}

// Callers give records without it, and ones that they have loaded.
Record CursorStore::with_journal_id(const Record& record) const {
    Record whole = record;
    if (!journal_id_.empty() && !record.text(kJournalKey)) whole.add(kJournalKey, journal_id_);
    return whole;
}

std::string CursorStore::path(const std::string& sink) const {
    return directory_ + "/" + sink;
}

std::string CursorStore::note_path(const std::string& sink) const {
    return notes_directory_ + "/" + sink;
}

Result<Record> CursorStore::load(const std::string& sink) const {
    auto record = read_record(files_, path(sink));
    if (!record) return record;
    const auto saved = record->number("sequence");
    if (!saved) return failure("read " + path(sink) + ": it names no sequence", EBADMSG);
    if (is_foreign(*record)) {
        return failure(fmt::format("read {}: it is a position in another journal, {}", path(sink),
                                   *record->text(kJournalKey)),
                       EBADMSG);
    }
    auto note = load_note(sink);
    if (note && !is_foreign(*note) && note->number("sequence").value_or(0) > *saved)
        return std::move(*note);
    return record;
}

std::optional<Record> CursorStore::load_note(const std::string& sink) const {
    const auto text = read_whole_file(files_, note_path(sink));
    if (!text) return std::nullopt;
    return Record::parse(std::string_view(*text).substr(0, text->find('\0')));
}

Result<> CursorStore::note(const std::string& sink, const Record& record) {
    std::string text = with_journal_id(record).serialized();
    if (text.size() > kNoteBytes) return failure("note " + note_path(sink) + ": too long", EINVAL);
    text.resize(kNoteBytes, '\0');  // over all of the one before
    const std::lock_guard lock(mutex_);
    std::unique_ptr<File>& file = notes_[sink];
    if (file == nullptr) {
        if (auto made = make_directory(notes_directory_); !made) return made;
        auto opened = files_.open(note_path(sink), OpenMode::replace);
        if (!opened) return std::unexpected(opened.error());
        file = std::move(*opened);
    }
    iovec part = as_iovec(text);
    return write_all_at(*file, 0, {&part, 1});
}

// But not the journal's own: one that is away for a while must find its place free.
Result<> CursorStore::make_directory(const std::string& directory) const {
    if (auto journal = files_.status(parent_path(directory)); !journal) {
        return std::unexpected(journal.error());
    }
    return files_.make_directories(directory);
}

Result<> CursorStore::save(const std::string& sink, const Record& record, bool durable) {
    const auto write = [&]() -> Result<> {
        if (auto made = make_directory(directory_); !made) return made;
        return write_record(files_, path(sink), with_journal_id(record), durable);
    };
    const Result<> written = reserve_ == nullptr ? write() : reserve_->with_reserve(write);
    if (!written) return written;
    hold(sink, record.number("sequence").value_or(0));
    if (moved_) moved_();
    return {};
}

void CursorStore::hold(const std::string& sink, std::uint64_t sequence) {
    const std::lock_guard lock(mutex_);
    saved_[sink] = sequence;
}

void CursorStore::release_all_but(const std::vector<std::string>& sinks) {
    const std::lock_guard lock(mutex_);
    const auto goes = [&](const auto& entry) { return !contains(sinks, entry.first); };
    std::erase_if(saved_, goes);
    std::erase_if(notes_, goes);
}

std::optional<std::uint64_t> CursorStore::lowest() const {
    const std::lock_guard lock(mutex_);
    if (saved_.empty()) return std::nullopt;
    return std::ranges::min_element(saved_, {}, [](const auto& entry) { return entry.second; })
        ->second;
}

}  // namespace eventfwd
