#include "sinks/compression.h"

#include <libdeflate.h>
#include <zstd.h>

#include <memory>
#include <vector>

#include "core/check.h"

namespace eventfwd {
namespace {

constexpr std::size_t kBlockBytes = 1 << 20;
// Lines of events shrink well at the lowest levels, and the processor belongs to others.
constexpr int kGzipLevel = 2;
constexpr int kZstdLevel = 1;

class BlockCompressor {
  public:
    explicit BlockCompressor(Compression compression)
        : compression_(compression), gzip_(::libdeflate_alloc_compressor(kGzipLevel)) {
        EVENTFWD_CHECK(gzip_ != nullptr);
        out_.resize(std::max(::libdeflate_gzip_compress_bound(gzip_.get(), kBlockBytes),
                             ::ZSTD_compressBound(kBlockBytes)));
    }

    // BLOCK, at most kBlockBytes, compressed; lives until the next call.
    std::string_view compress(std::string_view block) {
        const std::size_t size =
            compression_ == Compression::gzip
                ? ::libdeflate_gzip_compress(gzip_.get(), block.data(), block.size(), out_.data(),
                                             out_.size())
                : ::ZSTD_compress(out_.data(), out_.size(), block.data(), block.size(), kZstdLevel);
        EVENTFWD_CHECK(size > 0 && size <= out_.size());  // the bound is enough for any block
        return {out_.data(), size};
    }

  private:
    struct Free {
        void operator()(libdeflate_compressor* compressor) const {
            ::libdeflate_free_compressor(compressor);
        }
    };
    const Compression compression_;
    std::unique_ptr<libdeflate_compressor, Free> gzip_;
    std::vector<char> out_;
};

// Writes FROM, compressed, to TO.
Result<> copy_compressed(const File& from, File& to, const CompressOptions& options,
                         const std::atomic<bool>& stop) {
    BlockCompressor compressor(options.compression);
    std::vector<char> block(kBlockBytes);
    std::uint64_t written = 0;
    for (std::uint64_t offset = 0;; offset += kBlockBytes) {
        if (stop) return failure("stopped", ECANCELED);
        const auto read = read_all_at(from, offset, block);
        if (!read) return std::unexpected(read.error());
        if (*read == 0) break;
        const std::string_view compressed = compressor.compress({block.data(), *read});
        iovec part = as_iovec(compressed);
        if (auto done = write_all_at(to, written, {&part, 1}); !done) return done;
        written += compressed.size();
    }
    if (auto set = to.set_access(options.mode, options.group); !set) return set;
    return to.sync_data();
}

}  // namespace

std::string_view suffix_of(Compression compression) {
    switch (compression) {
        case Compression::none:
            return "";
        case Compression::gzip:
            return ".gz";
        case Compression::zstd:
            return ".zst";
    }
    return "";
}

Result<> compress_file(FileSystem& files, const std::string& path, const CompressOptions& options,
                       const std::atomic<bool>& stop) {
    const std::string whole = path + std::string(suffix_of(options.compression));
    const std::string part = whole + ".part";
    const auto from = files.open(path, OpenMode::read);
    if (!from) return std::unexpected(from.error());
    const auto to = files.open(part, OpenMode::replace, options.mode);
    if (!to) return std::unexpected(to.error());
    auto done = copy_compressed(**from, **to, options, stop);
    if (done) done = files.rename(part, whole);
    if (!done) {
        [[maybe_unused]] const auto removed = files.unlink(part);
        return done;
    }
    // Its name must be durable before the other goes.
    if (auto synced = files.sync_directory(parent_path(path)); !synced) return synced;
    if (auto removed = files.unlink(path); !removed && removed.error().code != ENOENT) {
        return removed;
    }
    return {};
}

}  // namespace eventfwd
