// From a packet to its events: JSON objects one after the other, one array of them, or lines of
// key=value pairs; formatter/README.md has the grammar. Every byte of a packet ends in an event or
// in a refusal.
#pragma once

#include <string_view>

#include "formatter/event_builder.h"
#include "formatter/json/json_shape.h"

namespace eventfwd {

// One datagram, or the body of one request.
struct Packet {
    std::string_view bytes;      // as far as it was received
    std::size_t true_bytes = 0;  // how many were sent: more than BYTES has where it was cut
    Instant received_at;         // the time of events that have none of their own
    std::string_view default_application;  // of events that name none; empty: there is no default
};

// What an input knows of the packets that come to it.
struct DecodeOptions {
    NaiveTime naive_time = NaiveTime::utc;
    std::size_t packet_bytes_max = 64 * 1024;

    bool operator==(const DecodeOptions&) const = default;
};

// Hears what is in a packet, in order.
class DecodeHandler {
  public:
    virtual ~DecodeHandler() = default;
    // EVENT lives until the call returns. PIECE is the part of the packet that it stood in.
    virtual void accept(const Event& event, std::string_view piece) = 0;
    virtual void refuse(const Fault& fault, std::string_view piece) = 0;
};

// Not shared between threads.
class Decoder {
  public:
    explicit Decoder(const DecodeOptions& options) : options_(options) {}

    void decode(const Packet& packet, DecodeHandler& handler);

  private:
    DecodeOptions options_;
    EventBuilder builder_;
    JsonShapes shapes_;
};

}  // namespace eventfwd
