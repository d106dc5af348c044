#include "journal/journal_state.h"

#include <fmt/format.h>

#include <fstream>
#include <random>

#include "core/text/whole_number.h"

namespace eventfwd {
namespace {

constexpr std::uint64_t kFormat = 2;

std::string state_path(const std::string& directory) {
    return directory + "/state";
}

std::optional<JournalId> id_from_text(std::string_view text) {
    JournalId id{};
    if (text.size() != 2 * id.size()) return std::nullopt;
    for (std::size_t at = 0; at < id.size(); ++at) {
        const std::string pair(text.substr(2 * at, 2));
        if (pair.find_first_not_of("0123456789abcdef") != std::string::npos) return std::nullopt;
        id[at] = static_cast<char>(std::stoi(pair, nullptr, 16));
    }
    return id;
}

// "500 1048576"
std::optional<SequenceRange> to_range(std::string_view text) {
    const std::size_t space = std::min(text.find(' '), text.size());
    const auto first = whole_number<std::uint64_t>(text.substr(0, space));
    const auto last = whole_number<std::uint64_t>(text.substr(std::min(space + 1, text.size())));
    if (!first || !last || *first > *last) return std::nullopt;
    return SequenceRange{*first, *last};
}

}  // namespace

std::string to_text(const JournalId& id) {
    std::string text;
    for (const char byte : id)
        text += fmt::format("{:02x}", static_cast<unsigned char>(byte));
    return text;
}

JournalId make_journal_id() {
    JournalId id{};
    std::random_device random;
    for (char& byte : id)
        byte = static_cast<char>(random());
    return id;
}

std::string current_boot_id() {
    std::ifstream file("/proc/sys/kernel/random/boot_id");
    std::string id;
    file >> id;
    return id;
}

Result<> save_state(FileSystem& files, const std::string& directory, const JournalState& state) {
    Record record;
    record.add("format", kFormat);
    record.add("id", to_text(state.id));
    record.add("boot_id", state.boot_id);
    record.add("ceiling", state.ceiling);
    record.add("closed", state.is_closed ? std::uint64_t{1} : 0);
    record.add("lower_end", state.lower_end);
    for (const std::uint64_t number : state.poisoned)
        record.add("poisoned", number);
    for (const std::string& sink : state.known_sinks)
        record.add("sink", sink);
    record.add("left_out", state.left_out.total());
    for (const SequenceRange& range : state.left_out.ranges())
        record.add("left_out_range", fmt::format("{} {}", range.first, range.last));
    return write_record(files, state_path(directory), record, true);
}

Result<JournalState> load_state(FileSystem& files, const std::string& directory) {
    const auto record = read_record(files, state_path(directory));
    if (!record) return std::unexpected(record.error());
    const std::uint64_t format = record->number("format").value_or(1);
    if (format > kFormat) {
        return failure(fmt::format("read {}: it has format {}, and this eventfwd knows formats 1 "
                                   "to {}: a newer eventfwd wrote it",
                                   state_path(directory), format, kFormat),
                       ENOTSUP);
    }
    const auto id = id_from_text(record->text("id").value_or(""));
    const auto ceiling = record->number("ceiling");
    const auto lower_end = record->number("lower_end");
    if (!id || !ceiling || !lower_end) {
        return failure(fmt::format("read {}: something is missing in it", state_path(directory)),
                       EBADMSG);
    }
    JournalState state;
    state.id = *id;
    state.boot_id = record->text("boot_id").value_or("");
    state.ceiling = *ceiling;
    state.is_closed = record->number("closed") == 1;
    state.lower_end = *lower_end;
    for (const std::string_view text : record->all("poisoned")) {
        if (const auto number = whole_number<std::uint64_t>(text))
            state.poisoned.push_back(*number);
    }
    for (const std::string_view sink : record->all("sink"))
        state.known_sinks.emplace_back(sink);
    std::vector<SequenceRange> left_out;
    for (const char* const key : {"skipped", "left_out_range"}) {  // format 1, format 2
        for (const std::string_view text : record->all(key)) {
            if (const auto range = to_range(text)) left_out.push_back(*range);
        }
    }
    state.left_out = LeftOut(std::move(left_out), record->number("left_out"));
    return state;
}

}  // namespace eventfwd
