// Rendered files, one or, by a template, many: appended to in whole lines, rotated, reopened, and
// exactly once over kill -9. The cursor is saved with the path, inode and length of every file
// before a line goes into it for the first time, and again when it is rotated or found elsewhere;
// so after a crash whatever lies beyond a saved length is known to be lines that come again.
//
// A batch for more files than may be open at once is written group by group: the files of a group
// are opened, checkpointed, written, synced and closed before those of the next are opened.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "core/clock.h"
#include "core/compress/compressor.h"
#include "formatter/line/line_parser.h"
#include "sinks/file/chores.h"
#include "sinks/file/file_options.h"
#include "sinks/file/output_file.h"
#include "sinks/file/path_template.h"
#include "sinks/file/rotation.h"
#include "sinks/sink.h"

namespace eventfwd {

// What the sink reports about itself.
class FileSinkProbe : public ChoreProbe {
  public:
    virtual void rotated(const std::string& /*path*/) {}
    virtual void found_elsewhere(const std::string& /*path*/) {}
    // On a thread of the sink's own, once for each file. The file stays as it was.
    virtual void not_compressed(const std::string& /*path*/, const Error& /*error*/) {}
    virtual void met_foreign_bytes(const std::string& /*path*/) {}
};

class FileSink final : public Sink {
  public:
    // FILES, CLOCK and PROBE outlive the sink. Fails for a path that is no template.
    static Result<std::unique_ptr<FileSink>> make(const FileSinkOptions& options, FileSystem& files,
                                                  const Clock& clock, FileSinkProbe& probe);

    boost::asio::awaitable<Outcome> send(const Batch& batch, Checkpoint& checkpoint) override;
    bool is_blocking() const override { return true; }
    void settle() override;
    Result<> sync() override;
    void save_state(Record& cursor) const override;
    void restore_state(const Record& cursor) override;
    void reopen() override;

  private:
    struct Known {  // of a file, from the cursor
        std::uint64_t length = 0;
        std::uint64_t inode = 0;
        std::uint64_t created = 0;  // microseconds since 1970
    };
    // How old it is: 0 where it was made by a clock that was ahead.
    std::chrono::microseconds age_of(const Known& known) const {
        return clock_.age_of(Instant{std::chrono::microseconds{known.created}});
    }
    // While a file is open its age goes by the steady clock, whatever the wall clock is set to.
    std::chrono::microseconds age_of(const OutputFile& file) const {
        return std::chrono::duration_cast<std::chrono::microseconds>(clock_.steady_now() -
                                                                     file.begun());
    }
    struct Closed {  // to make room for others, with lines behind what the cursor vouches for
        Known known;
        std::uint64_t covered = 0;  // up to where the lines of the batch at hand stand
        std::uint64_t length = 0;
    };
    struct Target {
        std::optional<OutputFile> file;
        std::optional<Closed> closed;         // while there is no file
        std::vector<std::string_view> parts;  // of the batch at hand
        std::size_t bytes = 0;                // in parts
        std::uint64_t last_used = 0;          // number of the batch
        bool is_written = false;              // in that batch
        std::string refusal;                  // why its path can never be a file; empty: it can
    };
    using Targets = std::map<std::string, Target, std::less<>>;  // by path below the root

    FileSink(const FileSinkOptions& options, PathTemplate path, FileSystem& files,
             const Clock& clock, FileSinkProbe& probe);

    // The batch at hand: file_sink.cpp.
    Result<> deliver(const Batch& batch, Checkpoint& checkpoint);
    Result<> write_batch(const Batch& batch, Checkpoint& checkpoint);
    std::vector<RefusedLine> refused_lines(const Batch& batch);
    void distribute(const Batch& batch);
    Target& target_of(std::string_view line);
    bool has_waiting() const;
    Result<bool> write_files(std::size_t lines);
    bool is_in_batch(const Target& target) const { return target.last_used == batch_; }
    // Whether lines of the batch at hand are still to be written there.
    bool is_waiting(const Target& target) const {
        return is_in_batch(target) && !target.is_written && target.refusal.empty();
    }

    // Files that are opened, closed and rotated: file_sink_files.cpp.
    Result<> prepare_files(Checkpoint& checkpoint);
    Result<bool> open_files();
    Result<> open_target(const std::string& below, Target& target);
    Result<std::unique_ptr<File>> open_file(const std::string& below);
    bool close(Target& target);
    void close_down_to(std::size_t count, bool with_waiting);
    bool makes_room();
    Result<> leave_moved_and_full_files(Checkpoint& checkpoint);
    Result<> rotate_file(const std::string& path);
    void set_access(const std::string& path, OutputFile& file);
    void tidy(const std::string& below);
    void compress(const std::string& directory, const std::vector<std::string>& names);
    std::string whole_path(const std::string& below) const { return path_.root() + "/" + below; }
    // The same, behind the links that a fixed path may be.
    std::string file_path(const std::string& below) const {
        return path_.is_fixed() ? real_path_ : whole_path(below);
    }

    // Over restarts: file_sink_state.cpp.
    Known known_of(const OutputFile& file) const;
    void forget_needless();
    void leave_files_of(const std::string& path);
    std::size_t lines_behind(const std::string& path, const Known& known);

    const FileSinkOptions options_;
    const PathTemplate path_;
    FileSystem& files_;
    const Clock& clock_;
    FileSinkProbe& probe_;
    LineParser parser_;
    Targets targets_;
    std::map<std::string, Known, std::less<>> known_;  // from the cursor, not opened since
    std::uint64_t batch_ = 0;
    bool has_new_files_ = false;    // that no saved cursor knows
    std::size_t open_count_ = 0;    // of targets with a file
    std::size_t open_max_;          // less than the option where descriptors are short
    std::string real_path_;         // of a fixed path, when it was opened last
    std::set<std::string> tidied_;  // directories
    std::size_t in_doubt_ = 0;      // lines that may be there twice, not told yet
    Chores rotating_, tidying_, accessing_;
    std::unique_ptr<Compressor> compressor_;  // null where nothing is compressed
};

}  // namespace eventfwd
