// The dead letters: what was refused, byte for byte, with the reason. JSON lines in numbered files
// of a bounded directory; when the bound is reached the oldest file goes, counted. Letters are
// numbered from 1; a file is called after the number of its first.
//
//     {"time":"…","from":"input local","reason":"syntax","bytes":"{broken","true_bytes":7}
//
// Bytes that are not UTF-8 stand as "base64" instead of "bytes". Text is the server's, where a sink
// was refused something.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "core/clock.h"
#include "core/file_system.h"

namespace eventfwd {

struct DeadLetterOptions {
    std::string path;
    std::uint64_t bytes_max = 64 << 20;  // of all files together
};

struct DeadLetter {
    Instant time;
    std::string_view from;  // "input NAME" or "sink NAME"
    std::string_view reason;
    std::string_view text;  // of a server; may be empty
    std::string_view bytes;
    std::size_t true_bytes = 0;
};

// The line of a letter, with its line feed.
std::string to_json_line(const DeadLetter& letter);

// Thread-safe.
class DeadLetters {
  public:
    DeadLetters(DeadLetterOptions options, FileSystem& files);

    // Appends whole lines of to_json_line, COUNT in number; on failure none of them.
    Result<> keep(std::string_view lines, std::uint64_t count);
    // As keep, for an input, which must not be stopped: on failure they are counted as lost, and
    // only the first failure in a row is given back.
    Result<> keep_or_lose(std::string_view lines, std::uint64_t count);

    struct Counts {
        std::uint64_t kept = 0;     // since the start
        std::uint64_t lost = 0;     // could not be written
        std::uint64_t expired = 0;  // went with the oldest files
    };
    Counts counts() const;

  private:
    Result<> append(std::string_view lines, std::uint64_t count);
    Result<> open_next();
    Result<> make_room(std::uint64_t bytes);

    const DeadLetterOptions options_;
    FileSystem& files_;
    mutable std::mutex mutex_;  // guards all below
    Counts counts_;
    bool is_scanned_ = false;
    bool is_failing_ = false;
    struct LetterFile {
        std::uint64_t first = 0;
        std::uint64_t count = 0;
        std::uint64_t bytes = 0;
    };
    std::vector<LetterFile> existing_;  // oldest first; the last is being written
    std::unique_ptr<File> file_;
};

// One letter as it was kept, for whoever lists them.
struct KeptLetter {
    std::uint64_t number = 0;
    std::string json;
};

// All letters in a directory, oldest first. A daemon may be writing to it.
Result<std::vector<KeptLetter>> read_dead_letters(FileSystem& files, const std::string& path);

}  // namespace eventfwd
