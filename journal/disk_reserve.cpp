#include "journal/disk_reserve.h"

#include <array>

namespace eventfwd {

void DiskReserve::take() {
    const std::lock_guard lock(mutex_);
    const auto status = files_.status(path_);
    if (status && status->size == kBytes) {
        missing_for_ = 0;
        return;
    }
    const auto file = files_.open(path_, OpenMode::replace);
    // Written, not only asked for: some file systems promise space that they do not have.
    static constexpr std::array<char, 4096> kZeros{};
    std::array<iovec, kBytes / kZeros.size()> parts;
    parts.fill(as_iovec({kZeros.data(), kZeros.size()}));
    const Result<> written = file ? write_all_at(**file, 0, parts) : std::unexpected(file.error());
    const int code = written ? 0 : written.error().code;
    missing_for_ = is_full_disk(code) ? code : 0;
    if (!written) {
        [[maybe_unused]] const auto removed = files_.unlink(path_);
    }
}

bool DiskReserve::give_back(int code) {
    const std::lock_guard lock(mutex_);
    missing_for_ = code;
    return files_.unlink(path_).has_value();
}

}  // namespace eventfwd
