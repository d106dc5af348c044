#include "core/text/base64.h"

#include <algorithm>
#include <boost/archive/iterators/base64_from_binary.hpp>
#include <boost/archive/iterators/binary_from_base64.hpp>
#include <boost/archive/iterators/transform_width.hpp>

namespace eventfwd {
namespace {

namespace iterators = boost::archive::iterators;
using Encoder = iterators::base64_from_binary<
    iterators::transform_width<std::string_view::const_iterator, 6, 8>>;
using Decoder =
    iterators::transform_width<iterators::binary_from_base64<std::string_view::const_iterator>, 8,
                               6>;

bool is_digit_of_base64(char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' ||
           c == '/';
}

}  // namespace

std::string base64_encoded(std::string_view bytes) {
    std::string text(Encoder(bytes.begin()), Encoder(bytes.end()));
    text.append((3 - bytes.size() % 3) % 3, '=');
    return text;
}

std::optional<std::string> base64_decoded(std::string_view text) {
    if (text.size() % 4 != 0) return std::nullopt;
    for (int padding = 0; padding < 2 && text.ends_with('='); ++padding)
        text.remove_suffix(1);
    if (!std::ranges::all_of(text, is_digit_of_base64)) return std::nullopt;
    // The bits behind the last whole byte are the padding's.
    const std::size_t bytes = text.size() * 6 / 8;
    std::string decoded;
    decoded.reserve(bytes);
    Decoder at(text.begin());
    for (std::size_t i = 0; i < bytes; ++i)
        decoded += *at++;
    return decoded;
}

}  // namespace eventfwd
