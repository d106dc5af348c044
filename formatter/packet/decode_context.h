// What the decoders of one packet share.
#pragma once

#include "formatter/packet/decoder.h"

namespace eventfwd {

struct DecodeContext {
    const DecodeOptions& options;
    Instant received_at;
    EventBuilder& builder;
    JsonShapes& shapes;
    DecodeHandler& handler;

    // Makes an event of what the builder holds; PIECE is where it stood in the packet. False where
    // it was refused.
    bool finish(std::string_view piece) const {
        const auto refusal = builder.finish(options, received_at);
        if (refusal) {
            handler.refuse(*refusal, piece);
        } else {
            handler.accept(builder.event(), piece);
        }
        return !refusal;
    }
};

}  // namespace eventfwd
