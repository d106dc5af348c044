#include "core/compress/compression.h"

#include <zstd.h>

#include <vector>

#include "core/check.h"
#include "core/compress/gzip.h"

namespace eventfwd {
namespace {

constexpr std::size_t kBlockBytes = 1 << 20;
// Lines of events shrink well at the lowest levels, and the processor belongs to others.
constexpr int kGzipLevel = 2;
constexpr int kZstdLevel = 1;

class BlockCompressor {
  public:
    explicit BlockCompressor(Compression compression) : compression_(compression) {}

    // BLOCK, at most kBlockBytes, compressed; lives until the next call.
    std::string_view compress(std::string_view block) {
        out_.clear();
        if (compression_ == Compression::gzip) {
            gzip_.append(out_, block);
            return out_.view();
        }
        const std::size_t bound = ::ZSTD_compressBound(block.size());
        char* const to = out_.room(bound);
        const std::size_t size = ::ZSTD_compress(to, bound, block.data(), block.size(), kZstdLevel);
        EVENTFWD_CHECK(size > 0 && size <= bound);  // the bound is enough for any block
        out_.keep(to + size);
        return out_.view();
    }

  private:
    const Compression compression_;
    Gzip gzip_{kGzipLevel};
    ByteBuffer out_;
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
    // Where that cannot be, it could not for the file itself, and has been reported there.
    [[maybe_unused]] const auto set = to.set_access(options.mode, options.group);
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
    const std::string part = whole + std::string(kPartSuffix);
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
