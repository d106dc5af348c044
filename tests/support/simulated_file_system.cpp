#include "support/simulated_file_system.h"

#include <algorithm>
#include <cstring>

#include "support/iovecs.h"

namespace eventfwd::test {
namespace {

std::string name_of(const std::string& path) {
    return path.substr(path.find_last_of('/') + 1);
}

std::size_t sectors(std::uint64_t bytes) {
    return (bytes + SimulatedContent::kSector - 1) / SimulatedContent::kSector;
}

}  // namespace

void SimulatedContent::write(std::uint64_t offset, std::string_view bytes) {
    if (bytes.empty()) return;
    const std::size_t first = std::min<std::size_t>(offset, cached.size()) / kSector;
    if (cached.size() < offset + bytes.size()) cached.resize(offset + bytes.size());
    std::memcpy(cached.data() + offset, bytes.data(), bytes.size());
    dirty.resize(sectors(cached.size()));
    for (std::size_t sector = first; sector < sectors(offset + bytes.size()); ++sector)
        dirty[sector] = true;
}

void SimulatedContent::truncate(std::uint64_t size) {
    const std::size_t shorter = std::min<std::size_t>(size, cached.size());
    cached.resize(size);
    dirty.resize(sectors(size));
    for (std::size_t sector = shorter / kSector; sector < dirty.size(); ++sector)
        dirty[sector] = true;
}

template <class Keep>
void SimulatedContent::clean(Keep&& keep) {
    for (std::size_t sector = 0; sector < dirty.size(); ++sector) {
        if (!dirty[sector]) continue;
        const std::size_t begin = sector * kSector;
        if (begin < durable.size() && keep(sector)) {
            const std::size_t end = std::min({begin + kSector, cached.size(), durable.size()});
            if (begin < end) std::memcpy(&durable[begin], &cached[begin], end - begin);
        }
    }
    dirty.assign(dirty.size(), false);
}

void SimulatedContent::power_cut(Dice& dice, std::size_t kept_percent) {
    std::size_t size = durable.size();
    if (dice.percent(kept_percent)) size = cached.size();
    if (kept_percent > 0 && dice.one_in(4)) {
        size = dice.between(std::min(durable.size(), cached.size()),
                            std::max(durable.size(), cached.size()));
    }
    durable.resize(size);
    // Disks write a sector as a whole, kernels a page.
    const std::size_t unit = dice.one_in(2) ? 1 : 8;
    std::size_t thrown_for = ~std::size_t{0};
    bool is_kept = false;
    clean([&](std::size_t sector) {
        if (sector / unit != thrown_for) is_kept = dice.percent(kept_percent);
        thrown_for = sector / unit;
        return is_kept;
    });
    cached = durable;
    dirty.assign(sectors(cached.size()), false);
}

class SimulatedFile final : public File {
  public:
    SimulatedFile(SimulatedFileSystem& system, std::shared_ptr<SimulatedContent> content)
        : system_(system), content_(std::move(content)) {}

    Result<std::size_t> append(std::span<const iovec> parts) override {
        return write_at(content_->cached.size(), parts);
    }
    Result<std::size_t> write_at(std::uint64_t offset, std::span<const iovec> parts) override {
        const std::size_t size = total_bytes(parts);
        const bool was_dead = system_.is_dead();
        const auto allowed = system_.strike_write(size);
        std::size_t bytes = allowed.value_or(0);
        if (!was_dead && system_.is_dead()) bytes = system_.dice_.between(0, size);
        content_->cached.reserve(offset + bytes);
        for (const iovec& part : parts) {
            const std::size_t taken = std::min(part.iov_len, bytes);
            content_->write(offset, {static_cast<const char*>(part.iov_base), taken});
            offset += taken;
            bytes -= taken;
        }
        return allowed;
    }
    Result<std::size_t> read_at(std::uint64_t offset, std::span<char> into) const override {
        if (auto error = system_.strike(SimulatedFileSystem::Call::read)) {
            return std::unexpected(*error);
        }
        if (offset >= content_->cached.size()) return 0;
        return content_->cached.copy(into.data(), into.size(), offset);
    }
    Result<> set_in_place(bool) override { return {}; }
    Result<> truncate(std::uint64_t size) override {
        if (auto error = system_.strike(SimulatedFileSystem::Call::remove)) {
            return std::unexpected(*error);
        }
        content_->truncate(size);
        return {};
    }
    Result<> sync_data() override {
        const auto error = system_.strike(SimulatedFileSystem::Call::sync);
        if (system_.is_dead()) return std::unexpected(*error);
        content_->durable.resize(content_->cached.size());
        content_->clean([&](std::size_t) { return !error || system_.dice_.one_in(2); });
        if (error) return std::unexpected(*error);
        return {};
    }
    Result<FileStatus> status() const override {
        if (auto error = system_.strike(SimulatedFileSystem::Call::look)) {
            return std::unexpected(*error);
        }
        return FileStatus{content_->cached.size(), content_->inode, 1};
    }
    Result<> set_access(mode_t, std::optional<gid_t>) override { return {}; }

