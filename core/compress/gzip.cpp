#include "core/compress/gzip.h"

#include <libdeflate.h>

#include "core/check.h"

namespace eventfwd {

void Gzip::Free::operator()(libdeflate_compressor* compressor) const {
    ::libdeflate_free_compressor(compressor);
}

Gzip::Gzip(int level) : compressor_(::libdeflate_alloc_compressor(level)) {
    EVENTFWD_CHECK(compressor_ != nullptr);
}

void Gzip::append(ByteBuffer& out, std::string_view bytes) {
    const std::size_t bound = ::libdeflate_gzip_compress_bound(compressor_.get(), bytes.size());
    char* const to = out.room(bound);
    const std::size_t size =
        ::libdeflate_gzip_compress(compressor_.get(), bytes.data(), bytes.size(), to, bound);
    EVENTFWD_CHECK(size > 0);  // the bound is enough for any bytes
    out.keep(to + size);
}

std::optional<std::string> gunzip(std::string_view bytes, std::size_t bytes_max) {
    const std::unique_ptr<libdeflate_decompressor, decltype(&::libdeflate_free_decompressor)>
        decompressor(::libdeflate_alloc_decompressor(), ::libdeflate_free_decompressor);
    EVENTFWD_CHECK(decompressor != nullptr);
    std::string out(bytes_max, '\0');
    std::size_t size = 0;
    const auto done = ::libdeflate_gzip_decompress(decompressor.get(), bytes.data(), bytes.size(),
                                                   out.data(), out.size(), &size);
    if (done != LIBDEFLATE_SUCCESS) return {};
    out.resize(size);
    return out;
}

}  // namespace eventfwd
