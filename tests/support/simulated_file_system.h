// A file system in memory that knows what a power cut would leave of it. Data is durable once
// sync_data has taken it, a name once sync_directory has; until then a power cut keeps or drops it
// by chance, each sector and each name for itself. A failed sync_data gives up what was dirty, as
// Linux does: a later one that succeeds has not written it.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/file_system.h"
#include "support/dice.h"

namespace eventfwd::test {

// The content of a file: as processes see it, and as it stands on the disk.
struct SimulatedContent {
    static constexpr std::size_t kSector = 512;

    std::uint64_t inode = 0;
    std::string cached;
    std::string durable;
    std::vector<char> dirty;  // for each sector of cached: whether the disk lacks it

    void write(std::uint64_t offset, std::string_view bytes);
    void truncate(std::uint64_t size);
    // Writes dirty sectors of which KEEP(sector) says so; all are clean then.
    template <class Keep>
    void clean(Keep&& keep);
    void power_cut(Dice& dice, std::size_t kept_percent);
};

class SimulatedFileSystem final : public FileSystem {
  public:
    enum class Call { look, read, write, sync, make, remove };

    // ROOT is there already, and empty.
    SimulatedFileSystem(std::string root, std::uint64_t seed);

    // The machine stops. Whoever has files open has lost them. Of what was not durable so much is
    // kept; by chance where nothing is said.
    void power_cut(std::optional<std::size_t> kept_percent = std::nullopt);
    // The kernel writes some of what is dirty on its own account.
    void write_back();
    // One bit of the byte goes wrong, which there must be.
    void flip_bit(const std::string& path, std::uint64_t at);

    // The process dies in the N-th call from now that would change something; if that is a write,
    // a part of it is done. From then on all calls fail until revive().
    void die_in(int nth) { death_countdown_ = nth; }
    bool is_dead() const { return is_dead_; }
    void revive();

    // Of the calls from now on that can fail with CODE, these fail, counted from 1. CODE 0: their
    // writes are short.
    void fail(std::set<int> calls, int code);
    void fail_nothing() { fail({}, 0); }

    Result<std::unique_ptr<File>> open(const std::string& path, OpenMode how, mode_t mode) override;
    Result<std::unique_ptr<File>> open_beneath(const std::string& root, const std::string& path,
                                               OpenMode how, mode_t mode) override;
    Result<FileStatus> status(const std::string& path) override;
    Result<std::string> real_path(const std::string& path) override { return path; }
    Result<> rename(const std::string& from, const std::string& to) override;
    Result<> unlink(const std::string& path) override;
    Result<> make_directories(const std::string& path, mode_t mode) override;
    Result<> sync_directory(const std::string& path) override;
    Result<std::vector<std::string>> list(const std::string& path) override;

  private:
    friend class SimulatedFile;
    struct Directory;
    struct Entry {  // one of the two
        std::shared_ptr<SimulatedContent> content;
        std::shared_ptr<Directory> directory;
    };
    struct Change {
        std::string name;
        std::optional<Entry> entry;  // what the name means from now on; nothing: it is gone
        std::string moved_from;      // of a rename
    };
    struct Directory {
        std::map<std::string, Entry> cached;
        std::map<std::string, Entry> durable;
        std::vector<Change> pending;  // from durable to cached

        static void apply(const Change& change, std::map<std::string, Entry>& names);
        void change(Change change);
        void write_back(Dice& dice);
        void power_cut(Dice& dice, std::size_t kept_percent);
    };

    std::optional<Error> strike(Call call);
    Result<std::size_t> strike_write(std::size_t size);
    bool dies(Call call);
    bool can_fail(Call call) const;
    std::shared_ptr<Directory> directory(const std::string& path) const;
    std::optional<Entry> entry(const std::string& path) const;

    const std::string root_;
    Dice dice_;
    std::shared_ptr<Directory> top_ = std::make_shared<Directory>();
    std::uint64_t inodes_ = 0;
    int death_countdown_ = 0;
    bool is_dead_ = false;
    std::set<int> failing_;
    int calls_ = 0;
    int code_ = 0;
};

}  // namespace eventfwd::test