  private:
    SimulatedFileSystem& system_;
    std::shared_ptr<SimulatedContent> content_;
};

void SimulatedFileSystem::Directory::apply(const Change& change,
                                           std::map<std::string, Entry>& names) {
    if (!change.moved_from.empty()) names.erase(change.moved_from);
    if (change.entry) {
        names[change.name] = *change.entry;
    } else {
        names.erase(change.name);
    }
}

void SimulatedFileSystem::Directory::change(Change change) {
    apply(change, cached);
    pending.push_back(std::move(change));
}

void SimulatedFileSystem::Directory::write_back(Dice& dice) {
    for (const auto& [name, entry] : cached) {
        if (entry.directory) entry.directory->write_back(dice);
        if (entry.content == nullptr || dice.one_in(2)) continue;
        SimulatedContent& content = *entry.content;
        if (dice.one_in(2)) content.durable.resize(content.cached.size());
        const std::vector<char> was_dirty = content.dirty;
        std::vector<char> still_dirty = was_dirty;
        content.clean([&](std::size_t sector) {
            if (dice.one_in(2)) return false;
            // What the old size cuts off has to be written again.
            still_dirty[sector] = content.durable.size() < content.cached.size();
            return true;
        });
        content.dirty = still_dirty;
    }
}

void SimulatedFileSystem::Directory::power_cut(Dice& dice, std::size_t kept_percent) {
    for (const Change& change : pending) {
        if (dice.percent(kept_percent)) apply(change, durable);
    }
    pending.clear();
    cached = durable;
    for (const auto& [name, entry] : cached) {
        if (entry.directory) entry.directory->power_cut(dice, kept_percent);
        if (entry.content) entry.content->power_cut(dice, kept_percent);
    }
}

SimulatedFileSystem::SimulatedFileSystem(std::string root, std::uint64_t seed)
    : root_(std::move(root)), dice_(seed) {}

void SimulatedFileSystem::power_cut(std::optional<std::size_t> kept_percent) {
    constexpr std::size_t kKeptPercents[] = {0, 50, 90, 100};
    top_->power_cut(dice_, kept_percent.value_or(kKeptPercents[dice_.below(4)]));
}

void SimulatedFileSystem::write_back() {
    top_->write_back(dice_);
}

void SimulatedFileSystem::flip_bit(const std::string& path, std::uint64_t at) {
    SimulatedContent& content = *entry(path)->content;
    const char bit = static_cast<char>(1 << dice_.below(8));
    content.cached[at] = static_cast<char>(content.cached[at] ^ bit);
    if (at < content.durable.size())
        content.durable[at] = static_cast<char>(content.durable[at] ^ bit);
}

void SimulatedFileSystem::revive() {
    is_dead_ = false;
    death_countdown_ = 0;
    fail_nothing();
}

void SimulatedFileSystem::fail(std::set<int> calls, int code) {
    failing_ = std::move(calls);
    calls_ = 0;
    code_ = code;
}

bool SimulatedFileSystem::can_fail(Call call) const {
    switch (code_) {
        case 0:
            return call == Call::write;
        case ENOSPC:
        case EDQUOT:
        case EFBIG:
            return call == Call::write || call == Call::make || call == Call::sync;
        case EINTR:
            return call == Call::write || call == Call::read;
        default:
            return true;
    }
}

bool SimulatedFileSystem::dies(Call call) {
    if (is_dead_) return true;
    if (call == Call::look || call == Call::read || death_countdown_ == 0) return false;
    is_dead_ = --death_countdown_ == 0;
    return is_dead_;
}

// The error with which CALL must fail, if it must.
std::optional<Error> SimulatedFileSystem::strike(Call call) {
    if (dies(call)) return Error{"the process is dead", EIO};
    if (failing_.empty() || !can_fail(call) || !failing_.contains(++calls_)) return std::nullopt;
    return Error{"simulated: " + error_text(code_), code_};
}

// How many bytes a write of SIZE may take.
Result<std::size_t> SimulatedFileSystem::strike_write(std::size_t size) {
    const auto error = strike(Call::write);
    if (!error) return size;
    if (error->code == 0) return (size + 1) / 2;
    return std::unexpected(*error);
}

std::shared_ptr<SimulatedFileSystem::Directory> SimulatedFileSystem::directory(
    const std::string& path) const {
    if (path == root_) return top_;
    const auto found = entry(path);
    return found ? found->directory : nullptr;
}

std::optional<SimulatedFileSystem::Entry> SimulatedFileSystem::entry(
    const std::string& path) const {
    if (path.size() <= root_.size()) return std::nullopt;
    const auto parent = directory(parent_path(path));
    if (parent == nullptr) return std::nullopt;
    const auto found = parent->cached.find(name_of(path));
    if (found == parent->cached.end()) return std::nullopt;
    return found->second;
}

Result<std::unique_ptr<File>> SimulatedFileSystem::open(const std::string& path, OpenMode how,
                                                        mode_t) {
    const auto found = entry(path);
    const bool makes =
        how != OpenMode::read && how != OpenMode::read_named && how != OpenMode::write && !found;
    const bool changes = makes || how == OpenMode::replace;
    if (auto error = strike(changes ? Call::make : Call::look)) return std::unexpected(*error);
    if (!found && !makes) return system_failure("open", path, ENOENT);
    if (found && how == OpenMode::create) return system_failure("open", path, EEXIST);
    std::shared_ptr<SimulatedContent> content = found ? found->content : nullptr;
    if (makes) {
        const auto parent = directory(parent_path(path));
        if (parent == nullptr) return system_failure("open", path, ENOENT);
        content = std::make_shared<SimulatedContent>();
        content->inode = ++inodes_;
        parent->change({name_of(path), Entry{content, nullptr}, {}});
    }
    if (content == nullptr) return system_failure("open", path, EISDIR);
    if (how == OpenMode::replace) content->truncate(0);
    return std::make_unique<SimulatedFile>(*this, std::move(content));
}

Result<std::unique_ptr<File>> SimulatedFileSystem::open_beneath(const std::string& root,
                                                                const std::string& path,
                                                                OpenMode how, mode_t mode) {
    return open(root + "/" + path, how, mode);
}

Result<FileStatus> SimulatedFileSystem::status(const std::string& path) {
    if (auto error = strike(Call::look)) return std::unexpected(*error);
    const auto found = entry(path);
    if (!found) return system_failure("look at", path, ENOENT);
    if (found->directory) return FileStatus{0, 0, 1};
    return FileStatus{found->content->cached.size(), found->content->inode, 1};
}

// Within one directory only, and then atomic over a power cut.
Result<> SimulatedFileSystem::rename(const std::string& from, const std::string& to) {
    if (auto error = strike(Call::make)) return std::unexpected(*error);
    const auto moved = entry(from);
    if (!moved || parent_path(from) != parent_path(to)) {
        return system_failure("rename to", to, ENOENT);
    }
    directory(parent_path(to))->change({name_of(to), moved, name_of(from)});
    return {};
}

Result<> SimulatedFileSystem::unlink(const std::string& path) {
    if (auto error = strike(Call::remove)) return std::unexpected(*error);
    if (!entry(path)) return system_failure("remove", path, ENOENT);
    directory(parent_path(path))->change({name_of(path), std::nullopt, {}});
    return {};
}

Result<> SimulatedFileSystem::make_directories(const std::string& path, mode_t mode) {
    if (directory(path) != nullptr) return {};
    const std::string parent = parent_path(path);
    if (auto made = make_directories(parent, mode); !made) return made;
    if (auto error = strike(Call::make)) return std::unexpected(*error);
    directory(parent)->change({name_of(path), Entry{nullptr, std::make_shared<Directory>()}, {}});
    return {};
}

Result<> SimulatedFileSystem::sync_directory(const std::string& path) {
    if (auto error = strike(Call::sync)) return std::unexpected(*error);
    const auto found = directory(path);
    if (found == nullptr) return system_failure("open", path, ENOENT);
    found->durable = found->cached;
    found->pending.clear();
    return {};
}

Result<std::vector<std::string>> SimulatedFileSystem::list(const std::string& path) {
    if (auto error = strike(Call::look)) return std::unexpected(*error);
    const auto found = directory(path);
    if (found == nullptr) return system_failure("list", path, ENOENT);
    std::vector<std::string> names;
    for (const auto& [name, entry] : found->cached)
        names.push_back(name);
    return names;
}

}  // namespace eventfwd::test
