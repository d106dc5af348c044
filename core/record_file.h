// A small file of "key value" lines that is replaced as a whole: cursors, reservations, identities.
// The first line is the checksum of the rest, so that a damaged file is never taken for a good one:
//
//     eventfwd 1 9a3c5f0011223344
//     sequence 250000
//     …
//
// A key may come several times. Keys hold no space; keys and values hold no line feed.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/file_system.h"

namespace eventfwd {

class Record {
  public:
    void add(std::string_view key, std::string_view value);
    void add(std::string_view key, std::uint64_t value);

    // The first value of KEY; nothing where it is missing or, for the number, not one.
    std::optional<std::string_view> text(std::string_view key) const;
    std::optional<std::uint64_t> number(std::string_view key) const;
    std::vector<std::string_view> all(std::string_view key) const;
    const std::vector<std::pair<std::string, std::string>>& lines() const { return lines_; }

    std::string serialized() const;
    // Nothing where the checksum or the shape is wrong.
    static std::optional<Record> parse(std::string_view file);

  private:
    std::vector<std::pair<std::string, std::string>> lines_;
};

// Replaces PATH by RECORD atomically: a reader, and the next start after a power cut, see the old
// record or the new one. DURABLE false leaves out the syncs: then only a power cut can lose it.
Result<> write_record(FileSystem& files, const std::string& path, const Record& record,
                      bool durable);

// A missing file is an error of code ENOENT, a damaged one of code EBADMSG.
Result<Record> read_record(FileSystem& files, const std::string& path);

}  // namespace eventfwd
