#include "daemon/control/replay_request.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/text/text_words.h"
#include "core/text/whole_number.h"
#include "journal/sequence_at.h"

namespace eventfwd {
namespace {

// The first number asked for, and the one behind the last.
Result<std::uint64_t> bound(std::optional<std::uint64_t> number, std::optional<Instant> instant,
                            const Journal& journal, std::uint64_t fallback) {
    if (number) return *number;
    return instant ? sequence_at(journal, *instant) : fallback;
}

}  // namespace

std::optional<ReplayRequest> parse_replay_request(std::string_view text) {
    ReplayRequest request;
    request.sink = take_word(text);
    while (!text.empty()) {
        const std::string_view key = take_word(text);
        const std::string_view value = take_word(text);
        if (key == "from" || key == "to") {
            auto& number = key == "from" ? request.from : request.to;
            if (!(number = whole_number<std::uint64_t>(value))) return std::nullopt;
        } else if (key == "since" || key == "until") {
            const auto instant = whole_number<std::int64_t>(value);
            if (!instant) return std::nullopt;
            auto& time = key == "since" ? request.since : request.until;
            time = Instant{std::chrono::microseconds{*instant}};
        } else {
            return std::nullopt;
        }
    }
    if (!request.from && !request.since) return std::nullopt;
    return request;
}

std::string to_text(const ReplayRequest& request) {
    std::string text = request.sink;
    const auto add = [&](std::string_view key, const auto& value) {
        if (value) text += fmt::format(" {} {}", key, *value);
    };
    const auto add_instant = [&](std::string_view key, const std::optional<Instant>& value) {
        if (value) text += fmt::format(" {} {}", key, value->time_since_epoch().count());
    };
    add("from", request.from);
    add_instant("since", request.since);
    add("to", request.to);
    add_instant("until", request.until);
    return text;
}

Result<SequenceRange> find_range(const ReplayRequest& request, const Journal& journal,
                                 std::uint64_t cursor) {
    const auto first = bound(request.from, request.since, journal, 1);
    if (!first) return std::unexpected(first.error());
    const auto to = request.to ? std::optional(std::min(*request.to, cursor) + 1) : std::nullopt;
    const auto end = bound(to, request.until, journal, cursor + 1);
    if (!end) return std::unexpected(end.error());
    const std::uint64_t oldest = journal.status().first;
    const SequenceRange range{std::max<std::uint64_t>(*first, 1), std::min(*end - 1, cursor)};
    if (range.last < oldest) {
        return failure(fmt::format(
            "nothing to send again: the journal holds numbers from {} on, and the sink has had "
            "those up to {}; journal.retain says how long events are kept that every sink has had",
            oldest, cursor));
    }
    if (range.first > range.last) {
        return failure(
            fmt::format("nothing to send again: the sink has had the numbers up to {}", cursor));
    }
    return range;
}

}  // namespace eventfwd
