// A file system that fails the n-th call with an error of the test's choice, and else is the real
// one. With n = 1, 2, … until a run is clean, every I/O path is failed once: the moving fault.
#pragma once

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/file_system.h"

namespace eventfwd::test {

class FaultyFileSystem final : public FileSystem {
  public:
    enum class Fault {
        error,                // the call does nothing and fails
        error_for_good,       // the same, and so do all calls until the next fail_call
        short_write,          // a write takes half of what it was given, then all goes on
        half_write,           // a write takes half of what it was given, and the next call fails
        half_write_then_all,  // the same, and all calls fail until the next fail_call
    };

    // From now on the call NTH fails with CODE, once. 0: none does.
    void fail_call(int nth, int code, Fault fault = Fault::error) {
        countdown_ = nth;
        code_ = code;
        fault_ = fault;
        has_fired_ = false;
        fails_all_ = false;
    }
    bool has_fired() const { return has_fired_; }

    // Until allow_all, CALL, as "rename", fails with CODE wherever its path holds PART.
    void refuse(std::string call, std::string part, int code) {
        refusals_.push_back({std::move(call), std::move(part), code});
    }
    void allow_all() { refusals_.clear(); }
    // How many calls were refused.
    int refused() const { return refused_; }

    // Bytes written since the last count_writes().
    void count_writes() { written_ = 0; }
    std::size_t written() const { return written_; }

    Result<std::unique_ptr<File>> open(const std::string& path, OpenMode how, mode_t mode) override;
    Result<std::unique_ptr<File>> open_beneath(const std::string& root, const std::string& path,
                                               OpenMode how, mode_t mode) override;
    Result<FileStatus> status(const std::string& path) override;
    Result<std::string> real_path(const std::string& path) override;
    Result<> rename(const std::string& from, const std::string& to) override;
    Result<> unlink(const std::string& path) override;
    Result<> make_directories(const std::string& path, mode_t mode) override;
    Result<> sync_directory(const std::string& path) override;
    Result<std::vector<std::string>> list(const std::string& path) override;

    // Counts one call; the error it must fail with, if it is the one.
    std::optional<Error> strike(std::string_view call, std::string_view path = {});
    // As strike, for a write of SIZE bytes: how many of them it may take.
    Result<std::size_t> strike_write(std::size_t size);

  private:
    struct Refusal {
        std::string call;
        std::string part;
        int code = 0;
    };

    PosixFileSystem real_;
    std::vector<Refusal> refusals_;
    int refused_ = 0;
    std::size_t written_ = 0;
    int countdown_ = 0;
    int code_ = 0;
    Fault fault_ = Fault::error;
    bool has_fired_ = false;
    bool fails_all_ = false;
};

}  // namespace eventfwd::test
