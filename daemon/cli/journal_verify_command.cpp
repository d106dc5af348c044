// `eventfwd journal verify`: every byte of the journal, and what is wrong with it.
#include <fmt/format.h>

#include <boost/json.hpp>
#include <cstdio>

#include "core/text/printable.h"
#include "core/text/units.h"
#include "daemon/cli/commands.h"
#include "daemon/cli/complaints.h"
#include "daemon/cli/journal_command.h"
#include "daemon/cli/progress_bar.h"
#include "journal/verify.h"

namespace eventfwd {
namespace {

struct JournalVerifyCommand : JournalCommand {};

namespace json = boost::json;

json::value to_json(const std::optional<SequenceRange>& numbers) {
    if (!numbers) return nullptr;
    return json::object{{"first", numbers->first}, {"last", numbers->last}};
}

void print_json(const VerifyReport& report) {
    json::array findings;
    for (const Finding& finding : report.findings) {
        findings.push_back(json::object{{"file", finding.file},
                                        {"begin", finding.begin},
                                        {"end", finding.end},
                                        {"numbers", to_json(finding.numbers)},
                                        {"what", finding.what}});
    }
    json::array left_out;
    for (const SequenceRange& numbers : report.left_out)
        left_out.push_back(to_json(numbers));
    const json::object whole{{"good", report.findings.empty()},
                             {"segments", report.segments},
                             {"frames", report.frames},
                             {"events", report.events},
                             {"bytes", report.bytes},
                             {"numbers", to_json(report.numbers)},
                             {"unfinished_bytes", report.unfinished_bytes},
                             {"left_out", std::move(left_out)},
                             {"findings", std::move(findings)}};
    fmt::print("{}\n", printable_json(json::serialize(whole)));
}

void print_text(const std::string& path, const VerifyReport& report) {
    for (const Finding& finding : report.findings)
        fmt::print("{}\n", printable(describe(finding)));
    for (const SequenceRange& numbers : report.left_out) {
        fmt::print(
            "numbers {} to {} were left out at a start, after a crash of the machine or damage; "
            "its log says why\n",
            format_count(numbers.first), format_count(numbers.last));
    }
    if (report.unfinished_bytes > 0) {
        fmt::print(
            "{} bytes at the end are a frame that is being written, or that a crash cut off\n",
            format_count(report.unfinished_bytes));
    }
    fmt::print("{}: {} events in {} frames and {} segments, {:.1f} MiB", printable(path),
               format_count(report.events), format_count(report.frames),
               format_count(report.segments), static_cast<double>(report.bytes) / (1 << 20));
    if (report.numbers) {
        fmt::print(", numbers {} to {}", format_count(report.numbers->first),
                   format_count(report.numbers->last));
    }
    const std::size_t count = report.findings.size();
    fmt::print(": {}\n",
               count == 0 ? "good" : fmt::format("{} problem{}", count, count == 1 ? "" : "s"));
}

int run(const JournalVerifyCommand& command) {
    const auto path = journal_path(command);
    if (!path) return kWrongUsage;
    PosixFileSystem files;
    Result<VerifyReport> report;
    {
        ProgressBar bar;
        report = verify_journal(files, *path, [&](std::uint64_t done, std::uint64_t total) {
            bar.tell(done, total,
                     fmt::format("{:3}% of {:.1f} MiB", done * 100 / total,
                                 static_cast<double>(total) / (1 << 20)));
        });
    }
    if (!report) return fail(report.error());
    command.json ? print_json(*report) : print_text(*path, *report);
    return report->findings.empty() ? kDone : kFailed;
}

}  // namespace

void add_journal_verify_command(const Commands& journal) {
    const auto [line, command] = journal.add<JournalVerifyCommand>(
        "verify", "Read all of it and name whatever is damaged or missing",
        "eventfwd journal verify --path /var/lib/eventfwd/journal", run);
    add_journal_options(line, command);
}

}  // namespace eventfwd
