// A fresh directory for one test, removed with all that is in it.
#pragma once

#include <filesystem>
#include <string>

namespace eventfwd::test {

// For tests that sync often and are not about the disk.
constexpr const char* kInMemory = "/dev/shm";

class TemporaryDirectory {
  public:
    // In WITHIN, if that is there.
    explicit TemporaryDirectory(const std::filesystem::path& within = {}) {
        const bool is_there = !within.empty() && std::filesystem::is_directory(within);
        const auto parent = is_there ? within : std::filesystem::temp_directory_path();
        std::string path = (parent / "eventfwd-XXXXXX").string();
        path_ = ::mkdtemp(path.data());
    }
    TemporaryDirectory(const TemporaryDirectory&) = delete;
    TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
    ~TemporaryDirectory() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }

    const std::string& path() const { return path_; }
    std::string operator/(const std::string& name) const { return path_ + "/" + name; }

  private:
    std::string path_;
};

}  // namespace eventfwd::test
