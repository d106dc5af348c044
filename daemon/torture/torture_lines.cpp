#include "daemon/torture/torture_lines.h"

#include <fmt/format.h>

#include <random>

namespace eventfwd {
namespace {

constexpr std::size_t kFillerBytes = 8192;
constexpr std::size_t kLineFillerBytesMax = 400;

}  // namespace

TortureLines::TortureLines(std::uint64_t seed) {
    std::mt19937_64 random(seed);
    for (std::size_t at = 0; at < kFillerBytes; ++at)
        filler_ += static_cast<char>('a' + random() % 26);
}

void TortureLines::append(std::uint32_t life, std::uint64_t number, std::string& out) const {
    // Neighbours differ in where their filler begins and how long it is (splitmix64's last step).
    std::uint64_t mixed = (number ^ (std::uint64_t{life} << 40)) * 0xbf58476d1ce4e5b9;
    mixed ^= mixed >> 29;
    out.append("number=").append(fmt::format_int(number).c_str());
    out.append(" life=").append(fmt::format_int(life).c_str()).append(" ");
    const std::size_t begin = (mixed >> 10) % (kFillerBytes - kLineFillerBytesMax);
    out.append(filler_, begin, mixed % kLineFillerBytesMax);
    out += '\n';
}

}  // namespace eventfwd
