#include "daemon/dead_letters/letter_repeats.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "core/text/text_words.h"
#include "core/text/timestamp.h"
#include "core/text/whole_number.h"

namespace eventfwd {
namespace {

std::optional<LetterRepeat> parse(std::string_view text) {
    if (text.size() != kRepeatBytes || text.back() != '\n') return std::nullopt;
    text.remove_suffix(1);
    const auto number = [&text] { return whole_number<std::uint64_t>(take_word(text)); };
    const auto letter = number(), times = number(), retried = number();
    const auto last = parse_timestamp(text, NaiveTime::utc);
    if (!letter || !times || !retried || !last || *retried > *times) return std::nullopt;
    return LetterRepeat{*letter, *times, *retried, *last};
}

}  // namespace

std::string repeats_file(const std::string& path, std::uint64_t first) {
    return fmt::format("{}/{:012}.repeated", path, first);
}

Result<std::vector<LetterRepeat>> read_repeats(FileSystem& files, const std::string& path,
                                               std::uint64_t first) {
    std::vector<LetterRepeat> repeats;
    const auto text = read_whole_file(files, repeats_file(path, first));
    if (!text && text.error().code == ENOENT) return repeats;
    if (!text) return std::unexpected(text.error());
    for (std::string_view rest = *text; !rest.empty();) {
        const std::string_view record = rest.substr(0, kRepeatBytes);
        rest.remove_prefix(record.size());
        repeats.push_back(parse(record).value_or(LetterRepeat{}));
    }
    return repeats;
}

const LetterRepeat* find_repeat(const std::vector<LetterRepeat>& repeats, std::uint64_t number) {
    const auto found = std::ranges::find(repeats, number, &LetterRepeat::number);
    return found == repeats.end() ? nullptr : &*found;
}

Result<> write_repeats(FileSystem& files, const std::string& path, std::uint64_t first,
                       const std::vector<LetterRepeat>& repeats,
                       const std::vector<LetterRepeat>& changed) {
    const auto file = files.open(repeats_file(path, first), OpenMode::write);
    if (!file) return std::unexpected(file.error());
    for (const LetterRepeat& repeat : changed) {
        const auto found = std::ranges::find(repeats, repeat.number, &LetterRepeat::number);
        const auto place = static_cast<std::size_t>(found - repeats.begin());
        if (auto written = write_repeat(**file, place, repeat); !written) return written;
    }
    return (*file)->sync_data();
}

Result<> write_repeat(File& file, std::size_t place, const LetterRepeat& repeat) {
    char time[kTimestampBytes];
    write_timestamp(time, repeat.last);
    const std::string text = fmt::format("{:012} {:011} {:010} {}\n", repeat.number, repeat.times,
                                         repeat.retried, std::string_view(time, kTimestampBytes));
    iovec part = as_iovec(text);
    return write_all_at(file, place * kRepeatBytes, {&part, 1});
}

}  // namespace eventfwd
