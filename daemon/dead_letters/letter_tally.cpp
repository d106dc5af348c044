#include "daemon/dead_letters/letter_tally.h"

#include <fmt/format.h>

#include "core/record_file.h"
#include "core/text/text_words.h"
#include "core/text/whole_number.h"

namespace eventfwd {
namespace {

std::string tally_path(const std::string& path) {
    return path + "/removed";
}

}  // namespace

Result<> save_tally(FileSystem& files, const std::string& path, const LetterTally& tally) {
    Record record;
    record.add("next", tally.next_number);
    record.add("removing", tally.removing);
    for (const auto& [origin, counts] : tally.origins)
        record.add("origin", fmt::format("{} {} {}", counts.expired, counts.retried, origin));
    return write_record(files, tally_path(path), record, false);
}

LetterTally load_tally(FileSystem& files, const std::string& path) {
    LetterTally tally;
    const auto record = read_record(files, tally_path(path));
    if (!record) return tally;
    tally.next_number = record->number("next").value_or(1);
    tally.removing = record->number("removing").value_or(0);
    for (std::string_view text : record->all("origin")) {
        const auto expired = whole_number<std::uint64_t>(take_word(text));
        const auto retried = whole_number<std::uint64_t>(take_word(text));
        if (expired && retried) tally.origins[std::string(text)] = {*expired, *retried};
    }
    return tally;
}

}  // namespace eventfwd
