// Why an event was not taken. Where several reasons hold, the first in this order is reported.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace eventfwd {

enum class Refusal : std::uint8_t {
    oversize,
    empty,
    syntax,
    no_application,
    no_event,
    bad_distinct_id,
    bad_timestamp,
    bad_increment,
    too_long,
    over_quota,
};

constexpr std::array<std::string_view, 10> kRefusalNames{
    "oversize",        "empty",         "syntax",        "no_application", "no_event",
    "bad_distinct_id", "bad_timestamp", "bad_increment", "too_long",       "over_quota"};

constexpr std::string_view name_of(Refusal refusal) {
    return kRefusalNames[static_cast<std::size_t>(refusal)];
}

// A refusal with its place and what was expected there, where the decoder knows.
struct Fault {
    Refusal reason = Refusal::syntax;
    const char* at = nullptr;     // in the packet; null: at no one place
    std::string_view expected{};  // of static storage

    // "syntax at byte 22: expected a quoted name, found b", the byte counted from the beginning of
    // PIECE, the part of the packet that was refused.
    std::string describe(std::string_view piece) const;
};

}  // namespace eventfwd
