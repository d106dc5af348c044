// What the decoders of one packet share.
#pragma once

#include "formatter/packet/decoder.h"

namespace eventfwd {

struct DecodeContext {
    EventDefaults defaults;
    EventBuilder& builder;
    JsonShapes& shapes;
    DecodeHandler& handler;

    // Makes an event of what the builder holds; PIECE is where it stood in the packet. False where
    // it was refused.
    bool finish(std::string_view piece) const {
        const bool is_event = builder.finish(defaults);
        if (is_event) {
            handler.accept(builder.event(), piece);
        } else {
            handler.refuse(builder.fault(), piece);
        }
        return is_event;
    }
};

}  // namespace eventfwd
