// Text packets: one event a line, an optional timestamp and pairs of key=value. A rendered line is
// such a packet too.
#pragma once

#include <string_view>

#include "formatter/packet/decode_context.h"

namespace eventfwd {

void decode_text(std::string_view text, const DecodeContext& context);

}  // namespace eventfwd
