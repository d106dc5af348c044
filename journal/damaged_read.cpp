#include "journal/damaged_read.h"

#include <algorithm>
#include <vector>

namespace eventfwd {
namespace {

constexpr std::uint64_t kPageBytes = 4096;

}  // namespace

Result<std::size_t> read_despite_damage(const File& file, std::uint64_t offset,
                                        std::span<char> into) {
    auto whole = read_all_at(file, offset, into);
    if (whole || whole.error().code != EIO) return whole;
    bool has_read = false;
    std::size_t done = 0;
    while (done < into.size()) {
        const std::size_t left_of_page = kPageBytes - (offset + done) % kPageBytes;
        const auto page = into.subspan(done, std::min(left_of_page, into.size() - done));
        const auto read = read_all_at(file, offset + done, page);
        if (!read) {
            if (read.error().code != EIO) return read;
            std::ranges::fill(page, '\0');
        }
        has_read |= read.has_value();
        done += read.value_or(page.size());
        if (read && *read < page.size()) break;
    }
    if (!has_read) return whole;
    return done;
}

Result<> copy_despite_damage(const File& from, std::uint64_t begin, std::uint64_t end, File& to) {
    std::vector<char> bytes(std::min<std::uint64_t>(end - begin, 1 << 20));
    for (std::uint64_t at = begin; at < end;) {
        const std::size_t wanted = std::min<std::uint64_t>(end - at, bytes.size());
        const auto read = read_despite_damage(from, at, {bytes.data(), wanted});
        if (!read) return std::unexpected(read.error());
        if (*read == 0) break;
        iovec part{bytes.data(), *read};
        if (auto written = write_all_at(to, at - begin, {&part, 1}); !written) return written;
        at += *read;
    }
    return {};
}

}  // namespace eventfwd
