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

}  // namespace eventfwd
