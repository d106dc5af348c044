#include "daemon/app/log_probe.h"

#include <spdlog/spdlog.h>

#include "core/text/timestamp.h"

namespace eventfwd {

void LogProbe::torn_tail_cut(const std::string& path, std::uint64_t bytes) {
    spdlog::info("journal: {} ended in {} bytes of an unfinished frame, as after a crash; cut",
                 path, bytes);
}

void LogProbe::damage_found(const std::string& path, std::uint64_t begin, std::uint64_t end,
                            const std::string& saved_as) {
    spdlog::error("journal: {} is damaged from byte {} to {}; {}", path, begin, end,
                  saved_as.empty() ? "the bytes could not be copied aside"
                                   : "the bytes are kept in " + saved_as);
}

void LogProbe::numbers_lost(std::uint64_t begin, std::uint64_t end) {
    spdlog::warn(
        "journal: up to {} events numbered from {} to {} may have been lost with the last crash; "
        "numbering goes on above",
        end - begin, begin, end - 1);
}

void LogProbe::numbering_raised(std::uint64_t last, std::uint64_t above) {
    spdlog::error(
        "journal: a position that was saved for it, {}, is above its last number, {}, as after a "
        "restore from a backup; numbering goes on above {}",
        above, last, above);
}

void LogProbe::state_rebuilt(const std::string& why) {
    spdlog::warn("journal: {}; its content was found from the segments", why);
}

void LogProbe::segment_from_future(std::uint64_t number, Instant created) {
    char text[kTimestampBytes];
    write_timestamp(text, created);
    spdlog::warn(
        "journal: segment {} was begun at {}, which is still to come: the clock was ahead then, or "
        "is behind now; its age is judged by its neighbours",
        number, std::string_view(text, kTimestampBytes));
}

void LogProbe::segment_removed(std::uint64_t number) {
    spdlog::debug("journal: segment {} removed", number);
}

void LogProbe::segment_dropped(std::uint64_t number, std::string_view why) {
    spdlog::error("journal: {}; segment {} goes before every sink has had it", why, number);
}

void LogProbe::sync_failed(const Error& error) {
    spdlog::error("journal: {}; what came last is not on stable storage, trying again",
                  error.message);
}

void LogProbe::segment_poisoned(std::uint64_t number, const Error& error) {
    spdlog::error("journal: {}; segment {} is written once more", error.message, number);
}

void LogProbe::segment_rescued(std::uint64_t number) {
    spdlog::info("journal: segment {} is on stable storage now", number);
}

void LogProbe::maintenance_failed(const Error& error) {
    spdlog::error("journal: {}", error.message);
}

void LogProbe::maintenance_recovered() {
    spdlog::info("journal: maintenance recovered");
}

void LogProbe::journal_full(const std::string& input, const Error& error) {
    spdlog::error("input {}: {}; waiting until there is room", input, error.message);
}

void LogProbe::journal_has_room(const std::string& input) {
    spdlog::info("input {}: the journal takes events again", input);
}

void LogProbe::events_lost(const std::string& input, std::size_t count, const Error& error) {
    spdlog::error("input {}: {} events lost at the stop: {}", input, count, error.message);
}

void LogProbe::dead_letters_failed(const Error& error) {
    spdlog::error("dead letters: {}; refused packets are counted but not kept", error.message);
}

void LogProbe::trouble_began(const std::string& sink, const std::string& reason) {
    spdlog::warn("sink {}: {}; trying again until it goes", sink, reason);
}

void LogProbe::held(const std::string& sink, const std::string& reason) {
    spdlog::error("sink {}: held until that is put right: {}", sink, reason);
}

void LogProbe::trouble_ended(const std::string& sink, std::uint64_t attempts,
                             std::chrono::microseconds after) {
    spdlog::info("sink {}: recovered after {} attempts, {:.1f} s", sink, attempts,
                 std::chrono::duration<double>(after).count());
}

void LogProbe::shed(const std::string& sink, const Gap& gap) {
    if (gap.why == Gap::Why::left_out) {
        return spdlog::warn(
            "sink {}: numbers {} to {} were left out at a start, after a crash of the machine or "
            "damage; up to {} events may be lost",
            sink, gap.begin, gap.end - 1, gap.end - gap.begin);
    }
    spdlog::error("sink {}: {} events from number {} on were not delivered: {}", sink,
                  gap.end - gap.begin, gap.begin,
                  gap.why == Gap::Why::shed ? "the journal was full" : "they are damaged");
}

void LogProbe::refused(const std::string& sink, std::size_t count, const RefusedLine& first) {
    spdlog::warn("sink {}: {} events refused and kept as dead letters: {}", sink, count,
                 first.text);
}

void LogProbe::skipped(const std::string& sink, std::uint64_t up_to) {
    spdlog::warn("sink {}: everything up to number {} was given up, as told", sink, up_to);
}

void LogProbe::redelivery_failed(const std::string& sink, const Error& error) {
    spdlog::error("sink {}: {}", sink, error.message);
}

void LogProbe::redelivery_ended(const std::string& sink, const RedeliveryStatus& status) {
    spdlog::info("sink {}: {} over: {} of {} events sent again, {} refused, {} not there any more",
                 sink, status.what, status.sent, status.total, status.refused, status.gone);
}

void LogProbe::cursor_missing(const std::string& sink, const std::string& why,
                              std::uint64_t begins_at) {
    spdlog::warn("sink {}: {}; it begins at number {}: some events may be sent twice", sink, why,
                 begins_at);
}

void LogProbe::cursor_not_saved(const std::string& sink, const Error& error) {
    spdlog::error("sink {}: its cursor cannot be saved: {}", sink, error.message);
}

void LogProbe::rotated(const std::string& path) {
    spdlog::info("{}: rotated", path);
}

void LogProbe::found_elsewhere(const std::string& path) {
    spdlog::info("{}: the path leads elsewhere now; opened anew", path);
}

void LogProbe::not_compressed(const std::string& path, const Error& error) {
    spdlog::warn("{}: not compressed: {}; each rotation tries again", path, error.message);
}

void LogProbe::met_foreign_bytes(const std::string& path) {
    spdlog::warn(
        "{}: holds bytes that are not the lines due here, of another writer or of lines shed "
        "since; some lines may be in it twice",
        path);
}

void LogProbe::chore_failed(const std::string& path, std::string_view what, const Error& error) {
    spdlog::warn("{}: not {}: {}; delivery goes on, and this is tried again", path, what,
                 error.message);
}

void LogProbe::chore_recovered(const std::string& path, std::string_view what) {
    spdlog::info("{}: {} now", path, what);
}

void LogProbe::url_failed(const std::string& url, const std::string& error) {
    spdlog::warn("{} rests: {}; the others get what it would have got", url, error);
}

void LogProbe::url_recovered(const std::string& url) {
    spdlog::info("{} is well again", url);
}

}  // namespace eventfwd
