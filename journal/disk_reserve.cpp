#include "journal/disk_reserve.h"

#include <array>

namespace eventfwd {

void DiskReserve::take() {
    const std::lock_guard lock(mutex_);
    const auto status = files_.status(path_);
    if (status && status->size == kBytes) {
        is_missing_ = false;
        return;
    }
    const auto file = files_.open(path_, OpenMode::replace);
    // Written, not only asked for: some file systems promise space that they do not have.
    static constexpr std::array<char, 4096> kZeros{};
    std::array<iovec, kBytes / kZeros.size()> parts;
    parts.fill(as_iovec({kZeros.data(), kZeros.size()}));
    const Result<> written = file ? write_all_at(**file, 0, parts) : std::unexpected(file.error());
    is_missing_ = !written && is_no_space(written.error().code);
    if (!written) {
        [[maybe_unused]] const auto removed = files_.unlink(path_);
    }
}

bool DiskReserve::give_back() {
    const std::lock_guard lock(mutex_);
    is_missing_ = true;
    return files_.unlink(path_).has_value();
}

}  // namespace eventfwd
