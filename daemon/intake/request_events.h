// The events of one request: its body is decoded whole, and rendered into blocks that the journal
// takes by one call, before anything of it is taken.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "formatter/line/line_buffer.h"
#include "formatter/packet/decoder.h"
#include "journal/journal.h"

namespace eventfwd {

struct RefusedEvent {
    std::size_t index = 0;  // among all events of the body, from 0
    Fault fault;
    std::string_view piece;  // of the body
};

// Its memory is used again. Not shared between threads.
class RequestEvents final : private DecodeHandler {
  public:
    explicit RequestEvents(const DecodeOptions& options) : decoder_(options) {}

    // Decodes BODY. What the others give views it, and lives until the next call. E2BIG where its
    // lines are more than one append takes (kAppendBytesMax): then there is nothing to append.
    Result<> read(const Packet& body);

    std::span<const LineBlock> blocks() const { return blocks_; }
    std::uint64_t accepted() const { return accepted_; }
    std::span<const RefusedEvent> refused() const { return refused_; }

  private:
    void accept(const Event& event, std::string_view piece) override;
    void refuse(const Fault& fault, std::string_view piece) override;
    LineBuffer& buffer_with_room();

    Decoder decoder_;
    std::vector<LineBuffer> buffers_;  // those up to used_ hold lines
    std::size_t used_ = 0;
    std::vector<LineBlock> blocks_;
    std::vector<RefusedEvent> refused_;
    std::uint64_t accepted_ = 0;
    std::size_t bytes_ = 0;  // of the lines
};

}  // namespace eventfwd
