// What the decoders of one packet share.
#pragma once

#include "formatter/decoder.h"

namespace eventfwd {

struct DecodeContext {
    const DecodeOptions& options;
    Instant received_at;
    EventBuilder& builder;
    DecodeHandler& handler;

    // Makes an event of what the builder holds; PIECE is where it stood in the packet.
    void finish(std::string_view piece) const {
        if (const auto event = builder.finish(options, received_at)) {
            handler.accept(*event, piece);
        } else {
            handler.refuse(event.error(), piece);
        }
    }
};

}  // namespace eventfwd
