// What is sent to a HEC: the body made of a batch, and the head in front of it. Pure: no sockets.
#pragma once

#include <string>
#include <string_view>

#include "core/byte_buffer.h"
#include "sinks/hec/hec_options.h"
#include "sinks/sink.h"

namespace eventfwd {

// Not shared between threads.
class HecBodyWriter {
  public:
    // JOURNAL_ID and an event's number make its eventfwd_id, by which a search drops duplicates.
    HecBodyWriter(const HecEnvelope& envelope, std::string_view journal_id);

    // Appends BATCH to OUT: one object an event, or its lines for the raw endpoint.
    void append(ByteBuffer& out, const Batch& batch) const;

  private:
    char* write_event(char* out, std::string_view line, std::string_view source,
                      std::uint64_t sequence, bool is_replay) const;

    bool is_raw_;
    bool has_objects_;
    std::string before_event_;   // from behind the time up to the event
    std::string before_number_;  // behind the event, up to the number in its eventfwd_id
};

// The path of the endpoint with its query, which for raw is all that stands around the events.
std::string hec_target(const HecEnvelope& envelope, const Url& url, std::string_view channel);

struct HecHead {
    std::string_view target;
    std::string_view authority;
    std::string_view token;
    std::string_view channel;  // a GUID; empty: none
    std::string_view cookies;  // empty: none
    bool is_gzip = false;
    std::size_t content_length = 0;
};

// Appends the request line and all headers of a POST, with the empty line behind them.
void append_hec_head(std::string& out, const HecHead& head);

}  // namespace eventfwd
