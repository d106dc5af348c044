#include "daemon/intake/request_events.h"

#include <fmt/format.h>

namespace eventfwd {
namespace {

// A few buffers are kept; a large body's go with it.
constexpr std::size_t kBuffersKept = 2;

static_assert(LineBuffer::kBytesMax <= kFrameBytesMax, "a block of lines fits a frame");
static_assert(kLineBytesMax + 1 <= LineBuffer::kBytesMax, "any line fits an empty block");

}  // namespace

Result<> RequestEvents::read(const Packet& body) {
    used_ = 0;
    bytes_ = 0;
    accepted_ = 0;
    blocks_.clear();
    refused_.clear();
    if (buffers_.size() > kBuffersKept) buffers_.resize(kBuffersKept);
    decoder_.decode(body, *this);
    if (bytes_ > kAppendBytesMax) {
        return failure(fmt::format("expected at most {} MiB of rendered lines, found {} bytes",
                                   kAppendBytesMax >> 20, bytes_),
                       E2BIG);
    }
    for (std::size_t at = 0; at < used_; ++at) {
        const LineBuffer& buffer = buffers_[at];
        if (!buffer.empty()) blocks_.push_back({buffer.bytes(), buffer.count(), {}});
    }
    return {};
}

// Beyond what one append takes, lines are counted, and not kept.
LineBuffer& RequestEvents::buffer_with_room() {
    const bool is_full = used_ == 0 || !buffers_[used_ - 1].has_room();
    if (is_full && bytes_ > kAppendBytesMax && used_ > 0) {
        buffers_[used_ - 1].clear();
    } else if (is_full) {
        if (used_ == buffers_.size()) buffers_.emplace_back();
        buffers_[used_++].clear();
    }
    return buffers_[used_ - 1];
}

void RequestEvents::accept(const Event& event, std::string_view piece) {
    LineBuffer& buffer = buffer_with_room();
    const std::size_t before = buffer.bytes().size();
    if (const auto rendered = buffer.append(event); !rendered) {
        return refuse({rendered.error(), nullptr, "a line of at most 64 KiB"}, piece);
    }
    bytes_ += buffer.bytes().size() - before;
    ++accepted_;
}

void RequestEvents::refuse(const Fault& fault, std::string_view piece) {
    refused_.push_back({accepted_ + refused_.size(), fault, piece});
}

}  // namespace eventfwd
