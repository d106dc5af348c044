#include "daemon/cli/dead_letters_command.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>

#include "core/text/json_escape.h"
#include "core/text/printable.h"
#include "core/text/timestamp.h"
#include "core/text/units.h"
#include "daemon/cli/commands.h"
#include "daemon/cli/complaints.h"
#include "daemon/dead_letters/dead_letters.h"

namespace eventfwd {
namespace {

void print_json(const KeptLetter& kept) {
    const std::string json = printable_json(kept.json);
    std::string more = fmt::format(",\"number\":{}", kept.number);
    if (kept.times > 1) {
        more += fmt::format(",\"repeated\":{},\"last_time\":\"{}\"", kept.times,
                            format_timestamp(kept.last));
    }
    if (kept.is_resolved) more += ",\"retried\":true";
    fmt::print("{}{}}}\n", std::string_view(json).substr(0, json.size() - 1), more);
}

// "repeated 250 times, the last at …"; how many of those a retry has resolved.
std::string repeats_text(const KeptLetter& kept) {
    std::string text = fmt::format("repeated {} times, the last at {}", format_count(kept.times),
                                   format_timestamp(kept.last));
    if (kept.left < kept.times && !kept.is_resolved) {
        text +=
            fmt::format("; {} of them retried, and resolved", format_count(kept.times - kept.left));
    }
    return text;
}

void print_summary(const KeptLetter& kept, const ReadLetter& letter) {
    constexpr std::size_t kShownMax = 60;
    fmt::print("{:>8}  {}  {:20} {:16} {}{}{}{}\n", kept.number, format_timestamp(letter.time),
               printable(letter.from), printable(letter.reason), json_quoted(letter.bytes.substr(0, kShownMax)),
               letter.bytes.size() > kShownMax ? " …" : "",
               kept.times > 1 ? "  (" + repeats_text(kept) + ")" : "",
               kept.is_resolved ? "  (retried, and resolved)" : "");
}

void print_whole(const KeptLetter& kept, const ReadLetter& letter) {
    fmt::print(stderr, "number  {}\ntime    {}\nfrom    {}\nreason  {}\n", kept.number,
               format_timestamp(letter.time), printable(letter.from), printable(letter.reason));
    if (!letter.text.empty()) fmt::print(stderr, "text    {}\n", printable(letter.text));
    if (letter.sequence > 0) fmt::print(stderr, "event   {}\n", letter.sequence);
    if (kept.times > 1) fmt::print(stderr, "{}\n", repeats_text(kept));
    if (kept.is_resolved) fmt::print(stderr, "retried, and resolved\n");
    if (letter.true_bytes > letter.bytes.size()) {
        fmt::print(stderr, "bytes   {} of {} that were sent\n", format_count(letter.bytes.size()),
                   format_count(letter.true_bytes));
    } else {
        fmt::print(stderr, "bytes   {}\n", format_count(letter.bytes.size()));
    }
    // Alone on standard output, byte for byte, so that it can be sent again or looked at; but a
    // terminal would obey what is in it.
    const bool is_terminal = ::isatty(STDOUT_FILENO) == 1;
    const std::string shown = is_terminal ? printable_lines(letter.bytes) : letter.bytes;
    std::fwrite(shown.data(), 1, shown.size(), stdout);
    std::fflush(stdout);
    fmt::print(stderr, "\n");
}

void print(const KeptLetter& kept, const DeadLettersCommand& command) {
    const auto letter = parse_letter(kept.json);
    if (!letter) {
        fmt::print(stderr, "{:>8}  cannot be read: {}\n", kept.number,
                   json_quoted(kept.json.substr(0, 100)));
    } else if (command.json) {
        print_json(kept);
    } else if (command.show) {
        print_whole(kept, *letter);
    } else {
        print_summary(kept, *letter);
    }
}

LetterChoice choice_of(const DeadLettersCommand& command) {
    LetterChoice choice;
    choice.with_resolved = command.all || command.show;
    if (command.show) choice.numbers.add(*command.show);
    return choice;
}

}  // namespace

int run(const DeadLettersCommand& command) {
    const auto settings = settings_or_complaint(command.config);
    if (!settings) return kWrongUsage;
    const std::string& path = settings->dead_letters.path;
    if (!command.show && !command.json) {
        fmt::print("{:>8}  {:27}  {:20} {:16} {}\n", "number", "time", "from", "reason", "bytes");
    }
    PosixFileSystem files;
    LetterWalk walk(files, path, choice_of(command));
    bool is_found = false;
    while (true) {
        const auto letter = walk.next();
        if (!letter) return fail(letter.error());
        if (!*letter) break;
        is_found = true;
        print(**letter, command);
    }
    if (command.show && !is_found) {
        return fail(fmt::format("there is no dead letter {} in {}", *command.show, path));
    }
    return kDone;
}

void add_dead_letters_list_command(const Commands& dead_letters) {
    const auto [line, command] = dead_letters.add<DeadLettersCommand>(
        "list", "One line for each, those of an input or a sink oldest first",
        "eventfwd dead-letters list", run);
    add_config(line, command.config);
    line.add_flag("--json", command.json, "The letters as they are kept, one JSON object a line");
    line.add_flag("--all", command.all, "Those, too, that a retry has resolved");
}

void add_dead_letters_show_command(const Commands& dead_letters) {
    const auto [line, command] = dead_letters.add<DeadLettersCommand>(
        "show", "One of them, byte for byte", "eventfwd dead-letters show 17", run);
    add_config(line, command.config);
    line.add_option("N", command.show, "Its number")->required()->check(is_number);
}

}  // namespace eventfwd
