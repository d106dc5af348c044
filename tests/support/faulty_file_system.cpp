#include "support/faulty_file_system.h"

#include "support/iovecs.h"

namespace eventfwd::test {
namespace {

std::vector<iovec> first_bytes(std::span<const iovec> parts, std::size_t bytes) {
    std::vector<iovec> some;
    for (iovec part : parts) {
        part.iov_len = std::min(part.iov_len, bytes);
        bytes -= part.iov_len;
        if (part.iov_len > 0) some.push_back(part);
    }
    return some;
}

class FaultyFile final : public File {
  public:
    FaultyFile(FaultyFileSystem& system, std::unique_ptr<File> real, std::string path)
        : system_(system), real_(std::move(real)), path_(std::move(path)) {}

    Result<std::size_t> append(std::span<const iovec> parts) override {
        const auto allowed = system_.strike_write(total_bytes(parts));
        if (!allowed) return allowed;
        return real_->append(first_bytes(parts, *allowed));
    }
    Result<std::size_t> write_at(std::uint64_t offset, std::span<const iovec> parts) override {
        const auto allowed = system_.strike_write(total_bytes(parts));
        if (!allowed) return allowed;
        return real_->write_at(offset, first_bytes(parts, *allowed));
    }
    Result<std::size_t> read_at(std::uint64_t offset, std::span<char> into) const override {
        if (auto error = system_.strike("read", path_)) return std::unexpected(*error);
        return real_->read_at(offset, into);
    }
    Result<> set_in_place(bool in_place) override {
        if (auto error = system_.strike("set in place", path_)) return std::unexpected(*error);
        return real_->set_in_place(in_place);
    }
    Result<> truncate(std::uint64_t size) override {
        if (auto error = system_.strike("truncate", path_)) return std::unexpected(*error);
        return real_->truncate(size);
    }
    Result<> sync_data() override {
        if (auto error = system_.strike("sync", path_)) return std::unexpected(*error);
        return real_->sync_data();
    }
    Result<FileStatus> status() const override {
        if (auto error = system_.strike("status", path_)) return std::unexpected(*error);
        return real_->status();
    }
    Result<> set_access(mode_t mode, std::optional<gid_t> group) override {
        if (auto error = system_.strike("set access", path_)) return std::unexpected(*error);
        return real_->set_access(mode, group);
    }

  private:
    FaultyFileSystem& system_;
    std::unique_ptr<File> real_;
    const std::string path_;
};

Result<std::unique_ptr<File>> wrapped(FaultyFileSystem& system, Result<std::unique_ptr<File>> real,
                                      const std::string& path) {
    if (!real) return real;
    return std::make_unique<FaultyFile>(system, std::move(*real), path);
}

}  // namespace

std::optional<Error> FaultyFileSystem::strike(std::string_view call, std::string_view path) {
    for (const Refusal& refusal : refusals_) {
        if (refusal.call != call || !path.contains(refusal.part)) continue;
        ++refused_;
        return Error{std::string(call) + ": " + error_text(refusal.code), refusal.code};
    }
    const bool is_struck = countdown_ != 0 && --countdown_ == 0 && fault_ != Fault::short_write;
    if (!is_struck && !fails_all_) return std::nullopt;
    has_fired_ = true;
    fails_all_ |= fault_ == Fault::error_for_good;
    return Error{std::string(call) + ": " + error_text(code_), code_};
}

Result<std::size_t> FaultyFileSystem::strike_write(std::size_t size) {
    written_ += size;
    if (fails_all_) return failure("write: " + error_text(code_), code_);
    if (countdown_ == 0 || --countdown_ != 0) return size;
    has_fired_ = true;
    if (fault_ == Fault::half_write) fail_call(1, code_);
    if (fault_ == Fault::half_write_then_all) fails_all_ = true;
    if (fault_ == Fault::short_write || fails_all_ || !has_fired_) return (size + 1) / 2;
    return failure("write: " + error_text(code_), code_);
}

Result<std::unique_ptr<File>> FaultyFileSystem::open(const std::string& path, OpenMode how,
                                                     mode_t mode) {
    if (auto error = strike("open", path)) return std::unexpected(*error);
    return wrapped(*this, real_.open(path, how, mode), path);
}

Result<std::unique_ptr<File>> FaultyFileSystem::open_beneath(const std::string& root,
                                                             const std::string& path, OpenMode how,
                                                             mode_t mode) {
    if (auto error = strike("open", path)) return std::unexpected(*error);
    return wrapped(*this, real_.open_beneath(root, path, how, mode), root + "/" + path);
}

Result<FileStatus> FaultyFileSystem::status(const std::string& path) {
    if (auto error = strike("status", path)) return std::unexpected(*error);
    return real_.status(path);
}

Result<std::string> FaultyFileSystem::real_path(const std::string& path) {
    if (auto error = strike("follow", path)) return std::unexpected(*error);
    return real_.real_path(path);
}

Result<> FaultyFileSystem::rename(const std::string& from, const std::string& to) {
    if (auto error = strike("rename", from)) return std::unexpected(*error);
    return real_.rename(from, to);
}

Result<> FaultyFileSystem::unlink(const std::string& path) {
    if (auto error = strike("unlink", path)) return std::unexpected(*error);
    return real_.unlink(path);
}

Result<> FaultyFileSystem::make_directories(const std::string& path, mode_t mode) {
    if (auto error = strike("make directory", path)) return std::unexpected(*error);
    return real_.make_directories(path, mode);
}

Result<> FaultyFileSystem::sync_directory(const std::string& path) {
    if (auto error = strike("sync directory", path)) return std::unexpected(*error);
    return real_.sync_directory(path);
}

Result<std::vector<std::string>> FaultyFileSystem::list(const std::string& path) {
    if (auto error = strike("list", path)) return std::unexpected(*error);
    return real_.list(path);
}

}  // namespace eventfwd::test
