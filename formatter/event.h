// The event: what a packet says and a line holds. All texts are views into memory of whoever made
// the event (a decoder or a line parser) and live until its next call.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "core/text/instant.h"

namespace eventfwd {

constexpr std::size_t kNameBytesMax = 256;         // of an application or event name
constexpr std::size_t kDistinctIdBytesMax = 1024;  //
constexpr std::size_t kKeyBytesMax = 128;          // cleaned, joined, with its suffix
constexpr std::size_t kPropertiesMax = 256;        //
constexpr std::size_t kLineBytesMax = 64 * 1024;   // without a terminator
constexpr std::int64_t kIncrementMax = std::int64_t{1} << 53;

// What stands before a property's key in a line.
constexpr std::string_view kPropertyPrefix = "analytics_prop__";

struct Property {
    std::string_view key;  // of the alphabet [A-Za-z0-9_], unique within the event
    std::string_view value;

    bool operator==(const Property&) const = default;
};

struct Event {
    Instant timestamp;
    std::string_view application;
    std::string_view event;
    std::string_view distinct_id;  // empty: absent
    std::int64_t increment = 1;    // how many occurrences the event stands for
    std::span<const Property> properties;
};

}  // namespace eventfwd
