// A time as one decimal number since 1970, the unit told by its magnitude.
#pragma once

#include <chrono>
#include <optional>
#include <string_view>

namespace eventfwd {

// "1312803917.7", "-5", "1.7524e9": seconds below 1e11, milliseconds below 1e14, microseconds below
// 1e17, else nanoseconds, whatever exponent the number is written with. Read exactly; digits below
// a microsecond are cut. Nothing for another shape, or from 1e21 on.
std::optional<std::chrono::microseconds> parse_epoch_number(std::string_view text);

// Whether TEXT is a decimal number, of whatever magnitude.
bool is_decimal_number(std::string_view text);

}  // namespace eventfwd
