// Text packets: one event a line, an optional timestamp and pairs of key=value. A rendered line is
// such a packet too.
#pragma once

#include <string_view>

#include "formatter/decode_context.h"

namespace eventfwd {

constexpr std::string_view kPropertyPrefix = "analytics_prop__";

void decode_text(std::string_view text, const DecodeContext& context);

}  // namespace eventfwd
