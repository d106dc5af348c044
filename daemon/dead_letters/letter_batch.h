// Letters of one input or sink on their way to be kept: each is rendered, and those that repeat are
// there once, with how often they came.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "daemon/dead_letters/letter_json.h"

namespace eventfwd {

// Of a letter's bytes and reason. Keyed anew by each process, so that no sender can make two
// letters that look like one.
struct LetterDigest {
    std::uint64_t low = 0;
    std::uint64_t high = 0;

    bool operator==(const LetterDigest&) const = default;
};
struct LetterDigestHash {
    std::size_t operator()(const LetterDigest& digest) const { return digest.low; }
};

// Not shared between threads.
class LetterBatch {
  public:
    struct Entry {
        LetterDigest digest;
        std::size_t begin = 0;  // of its line
        std::size_t bytes = 0;
        std::uint64_t times = 1;
        Instant last;            // when it came for the last time
        bool can_repeat = true;  // an event of a sink does not: it has a number of its own
    };

    // ORIGIN: "input NAME" or "sink NAME".
    explicit LetterBatch(std::string origin) : origin_(std::move(origin)) {}

    // LETTER, which is from the origin whatever it says.
    void add(DeadLetter letter);
    void clear();

    const std::string& origin() const { return origin_; }
    std::uint64_t count() const { return count_; }  // every time that one came
    std::size_t bytes() const { return lines_.size(); }
    const std::vector<Entry>& entries() const { return entries_; }
    // With its line feed.
    std::string_view line(const Entry& entry) const {
        return std::string_view(lines_).substr(entry.begin, entry.bytes);
    }

  private:
    const std::string origin_;
    std::string lines_;
    std::vector<Entry> entries_;
    std::unordered_map<LetterDigest, std::size_t, LetterDigestHash> known_;  // in entries_
    std::uint64_t count_ = 0;
};

}  // namespace eventfwd
