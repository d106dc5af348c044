// Why an event was not taken. Where several reasons hold, the first in this order is the one told.
#pragma once

#include <array>
#include <cstdint>
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

}  // namespace eventfwd
