#include "formatter/refusal.h"

#include <fmt/format.h>

#include <functional>

namespace eventfwd {
namespace {

// What stands at AT, as a person sees it.
std::string found_at(std::string_view piece, std::size_t at) {
    if (at >= piece.size()) return "the end";
    const auto byte = static_cast<unsigned char>(piece[at]);
    const bool is_printable = byte > ' ' && byte < 0x7F;
    return is_printable ? std::string(1, piece[at]) : fmt::format("\\x{:02X}", byte);
}

}  // namespace

std::string Fault::describe(std::string_view piece) const {
    std::string text(name_of(reason));
    const char* const end = piece.data() + piece.size();
    const bool is_in_piece =
        at != nullptr && !std::less<>()(at, piece.data()) && !std::less<>()(end, at);
    const auto offset = is_in_piece ? static_cast<std::size_t>(at - piece.data()) : 0;
    if (is_in_piece) text += fmt::format(" at byte {}", offset);
    if (expected.empty()) return text;
    text += fmt::format(": expected {}", expected);
    if (is_in_piece) text += fmt::format(", found {}", found_at(piece, offset));
    return text;
}

}  // namespace eventfwd
