// One gzip member of a block of bytes, and back, by libdeflate.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "core/byte_buffer.h"

struct libdeflate_compressor;

namespace eventfwd {

// Not shared between threads.
class Gzip {
  public:
    // LEVEL from 1, the fastest, to 12.
    explicit Gzip(int level);

    // Appends BYTES, compressed, to OUT.
    void append(ByteBuffer& out, std::string_view bytes);

  private:
    struct Free {
        void operator()(libdeflate_compressor* compressor) const;
    };
    std::unique_ptr<libdeflate_compressor, Free> compressor_;
};

// What BYTES, one gzip member, hold. Nothing where they are none, or hold more than BYTES_MAX.
std::optional<std::string> gunzip(std::string_view bytes, std::size_t bytes_max);

}  // namespace eventfwd
