#include <fmt/format.h>

#include <boost/json.hpp>
#include <cstdio>

#include "core/base64.h"
#include "core/json_text.h"
#include "core/units.h"
#include "daemon/cli/commands.h"
#include "daemon/config/settings.h"

namespace eventfwd {
namespace {

namespace json = boost::json;

std::string text_of(const json::object& letter, std::string_view name) {
    const json::value* const value = letter.if_contains(name);
    return value != nullptr && value->is_string() ? std::string(value->as_string()) : "";
}

std::string bytes_of(const json::object& letter) {
    if (!letter.contains("base64")) return text_of(letter, "bytes");
    return base64_decoded(text_of(letter, "base64")).value_or("");
}

void print_summary(const KeptLetter& kept, const json::object& letter) {
    constexpr std::size_t kShownMax = 60;
    const std::string bytes = bytes_of(letter);
    fmt::print("{:>8}  {}  {:20} {:16} {}{}\n", kept.number, text_of(letter, "time"),
               text_of(letter, "from"), text_of(letter, "reason"),
               json_quoted(bytes.substr(0, kShownMax)), bytes.size() > kShownMax ? " …" : "");
}

void print_whole(const KeptLetter& kept, const json::object& letter) {
    fmt::print(stderr, "number  {}\ntime    {}\nfrom    {}\nreason  {}\n", kept.number,
               text_of(letter, "time"), text_of(letter, "from"), text_of(letter, "reason"));
    if (const std::string text = text_of(letter, "text"); !text.empty()) {
        fmt::print(stderr, "text    {}\n", text);
    }
    const std::string bytes = bytes_of(letter);
    const auto* const true_bytes = letter.if_contains("true_bytes");
    if (true_bytes != nullptr && true_bytes->is_number() &&
        true_bytes->to_number<std::uint64_t>() > bytes.size()) {
        fmt::print(stderr, "bytes   {} of {} that were sent\n", format_count(bytes.size()),
                   format_count(true_bytes->to_number<std::uint64_t>()));
    } else {
        fmt::print(stderr, "bytes   {}\n", format_count(bytes.size()));
    }
    // Alone on standard output, byte for byte, so that it can be sent again or looked at.
    std::fwrite(bytes.data(), 1, bytes.size(), stdout);
    std::fflush(stdout);
    fmt::print(stderr, "\n");
}

}  // namespace

int run(const DeadLettersCommand& command) {
    const ReadSettings read = load_settings(command.config);
    if (!read.problems.empty()) {
        print_problems(read.problems);
        return kWrongUsage;
    }
    PosixFileSystem files;
    const auto letters = read_dead_letters(files, read.settings.dead_letters.path);
    if (!letters) {
        fmt::print(stderr, "eventfwd: {}\n", letters.error().message);
        return kFailed;
    }
    if (!command.show && !command.json) {
        fmt::print("{:>8}  {:27}  {:20} {:16} {}\n", "number", "time", "from", "reason", "bytes");
    }
    bool is_found = false;
    for (const KeptLetter& kept : *letters) {
        if (command.show && kept.number != *command.show) continue;
        is_found = true;
        if (command.json) {
            fmt::print("{}\n", kept.json);
            continue;
        }
        boost::system::error_code error;
        const json::value letter = json::parse(kept.json, error);
        if (error || !letter.is_object()) {
            fmt::print(stderr, "{:>8}  cannot be read: {}\n", kept.number,
                       kept.json.substr(0, 100));
        } else if (command.show) {
            print_whole(kept, letter.as_object());
        } else {
            print_summary(kept, letter.as_object());
        }
    }
    if (command.show && !is_found) {
        fmt::print(stderr, "eventfwd: there is no dead letter {} in {}\n", *command.show,
                   read.settings.dead_letters.path);
        return kFailed;
    }
    return kDone;
}

}  // namespace eventfwd
