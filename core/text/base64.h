// Base64 by RFC 4648, section 4, for bytes that have to travel inside JSON.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace eventfwd {

std::string base64_encoded(std::string_view bytes);

// Nothing where TEXT is not base64 with its padding.
std::optional<std::string> base64_decoded(std::string_view text);

}  // namespace eventfwd
