#include "daemon/status/kept_counts.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "core/record_file.h"
#include "core/text/text_words.h"
#include "core/text/whole_number.h"

namespace eventfwd {
namespace {

// Calls VISIT with the name and the number of each count of an input.
template <class Counts, class Visit>
void each_count(Counts& counts, Visit visit) {
    visit("packets", counts.intake.packets);
    visit("received", counts.intake.received);
    visit("accepted", counts.intake.accepted);
    visit("not_allowed", counts.intake.not_allowed);
    visit("kernel_drops", counts.kernel_drops);
    for (std::size_t at = 0; at < kRefusalNames.size(); ++at)
        visit(kRefusalNames[at], counts.intake.refused[at]);
}

// "local packets=17 received=17 …"; what is 0 is left out.
std::string input_text(const std::string& name, const InputCounts& counts) {
    std::string text = name;
    each_count(counts, [&](std::string_view count, std::uint64_t number) {
        if (number > 0) text += fmt::format(" {}={}", count, number);
    });
    return text;
}

// A count that this version does not know is left out.
InputCounts input_counts(std::string_view text) {
    InputCounts counts;
    while (!text.empty()) {
        const std::string_view word = take_word(text);
        const std::size_t equals = std::min(word.find('='), word.size());
        const auto number =
            whole_number<std::uint64_t>(word.substr(std::min(equals + 1, word.size())));
        each_count(counts, [&](std::string_view name, std::uint64_t& count) {
            if (name == word.substr(0, equals)) count = number.value_or(0);
        });
    }
    return counts;
}

constexpr std::array<std::pair<const char*, std::uint64_t DeadLetters::Counts::*>, 4> kLetterCounts{
    {
        {"letters_kept", &DeadLetters::Counts::kept},
        {"letters_lost", &DeadLetters::Counts::lost},
        {"letters_expired", &DeadLetters::Counts::expired},
        {"letters_retried", &DeadLetters::Counts::retried},
    }};

// "5 0 2 1 input local", the counts in the order of kLetterCounts.
std::string letters_text(const std::string& origin, const DeadLetters::Counts& counts) {
    std::string text;
    for (const auto& [name, field] : kLetterCounts)
        text += fmt::format("{} ", counts.*field);
    return text + origin;
}

void add_letters(std::string_view text, DeadLetters::CountsByOrigin& letters) {
    DeadLetters::Counts counts;
    for (const auto& [name, field] : kLetterCounts)
        counts.*field = whole_number<std::uint64_t>(take_word(text)).value_or(0);
    letters[std::string(text)] = counts;
}

}  // namespace

std::uint64_t KeptCounts::journaled() const {
    std::uint64_t sum = retried_events + recovered;
    for (const auto& [name, input] : inputs)
        sum += input.intake.accepted;
    return sum - std::min(sum, lost);
}

void KeptCounts::reconcile(std::uint64_t journaled_now) {
    const std::uint64_t counted = journaled();
    if (journaled_now > counted) {
        recovered += journaled_now - counted;
    } else {
        lost += counted - journaled_now;
    }
}

Result<> save_counts(FileSystem& files, const std::string& path, const KeptCounts& counts) {
    Record record;
    for (const auto& [name, input] : counts.inputs)
        record.add("input", input_text(name, input));
    DeadLetters::Counts letters;  // all of them, for versions that do not count by origin
    for (const auto& [origin, each] : counts.dead_letters) {
        letters.add(each);
        record.add("letters", letters_text(origin, each));
    }
    for (const auto& [name, field] : kLetterCounts)
        record.add(name, letters.*field);
    for (const auto& [cookie, counted] : counts.sockets)
        record.add("socket", fmt::format("{} {}", cookie, counted));
    record.add("boot_id", counts.boot_id);
    record.add("retried_events", counts.retried_events);
    record.add("recovered", counts.recovered);
    record.add("lost", counts.lost);
    return write_record(files, path, record, false);
}

Result<KeptCounts> load_counts(FileSystem& files, const std::string& path) {
    const auto record = read_record(files, path);
    if (!record) return std::unexpected(record.error());
    KeptCounts counts;
    for (std::string_view text : record->all("input")) {
        const std::string name(take_word(text));
        counts.inputs[name] = input_counts(text);
    }
    for (std::string_view text : record->all("letters"))
        add_letters(text, counts.dead_letters);
    if (counts.dead_letters.empty()) {
        DeadLetters::Counts all;
        for (const auto& [name, field] : kLetterCounts)
            all.*field = record->number(name).value_or(0);
        if (all != DeadLetters::Counts{}) {
            counts.dead_letters[std::string(DeadLetters::kAllOrigins)] = all;
        }
    }
    for (std::string_view text : record->all("socket")) {
        const auto cookie = whole_number<std::uint64_t>(take_word(text));
        const auto counted = whole_number<std::uint32_t>(text);
        if (cookie && counted) counts.sockets[*cookie] = *counted;
    }
    counts.boot_id = record->text("boot_id").value_or("");
    counts.retried_events = record->number("retried_events").value_or(0);
    counts.recovered = record->number("recovered").value_or(0);
    counts.lost = record->number("lost").value_or(0);
    return counts;
}

KernelDrops::Counted load_kernel_drops(FileSystem& files, const std::string& path) {
    KernelDrops::Counted sockets;
    const auto record = read_record(files, path);
    if (!record) return sockets;
    for (const auto& [key, value] : record->lines()) {
        const auto cookie = whole_number<std::uint64_t>(key);
        const auto counted = whole_number<std::uint32_t>(value);
        if (cookie && counted) sockets[*cookie] = *counted;
    }
    return sockets;
}

}  // namespace eventfwd
