// The one event that every benchmark sends: a JSON datagram of exactly 220 bytes, and the line of
// about 300 bytes that it is rendered to. All fields that vary have a fixed width, so that the
// sender patches digits in place and the floor renders by copying between fixed offsets.

#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace bench {

inline constexpr std::string_view sample_packet =
    R"({"application":"shop","event":"checkout","distinct_id":"user-00012345",)"
    R"("properties":{"seq":"000000000000","sent":"0000000000000000","plan":"premium",)"
    R"("amount":129.95,"page":"/shop/basket/confirm?campaign=autumn-sale-26"}})";

// What stands behind the time stamp of the rendered line.
inline constexpr std::string_view sample_pairs =
    R"( application="shop" event="checkout" distinct_id="user-00012345")"
    R"( analytics_prop__seq="000000000000" analytics_prop__sent="0000000000000000")"
    R"( analytics_prop__plan="premium" analytics_prop__amount="129.95")"
    R"( analytics_prop__page="/shop/basket/confirm?campaign=autumn-sale-26")";

inline constexpr std::size_t packet_bytes = 220;
static_assert(sample_packet.size() == packet_bytes);

inline constexpr std::size_t sequence_digits = 12;
inline constexpr std::size_t stamp_digits = 16;
inline constexpr std::size_t user_digits = 8;
inline constexpr std::size_t application_bytes = 4;

// The offset of what follows `label` in `text`; a label that is missing does not compile.
consteval std::size_t offset_behind(std::string_view text, std::string_view label) {
    const auto at = text.find(label);
    if (at == std::string_view::npos) {
        throw "the label is not in the text";
    }
    return at + label.size();
}

// Writes `value` as exactly `width` decimal digits; higher digits are cut.
inline void write_digits(char* to, std::size_t width, std::uint64_t value) {
    for (auto at = width; at-- > 0; value /= 10) {
        to[at] = static_cast<char>('0' + value % 10);
    }
}

}  // namespace bench
