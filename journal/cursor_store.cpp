#include "journal/cursor_store.h"

#include <algorithm>

namespace eventfwd {

CursorStore::CursorStore(FileSystem& files, std::string journal_directory)
    : files_(files), directory_(std::move(journal_directory) + "/cursors") {}

CursorStore::CursorStore(FileSystem& files, std::string journal_directory, DiskReserve& reserve)
    : CursorStore(files, std::move(journal_directory)) {
    reserve_ = &reserve;
}

std::string CursorStore::path(const std::string& sink) const {
    return directory_ + "/" + sink;
}

Result<Record> CursorStore::load(const std::string& sink) const {
    auto record = read_record(files_, path(sink));
    if (record && !record->number("sequence")) {
        return failure("read " + path(sink) + ": it names no sequence", EBADMSG);
    }
    return record;
}

Result<> CursorStore::save(const std::string& sink, const Record& record, bool durable) {
    const auto write = [&]() -> Result<> {
        if (auto made = files_.make_directories(directory_); !made) return made;
        return write_record(files_, path(sink), record, durable);
    };
    const Result<> written = reserve_ == nullptr ? write() : reserve_->with_reserve(write);
    if (!written) return written;
    hold(sink, record.number("sequence").value_or(0));
    return {};
}

void CursorStore::hold(const std::string& sink, std::uint64_t sequence) {
    const std::lock_guard lock(mutex_);
    saved_[sink] = sequence;
}

void CursorStore::release(const std::string& sink) {
    const std::lock_guard lock(mutex_);
    saved_.erase(sink);
}

std::optional<std::uint64_t> CursorStore::lowest() const {
    const std::lock_guard lock(mutex_);
    if (saved_.empty()) return std::nullopt;
    return std::ranges::min_element(saved_, {}, [](const auto& entry) { return entry.second; })
        ->second;
}

}  // namespace eventfwd
