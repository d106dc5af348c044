#include "daemon/dead_letters/letter_batch.h"

#include <xxhash.h>

#include <array>
#include <random>

namespace eventfwd {
namespace {

std::uint64_t make_seed() {
    std::random_device random;
    return std::uint64_t{random()} << 32 | random();
}

LetterDigest digest_of(const DeadLetter& letter) {
    static const std::uint64_t seed = make_seed();
    const auto bytes = XXH3_128bits_withSeed(letter.bytes.data(), letter.bytes.size(), seed);
    const std::array<std::uint64_t, 4> parts{
        bytes.low64, bytes.high64, letter.true_bytes,
        XXH3_64bits_withSeed(letter.reason.data(), letter.reason.size(), seed)};
    const auto whole = XXH3_128bits_withSeed(parts.data(), sizeof parts, seed);
    return {whole.low64, whole.high64};
}

}  // namespace

void LetterBatch::add(DeadLetter letter) {
    letter.from = origin_;
    ++count_;
    Entry entry;
    entry.can_repeat = letter.sequence == 0;
    if (entry.can_repeat) {
        entry.digest = digest_of(letter);
        const auto [known, is_new] = known_.try_emplace(entry.digest, entries_.size());
        if (!is_new) {
            Entry& before = entries_[known->second];
            ++before.times;
            before.last = letter.time;
            return;
        }
    }
    const std::string line = to_json_line(letter);
    entry.begin = lines_.size();
    entry.bytes = line.size();
    entry.last = letter.time;
    lines_ += line;
    entries_.push_back(entry);
}

void LetterBatch::clear() {
    lines_.clear();
    entries_.clear();
    known_.clear();
    count_ = 0;
}

}  // namespace eventfwd
