#include "daemon/intake/dead_letter_intake.h"

#include <algorithm>

namespace eventfwd {

Result<LettersTaken> DeadLetterIntake::take(const IntakeOptions& options,
                                            const LetterChoice& choice, std::size_t bytes_max) {
    const std::lock_guard lock(mutex_);
    if (auto marked = mark(); !marked) return std::unexpected(marked.error());
    LetterWalk walk = letters_.walk(choice);
    RequestEvents events(options.decode);
    LettersTaken taken;
    taken.last = choice.after;
    for (std::size_t bytes = 0; bytes < bytes_max;) {
        const auto kept = walk.next();
        if (!kept) {
            taken.failure = kept.error().message;
            break;
        }
        if (!*kept) {
            taken.is_over = true;
            break;
        }
        const auto before = unsynced_.find((*kept)->number);
        const std::uint64_t had = before == unsynced_.end() ? 0 : before->second.times;
        const std::uint64_t left = (*kept)->left - std::min((*kept)->left, had);
        const std::uint64_t size = (*kept)->json.size();
        const std::uint64_t fitting = std::max<std::uint64_t>(1, (bytes_max - bytes) / size);
        bytes += std::min(std::max<std::uint64_t>(left, 1), fitting) * size;
        if (left > 0) {
            const Times times{left, std::min(left, fitting)};
            const auto done = take_letter(**kept, times, options, events, taken);
            if (!done) {
                taken.failure = done.error().message;
                break;
            }
            if (*done < left) break;  // the next call goes on with it
        }
        taken.last = (*kept)->number;
    }
    // What cannot be marked now is told by the next call.
    [[maybe_unused]] const auto marked = mark();
    taken.unsynced = unsynced_.size();
    return taken;
}

// How often it was tried: where it is refused, as often as it came. Fails where the journal takes
// nothing more.
Result<std::uint64_t> DeadLetterIntake::take_letter(const KeptLetter& kept, const Times& times,
                                                    const IntakeOptions& options,
                                                    RequestEvents& events, LettersTaken& taken) {
    const auto letter = parse_letter(kept.json);
    if (!letter) {
        taken.unreadable += times.left;
        return times.left;
    }
    const auto read =
        events.read({letter->bytes, letter->true_bytes, letter->time, options.application});
    if (!read || !events.refused().empty() || events.blocks().empty()) {
        const Refusal reason = !read                      ? Refusal::too_long
                               : events.refused().empty() ? Refusal::empty
                                                          : events.refused()[0].fault.reason;
        taken.refused += times.left;
        taken.reasons[static_cast<std::size_t>(reason)] += times.left;
        return times.left;
    }
    for (std::uint64_t left = times.max; left > 0;) {
        const auto appended = append(events, left, unsynced_[kept.number]);
        if (!appended) {
            if (unsynced_[kept.number].times == 0) unsynced_.erase(kept.number);
            return std::unexpected(appended.error());
        }
        left -= *appended;
        taken.accepted += *appended;
        taken.events += *appended * events.accepted();
    }
    return times.max;
}

// EVENTS as often as it fits a frame, at most TIMES: so often.
Result<std::uint64_t> DeadLetterIntake::append(const RequestEvents& events, std::uint64_t times,
                                               Unsynced& unsynced) {
    const auto& blocks = events.blocks();
    std::uint64_t done = 1;
    std::string lines;
    if (blocks.size() == 1) {
        done = std::clamp<std::uint64_t>(kFrameBytesMax / blocks[0].lines.size(), 1, times);
        for (std::uint64_t at = 0; at < done && done > 1; ++at)
            lines += blocks[0].lines;
    }
    const auto numbers =
        done > 1 ? journal_.append(lines, done * events.accepted()) : journal_.append(blocks);
    if (!numbers) return std::unexpected(numbers.error());
    unsynced.last = numbers->last;
    unsynced.times += done;
    journaled_ += done * events.accepted();
    return done;
}

Result<> DeadLetterIntake::mark_synced() {
    const std::lock_guard lock(mutex_);
    return mark();
}

Result<> DeadLetterIntake::mark() {
    if (unsynced_.empty()) return {};
    const std::uint64_t synced = journal_.synced().reached();
    DeadLetters::Resolved resolved;
    for (const auto& [number, each] : unsynced_) {
        if (each.last <= synced) resolved[number] = each.times;
    }
    if (resolved.empty()) return {};
    if (auto marked = letters_.mark_resolved(resolved); !marked) {
        return failure_while("mark dead letters that the journal has", marked.error());
    }
    std::erase_if(unsynced_, [&](const auto& each) { return each.second.last <= synced; });
    return {};
}

}  // namespace eventfwd
