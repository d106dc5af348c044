// Bytes that are written in place and used again: it grows to what the largest batch needs and is
// never filled with zeros on the way.
#pragma once

#include <algorithm>
#include <cstring>
#include <memory>
#include <string_view>

namespace eventfwd {

class ByteBuffer {
  public:
    void clear() { size_ = 0; }
    bool empty() const { return size_ == 0; }
    std::string_view view() const { return {bytes_.get(), size_}; }

    // Room for at least BYTES more behind what is there; keep() says where they end.
    char* room(std::size_t bytes) {
        if (capacity_ - size_ < bytes) grow(size_ + bytes);
        return bytes_.get() + size_;
    }
    // What lies before END is written.
    void keep(const char* end) { size_ = static_cast<std::size_t>(end - bytes_.get()); }

    void append(std::string_view text) {
        char* const to = room(text.size());
        std::memcpy(to, text.data(), text.size());
        keep(to + text.size());
    }

  private:
    void grow(std::size_t least) {
        capacity_ = std::max(least, capacity_ + capacity_ / 2);
        auto bytes = std::make_unique_for_overwrite<char[]>(capacity_);
        if (size_ > 0) std::memcpy(bytes.get(), bytes_.get(), size_);
        bytes_ = std::move(bytes);
    }

    std::unique_ptr<char[]> bytes_;
    std::size_t size_ = 0;
    std::size_t capacity_ = 0;
};

}  // namespace eventfwd
