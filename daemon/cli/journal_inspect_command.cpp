// `eventfwd journal inspect`: segments, cursors, and damage as far as headers show it.
#include <fmt/format.h>

#include <boost/json.hpp>
#include <cstdio>

#include "core/text/printable.h"
#include "core/text/timestamp.h"
#include "core/text/units.h"
#include "daemon/cli/commands.h"
#include "daemon/cli/complaints.h"
#include "daemon/cli/journal_command.h"
#include "journal/inspect.h"

namespace eventfwd {
namespace {

struct JournalInspectCommand : JournalCommand {};

namespace json = boost::json;

void print_json(const std::string& path, const JournalReport& report) {
    json::array segments;
    for (const SegmentReport& segment : report.segments) {
        segments.push_back(json::object{{"segment", segment.segment.number},
                                        {"first", segment.segment.first_sequence},
                                        {"last", segment.last_sequence},
                                        {"events", segment.events},
                                        {"frames", segment.frames},
                                        {"bytes", segment.segment.bytes},
                                        {"created", format_timestamp(segment.segment.created)},
                                        {"damaged_bytes", segment.damaged_bytes},
                                        {"unfinished_bytes", segment.unfinished_bytes}});
    }
    json::object cursors;
    for (const CursorReport& cursor : report.cursors) {
        cursors[cursor.sink] =
            cursor.problem.empty() ? json::value(cursor.sequence) : json::value(nullptr);
    }
    json::object whole{{"path", path},
                       {"id", report.id},
                       {"ceiling", report.ceiling},
                       {"lower_end", report.lower_end},
                       {"segments", std::move(segments)},
                       {"cursors", std::move(cursors)}};
    if (!report.state_problem.empty()) whole["problem"] = report.state_problem;
    fmt::print("{}\n", printable_json(json::serialize(whole)));
}

void print_text(const std::string& path, const JournalReport& report) {
    fmt::print("{}\n", printable(path));
    if (report.state_problem.empty()) {
        fmt::print("journal {}, numbers reserved below {}\n\n", printable(report.id),
                   format_count(report.ceiling));
    } else {
        fmt::print("{}\n\n", printable(report.state_problem));
    }
    fmt::print("{:>8} {:>14} {:>14} {:>12} {:>9} {:>10}  {}\n", "segment", "first", "last",
               "events", "frames", "MiB", "begun");
    for (const SegmentReport& segment : report.segments) {
        fmt::print("{:>8} {:>14} {:>14} {:>12} {:>9} {:>10.1f}  {}\n", segment.segment.number,
                   format_count(segment.segment.first_sequence),
                   format_count(segment.last_sequence), format_count(segment.events),
                   format_count(segment.frames),
                   static_cast<double>(segment.segment.bytes) / (1 << 20),
                   format_timestamp(segment.segment.created));
        if (segment.damaged_bytes > 0) {
            fmt::print("{:>8} {} damaged bytes\n", "", format_count(segment.damaged_bytes));
        }
        if (segment.unfinished_bytes > 0) {
            fmt::print("{:>8} {} bytes of an unfinished frame\n", "",
                       format_count(segment.unfinished_bytes));
        }
    }
    fmt::print("\n{:24} {:>14}\n", "sink", "cursor");
    for (const CursorReport& cursor : report.cursors) {
        fmt::print(
            "{:24} {:>14}\n", printable(cursor.sink),
            cursor.problem.empty() ? format_count(cursor.sequence) : printable(cursor.problem));
    }
}

int run(const JournalInspectCommand& command) {
    const auto path = journal_path(command);
    if (!path) return kWrongUsage;
    PosixFileSystem files;
    const auto report = inspect_journal(files, *path);
    if (!report) return fail(report.error());
    command.json ? print_json(*path, *report) : print_text(*path, *report);
    return kDone;
}

}  // namespace

void add_journal_inspect_command(const Commands& journal) {
    const auto [line, command] = journal.add<JournalInspectCommand>(
        "inspect", "Segments, cursors and damage",
        "eventfwd journal inspect --path /var/lib/eventfwd/journal", run);
    add_journal_options(line, command);
}

}  // namespace eventfwd
