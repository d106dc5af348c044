#include "daemon/dead_letters/dead_letters.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <numeric>
#include <optional>

#include "core/base64.h"
#include "core/json_text.h"
#include "formatter/timestamp.h"

namespace eventfwd {
namespace {

constexpr std::uint64_t kFilesAtOnce = 8;  // how finely the oldest letters go

std::string file_name(std::uint64_t first) {
    return fmt::format("{:012}.jsonl", first);
}

std::optional<std::uint64_t> first_of(std::string_view name) {
    std::uint64_t first = 0;
    const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), first);
    if (error != std::errc{} || name != file_name(first)) return std::nullopt;
    return first;
}

Result<std::vector<std::uint64_t>> list_files(FileSystem& files, const std::string& path) {
    const auto names = files.list(path);
    if (!names) return std::unexpected(names.error());
    std::vector<std::uint64_t> firsts;
    for (const std::string& name : *names) {
        if (const auto first = first_of(name)) firsts.push_back(*first);
    }
    std::ranges::sort(firsts);
    return firsts;
}

}  // namespace

std::string to_json_line(const DeadLetter& letter) {
    char time[kTimestampBytes];
    write_timestamp(time, letter.time);
    std::string line = fmt::format(R"({{"time":"{}","from":{},"reason":"{}")",
                                   std::string_view(time, kTimestampBytes),
                                   json_quoted(letter.from), letter.reason);
    if (!letter.text.empty()) line += ",\"text\":" + json_quoted(letter.text);
    if (is_valid_utf8(letter.bytes)) {
        line += ",\"bytes\":" + json_quoted(letter.bytes);
    } else {
        line += ",\"base64\":\"" + base64_encoded(letter.bytes) + '"';
    }
    return line + fmt::format(",\"true_bytes\":{}}}\n", letter.true_bytes);
}

DeadLetters::DeadLetters(DeadLetterOptions options, FileSystem& files)
    : options_(std::move(options)), files_(files) {}

Result<> DeadLetters::keep(std::string_view lines, std::uint64_t count) {
    const std::lock_guard lock(mutex_);
    const auto appended = append(lines, count);
    if (appended) counts_.kept += count;
    return appended;
}

Result<> DeadLetters::keep_or_lose(std::string_view lines, std::uint64_t count) {
    const auto kept = keep(lines, count);
    const std::lock_guard lock(mutex_);
    const bool is_first = !kept && !is_failing_;
    is_failing_ = !kept;
    if (!kept) counts_.lost += count;
    return is_first ? kept : Result<>{};
}

Result<> DeadLetters::append(std::string_view lines, std::uint64_t count) {
    if (!is_scanned_) {
        if (auto made = files_.make_directories(options_.path); !made) return made;
        const auto firsts = list_files(files_, options_.path);
        if (!firsts) return std::unexpected(firsts.error());
        existing_.clear();
        for (const std::uint64_t first : *firsts) {
            const auto text = read_whole_file(files_, options_.path + "/" + file_name(first));
            if (!text) return std::unexpected(text.error());
            const auto letters = static_cast<std::uint64_t>(std::ranges::count(*text, '\n'));
            existing_.push_back({first, letters, text->size()});
        }
        is_scanned_ = true;
    }
    const std::uint64_t file_bytes_max =
        std::max<std::uint64_t>(1, options_.bytes_max / kFilesAtOnce);
    if (file_ == nullptr || existing_.back().bytes + lines.size() > file_bytes_max) {
        if (auto opened = open_next(); !opened) return opened;
    }
    if (auto room = make_room(lines.size()); !room) return room;
    iovec part = as_iovec(lines);
    if (auto written = write_all_at(*file_, existing_.back().bytes, {&part, 1}); !written) {
        return written;
    }
    existing_.back().bytes += lines.size();
    existing_.back().count += count;
    return {};
}

Result<> DeadLetters::open_next() {
    const std::uint64_t first =
        existing_.empty() ? 1 : existing_.back().first + existing_.back().count;
    auto file = files_.open(options_.path + "/" + file_name(first), OpenMode::replace);
    if (!file) return std::unexpected(file.error());
    file_ = std::move(*file);
    if (existing_.empty() || existing_.back().first != first) existing_.push_back({first, 0, 0});
    return {};
}

Result<> DeadLetters::make_room(std::uint64_t bytes) {
    const auto total = [this] {
        return std::accumulate(
            existing_.begin(), existing_.end(), std::uint64_t{0},
            [](std::uint64_t sum, const LetterFile& file) { return sum + file.bytes; });
    };
    while (existing_.size() > 1 && total() + bytes > options_.bytes_max) {
        const LetterFile& oldest = existing_.front();
        if (auto removed = files_.unlink(options_.path + "/" + file_name(oldest.first)); !removed) {
            return removed;
        }
        counts_.expired += oldest.count;
        existing_.erase(existing_.begin());
    }
    return {};
}

DeadLetters::Counts DeadLetters::counts() const {
    const std::lock_guard lock(mutex_);
    return counts_;
}

Result<std::vector<KeptLetter>> read_dead_letters(FileSystem& files, const std::string& path) {
    const auto firsts = list_files(files, path);
    if (!firsts) {
        if (firsts.error().code == ENOENT) return std::vector<KeptLetter>{};
        return std::unexpected(firsts.error());
    }
    std::vector<KeptLetter> letters;
    for (const std::uint64_t first : *firsts) {
        const auto text = read_whole_file(files, path + "/" + file_name(first));
        if (!text) return std::unexpected(text.error());
        std::string_view rest = *text;
        for (std::uint64_t number = first; rest.contains('\n'); ++number) {
            const std::size_t end = rest.find('\n');
            letters.push_back({number, std::string(rest.substr(0, end))});
            rest.remove_prefix(end + 1);
        }
    }
    return letters;
}

}  // namespace eventfwd
