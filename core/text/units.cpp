#include "core/text/units.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <limits>
#include <utility>

namespace eventfwd {
namespace {

using Suffix = std::pair<std::string_view, std::uint64_t>;

constexpr std::array<Suffix, 6> kSizes{{{"", 1},
                                        {"B", 1},
                                        {"KiB", 1ULL << 10},
                                        {"MiB", 1ULL << 20},
                                        {"GiB", 1ULL << 30},
                                        {"TiB", 1ULL << 40}}};

constexpr std::array<Suffix, 6> kDurations{{{"us", 1},
                                            {"ms", 1'000},
                                            {"s", 1'000'000},
                                            {"m", 60'000'000},
                                            {"h", 3'600'000'000},
                                            {"d", 86'400'000'000}}};

std::optional<std::uint64_t> parse_scaled(std::string_view text, const std::array<Suffix, 6>& units,
                                          std::uint64_t limit) {
    std::uint64_t number = 0;
    const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{}) return std::nullopt;
    const std::string_view suffix = text.substr(static_cast<std::size_t>(rest - text.data()));
    for (const auto& [name, scale] : units) {
        if (suffix == name && number <= limit / scale) return number * scale;
    }
    return std::nullopt;
}

std::string format_scaled(std::uint64_t value, const std::array<Suffix, 6>& units) {
    Suffix best = units[1];
    if (value == 0) return fmt::format("0{}", best.first == "B" ? "B" : "s");
    for (const auto& unit : units) {
        if (!unit.first.empty() && unit.second >= best.second && value % unit.second == 0)
            best = unit;
    }
    if (units[0].first == "us" && value % best.second != 0) best = units[0];
    return fmt::format("{}{}", value / best.second, best.first);
}

}  // namespace

std::optional<std::uint64_t> parse_size(std::string_view text) {
    return parse_scaled(text, kSizes, std::numeric_limits<std::int64_t>::max());
}

std::optional<std::chrono::microseconds> parse_duration(std::string_view text) {
    const auto parsed = parse_scaled(text, kDurations, std::numeric_limits<std::int64_t>::max());
    if (!parsed) return std::nullopt;
    return std::chrono::microseconds(static_cast<std::int64_t>(*parsed));
}

std::string format_size(std::uint64_t bytes) {
    return format_scaled(bytes, kSizes);
}

std::string format_duration(std::chrono::microseconds duration) {
    return format_scaled(static_cast<std::uint64_t>(duration.count()), kDurations);
}

std::string format_count(std::uint64_t count) {
    std::string digits = std::to_string(count);
    for (std::size_t at = digits.size(); at > 3;) {
        at -= 3;
        digits.insert(at, 1, ',');
    }
    return digits;
}

}  // namespace eventfwd
