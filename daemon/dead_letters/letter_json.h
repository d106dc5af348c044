// A dead letter as one line of JSON, and back.
//
//     {"time":"…","from":"input local","reason":"syntax","bytes":"{broken","true_bytes":7}
//
// Bytes that are not UTF-8 stand as "base64" instead of "bytes". An input's letter has its
// "sender", where that is known; a sink's has the server's "text", where there is one, and the
// "sequence" of the event in the journal.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/clock.h"

namespace eventfwd {

struct DeadLetter {
    Instant time;
    std::string_view from{};  // "input NAME" or "sink NAME"
    std::string_view reason{};
    std::string_view text{};  // of a server; may be empty
    std::string_view bytes{};
    std::size_t true_bytes = 0;  // how many there were: more than BYTES has where it was cut
    std::uint64_t sequence = 0;  // in the journal; 0: it never came there
    std::string_view sender{};   // an address and port, or a user; empty: not known
};

// The line of a letter, with its line feed.
std::string to_json_line(const DeadLetter& letter);

// A letter that was read, and so owns its texts.
struct ReadLetter {
    Instant time;
    std::string from;
    std::string sender;
    std::string reason;
    std::string text;
    std::string bytes;
    std::size_t true_bytes = 0;
    std::uint64_t sequence = 0;
};

// Nothing where LINE is no letter.
std::optional<ReadLetter> parse_letter(std::string_view line);

// Where a letter is from, without reading all of it; empty where LINE is no letter.
std::string_view origin_of(std::string_view line);

}  // namespace eventfwd
