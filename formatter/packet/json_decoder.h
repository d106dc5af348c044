// JSON packets.
#pragma once

#include <string_view>

#include "formatter/packet/decode_context.h"

namespace eventfwd {

// TEXT begins with "[": one array of objects. Broken anywhere, it is one refusal.
void decode_json_array(std::string_view text, const DecodeContext& context);

// TEXT begins with "{": objects one after the other. A broken one is one refusal up to the next
// line feed, and the rest is read afresh.
void decode_json_objects(std::string_view text, const DecodeContext& context);

}  // namespace eventfwd
