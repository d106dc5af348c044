#include "daemon/config/journal_reader.h"

#include <fmt/format.h>

#include <array>

#include "formatter/line/line_buffer.h"

namespace eventfwd {
namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t kFramesInSegmentMin = 4;
constexpr double kBusyHost = 64 << 10;  // bytes a second, of about 200 events

SyncPolicy read_sync(Section& section, const SyncPolicy& fallback) {
    const std::string text = section.text("sync", format_duration(fallback.interval));
    const auto sync = parse_sync_policy(text);
    const bool is_every = sync && sync->when == SyncPolicy::When::every;
    if (sync && (!is_every || (sync->interval >= 1ms && sync->interval <= 1h))) return *sync;
    section.problem(
        "sync",
        fmt::format("expected never, always or a duration from 1ms to 1h, found '{}'", text));
    return fallback;
}

std::string describe(const SyncPolicy& sync) {
    switch (sync.when) {
        case SyncPolicy::When::never:
            return "never synced: survives kill -9, not a power cut";
        case SyncPolicy::When::always:
            return "synced at once";
        case SyncPolicy::When::every:
            break;
    }
    return fmt::format("synced every {}: a power cut costs at most that",
                       format_duration(sync.interval));
}

}  // namespace

std::optional<SyncPolicy> parse_sync_policy(std::string_view text) {
    if (text == "never") return SyncPolicy{SyncPolicy::When::never, 0s};
    if (text == "always") return SyncPolicy{SyncPolicy::When::always, 0s};
    const auto interval = parse_duration(text);
    if (!interval || *interval <= 0s) return std::nullopt;
    return SyncPolicy{SyncPolicy::When::every, *interval};
}

JournalOptions read_journal(Section section, ReadContext& context) {
    constexpr std::array<std::string_view, 2> kWhenFull{"drop_oldest", "refuse"};
    JournalOptions journal;
    journal.path = context.path(section, "path", context.base.state, "journal");
    context.take_once(section, "path", journal.path);
    journal.segment_bytes = section.size("segment_size", journal.segment_bytes,
                                         kFramesInSegmentMin * LineBuffer::kBytesMax, 1_GiB);
    journal.bytes_max = section.size("max_size", journal.bytes_max, 4_MiB, std::uint64_t{1} << 50);
    const bool are_known = !section.has_problem("max_size") && !section.has_problem("segment_size");
    if (are_known && journal.bytes_max < 4 * journal.segment_bytes) {
        section.problem("max_size", fmt::format("expected at least four times segment_size ({})",
                                                format_size(journal.segment_bytes)));
    }
    journal.when_full = section.choice("when_full", kWhenFull, journal.when_full);
    journal.sync = read_sync(section, journal.sync);
    journal.retain = section.duration("retain", journal.retain, 0s, 3650 * kDay);
    section.refuse_unknown();
    return journal;
}

std::string describe(const JournalOptions& journal) {
    return fmt::format("{}, at most {} in segments of {}, {}", journal.path,
                       format_size(journal.bytes_max), format_size(journal.segment_bytes),
                       describe(journal.sync));
}

Warnings warnings_of(const JournalOptions& journal, std::size_t sinks) {
    Warnings warnings;
    if (journal.when_full == WhenFull::refuse && sinks > 1) {
        warnings.push_back(
            {"when_full",
             "refuse lets one sink that stays down stop every input, and with them the other "
             "sinks"});
    }
    if (journal.retain.count() > 0) {
        const auto seconds = std::chrono::duration<double>(journal.retain).count();
        const double pace = static_cast<double>(journal.bytes_max) / seconds;
        if (pace < kBusyHost) {
            warnings.push_back(
                {"retain",
                 fmt::format("{} are kept only while less than {:.1f} KiB of lines a second come, "
                             "for max_size is {}",
                             format_duration(journal.retain), pace / 1024,
                             format_size(journal.bytes_max))});
        }
    }
    return warnings;
}

}  // namespace eventfwd
