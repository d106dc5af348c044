#include "daemon/control/replay_request.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/text/text_words.h"
#include "core/text/whole_number.h"
#include "journal/numbers_between.h"

namespace eventfwd {
namespace {

// The first number asked for.
Result<std::uint64_t> first_of(const ReplayRequest& request, const Journal& journal,
                               const TimeWindow& window) {
    if (request.from) return *request.from;
    return request.since ? first_number_in(journal, window) : 1;
}

// The number behind the last one asked for, which the sink has had up to CURSOR.
Result<std::uint64_t> end_of(const ReplayRequest& request, const Journal& journal,
                             const TimeWindow& window, std::uint64_t cursor) {
    if (request.to) return std::min(*request.to, cursor) + 1;
    return request.until ? end_number_in(journal, window) : cursor + 1;
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
    const TimeWindow window{request.since.value_or(Instant::min()),
                            request.until.value_or(Instant::max())};
    const auto first = first_of(request, journal, window);
    if (!first) return std::unexpected(first.error());
    const auto end = end_of(request, journal, window, cursor);
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
