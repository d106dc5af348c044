#include "sinks/file/output_file.h"

#include <algorithm>
#include <vector>

namespace eventfwd {
namespace {

// A sync of all that came in a second would hold the lines behind it up for as long as the disk
// takes to write that.
constexpr std::uint64_t kBeginSyncBytes = 1 << 20;
constexpr std::size_t kCompareBytes = 256 << 10;  // read at once of what is there already

// The bytes of the lines that A and B begin with. Of a line that goes on differently there is none.
std::size_t whole_lines_in_common(std::string_view a, std::string_view b) {
    const auto equal = static_cast<std::size_t>(std::ranges::mismatch(a, b).in1 - a.begin());
    return a.substr(0, equal).find_last_of('\n') + 1;
}

}  // namespace

OutputFile::OutputFile(std::unique_ptr<File> file, const FileStatus& status,
                       std::uint64_t committed, SteadyInstant begun)
    : file_(std::move(file)),
      inode_(status.inode),
      device_(status.device),
      length_(status.size),
      committed_(std::min(committed, status.size)),
      covered_(committed_),
      begun_(length_),
      durable_(committed_),
      begun_at_(begun),
      // Whatever it is that ends without a line feed and will not be completed.
      must_end_foreign_line_(committed_ == length_) {}

// Compares what lies beyond the committed length with PARTS, and takes from PARTS what is there.
// False where the file has other bytes there.
Result<bool> OutputFile::skip_what_is_there(std::vector<std::string_view>& parts) {
    std::size_t left = 0;
    for (const std::string_view part : parts)
        left += part.size();
    std::vector<char> buffer(std::min({left, length_ - committed_, kCompareBytes}));
    std::string_view there;  // of the buffer, what follows covered_
    std::size_t whole = 0;   // parts that are there to their end
    bool same = true;
    covered_ = committed_;
    while (same && covered_ < length_ && whole < parts.size()) {
        if (there.empty()) {
            const std::size_t size = std::min({left, length_ - covered_, buffer.size()});
            const auto read = read_all_at(*file_, covered_, {buffer.data(), size});
            if (!read) return std::unexpected(read.error());
            there = {buffer.data(), *read};
            same = !there.empty();  // it is where the file has been made shorter meanwhile
            continue;
        }
        std::string_view& part = parts[whole];
        const std::string_view here = there.substr(0, part.size());
        same = part.starts_with(here);
        const std::size_t equal = same ? here.size() : whole_lines_in_common(here, part);
        covered_ += equal;
        left -= equal;
        there.remove_prefix(equal);
        if (equal == part.size()) {
            ++whole;
        } else {
            part.remove_prefix(equal);
        }
    }
    parts.erase(parts.begin(), parts.begin() + static_cast<std::ptrdiff_t>(whole));
    return same;
}

// Foreign bytes may end in the middle of a line: ours must not become part of it.
Result<> OutputFile::end_foreign_line() {
    char last = '\n';
    if (length_ > 0) {
        const auto read = read_all_at(*file_, length_ - 1, {&last, 1});
        if (!read) return std::unexpected(read.error());
    }
    if (last == '\n') return {};
    iovec part = as_iovec("\n");
    const Appended appended = append_all(*file_, {&part, 1});
    length_ += appended.bytes;
    return appended.result;
}

bool OutputFile::notice_length(std::uint64_t length) {
    if (length == length_) return false;
    length_ = committed_ = covered_ = begun_ = length;
    durable_ = std::min(durable_, length);
    must_end_foreign_line_ = true;
    return true;
}

OutputFile::Written OutputFile::write(std::vector<std::string_view> parts) {
    Written written;
    if (must_end_foreign_line_) {
        if (auto ended = end_foreign_line(); !ended) return {ended};
        committed_ = length_;
        must_end_foreign_line_ = false;
    }
    if (committed_ < length_) {
        const auto same = skip_what_is_there(parts);
        if (!same) return {std::unexpected(same.error())};
        if (!*same) {
            written.met_foreign_bytes = true;
            if (auto ended = end_foreign_line(); !ended) return {ended, true};
            committed_ = length_;
        }
        if (parts.empty()) return written;  // covered_ says how far: more may be there behind it
    }
    std::vector<iovec> vectors;
    vectors.reserve(parts.size());
    for (const std::string_view part : parts)
        vectors.push_back(as_iovec(part));
    const Appended appended = append_all(*file_, vectors);
    length_ += appended.bytes;
    covered_ = length_;
    needs_sync_ |= appended.bytes > 0;
    if (length_ >= begun_ + kBeginSyncBytes) {
        file_->begin_sync(begun_, length_ - begun_);
        begun_ = length_;
    }
    is_too_large_ = !appended.result && appended.result.error().code == EFBIG;
    written.result = appended.result;
    return written;
}

Result<> OutputFile::take_back() {
    if (length_ == committed_) return {};
    if (auto cut = file_->truncate(committed_); !cut) return cut;
    length_ = covered_ = committed_;
    begun_ = std::min(begun_, length_);
    durable_ = std::min(durable_, length_);
    return {};
}

Result<> OutputFile::sync() {
    if (!needs_sync_) return {};
    if (is_sync_failing_) {
        if (auto written = write_again(); !written) return written;
    }
    auto synced = file_->sync_data();
    is_sync_failing_ = !synced;
    if (!synced) return synced;
    durable_ = length_;
    needs_sync_ = false;
    return {};
}

// After a sync that failed the kernel takes what it could not write for clean, and the next sync
// would prove nothing: so all since the last good one is written once more, where it stands.
Result<> OutputFile::write_again() {
    std::vector<char> bytes(std::min<std::uint64_t>(length_ - durable_, kCompareBytes));
    if (auto set = file_->set_in_place(true); !set) return set;
    Result<> written;
    for (std::uint64_t at = durable_; written && at < length_;) {
        const auto size = std::min<std::uint64_t>(length_ - at, bytes.size());
        const auto read = read_all_at(*file_, at, {bytes.data(), size});
        if (!read || *read == 0) {
            if (!read) written = std::unexpected(read.error());
            break;
        }
        iovec part{bytes.data(), *read};
        written = write_all_at(*file_, at, {&part, 1});
        at += *read;
    }
    if (auto set = file_->set_in_place(false); !set) return set;
    return written;
}

}  // namespace eventfwd
