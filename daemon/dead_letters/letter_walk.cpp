#include "daemon/dead_letters/letter_walk.h"

#include <algorithm>

#include "daemon/dead_letters/letter_json.h"

namespace eventfwd {

Result<std::optional<KeptLetter>> LetterWalk::next() {
    while (number_ <= choice_.last) {
        const std::size_t end = text_.find('\n', at_);
        if (end == std::string::npos || number_ >= end_) {
            const auto opened = open_next();
            if (!opened) return std::unexpected(opened.error());
            if (!*opened) break;
            continue;
        }
        const std::string_view line(text_.data() + at_, end - at_);
        at_ = end + 1;
        const std::uint64_t number = number_++;
        if (number > choice_.last || number <= choice_.after) continue;
        if (!choice_.numbers.empty() && !choice_.numbers.contains(number)) continue;
        const bool is_resolved = resolved_.contains(number);
        if (!is_meant(line, is_resolved)) continue;
        KeptLetter letter{number, std::string(line), is_resolved};
        if (const auto repeat = repeats_.find(number); repeat != repeats_.end()) {
            letter.times = repeat->second.times;
            letter.left = repeat->second.left();
            letter.last = repeat->second.last;
        }
        return letter;
    }
    return std::nullopt;
}

bool LetterWalk::is_meant(std::string_view line, bool is_resolved) const {
    return (choice_.with_resolved || !is_resolved) &&
           (choice_.from.empty() || origin_of(line) == choice_.from);
}

Result<bool> LetterWalk::open_next() {
    if (!firsts_) {
        auto firsts = list_letter_files(files_, path_);
        if (!firsts && firsts.error().code != ENOENT) return std::unexpected(firsts.error());
        firsts_ = firsts ? std::move(*firsts) : std::vector<std::uint64_t>{};
    }
    while (next_file_ < firsts_->size()) {
        const std::uint64_t first = (*firsts_)[next_file_++];
        end_ = next_file_ < firsts_->size() ? (*firsts_)[next_file_]
                                            : std::numeric_limits<std::uint64_t>::max();
        if (end_ <= choice_.after) continue;
        auto text = read_whole_file(files_, letter_file(path_, first));
        if (!text && text.error().code == ENOENT) continue;  // it has gone meanwhile
        if (!text) return std::unexpected(text.error());
        // After the letters: what is resolved since then is left out, too.
        auto resolved = read_resolved(files_, path_, first);
        if (!resolved) return std::unexpected(resolved.error());
        const auto repeats = read_repeats(files_, path_, first);
        if (!repeats) return std::unexpected(repeats.error());
        repeats_.clear();
        for (const LetterRepeat& repeat : *repeats)
            repeats_[repeat.number] = repeat;
        text_ = std::move(*text);
        resolved_ = std::move(*resolved);
        at_ = 0;
        number_ = first;
        return true;
    }
    return false;
}

}  // namespace eventfwd
