// Rendered files, one or, by a template, many: appended to in whole lines, rotated, reopened, and
// exactly once over kill -9. The cursor is saved with the path, inode and length of every file
// before a line goes into it for the first time, and again when it is rotated or found elsewhere;
// so after a crash whatever lies beyond a saved length is known to be lines that come again.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/clock.h"
#include "core/compress/compressor.h"
#include "formatter/line/line_parser.h"
#include "sinks/file/file_options.h"
#include "sinks/file/output_file.h"
#include "sinks/file/path_template.h"
#include "sinks/file/rotation.h"
#include "sinks/sink.h"

namespace eventfwd {

// What the sink reports about itself.
class FileSinkProbe {
  public:
    virtual ~FileSinkProbe() = default;
    virtual void rotated(const std::string& /*path*/) {}
    virtual void found_elsewhere(const std::string& /*path*/) {}
    // On a thread of the sink's own. The file stays as it was.
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
    // Not later than now, whatever the clock was set to since.
    Instant created_at(const Known& known) const {
        return std::min(clock_.now(), Instant{std::chrono::microseconds{known.created}});
    }
    struct Target {
        std::optional<OutputFile> file;
        std::vector<std::string_view> parts;  // of the batch at hand
        std::size_t bytes = 0;                // in parts
        std::uint64_t last_used = 0;          // number of the batch
        std::string refusal;                  // why its path can never be a file; empty: it can
    };
    using Targets = std::map<std::string, Target, std::less<>>;  // by path below the root

    FileSink(const FileSinkOptions& options, PathTemplate path, FileSystem& files,
             const Clock& clock, FileSinkProbe& probe);

    Result<> deliver(const Batch& batch, Checkpoint& checkpoint);
    std::vector<RefusedLine> refused_lines(const Batch& batch);
    void distribute(const Batch& batch);
    Target& target_of(std::string_view line);
    Result<> leave_moved_and_full_files(Checkpoint& checkpoint);
    Result<> rotate_file(const std::string& path);
    Result<> open_files(Checkpoint& checkpoint);
    Result<> open_target(const std::string& below, Target& target);
    Result<std::unique_ptr<File>> open_file(const std::string& below);
    void close_least_used();
    void forget_needless();
    void leave_files_of(const std::string& path);
    std::size_t lines_behind(const std::string& path, const Known& known);
    std::string whole_path(const std::string& below) const { return path_.root() + "/" + below; }
    bool is_in_batch(const Target& target) const { return target.last_used == batch_; }

    const FileSinkOptions options_;
    const PathTemplate path_;
    FileSystem& files_;
    const Clock& clock_;
    FileSinkProbe& probe_;
    LineParser parser_;
    Targets targets_;
    std::map<std::string, Known, std::less<>> known_;  // from the cursor, not opened since
    std::uint64_t batch_ = 0;
    std::size_t in_doubt_ = 0;                // lines that may be there twice, not told yet
    std::unique_ptr<Compressor> compressor_;  // null where nothing is compressed
};

}  // namespace eventfwd
