#include "daemon/intake/dead_letter_intake.h"

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
        bytes += (*kept)->json.size();
        if (!unsynced_.contains((*kept)->number)) {
            const auto done = take_letter(**kept, options, events, taken);
            if (!done) {
                taken.failure = done.error().message;
                break;
            }
        }
        taken.last = (*kept)->number;
    }
    // What cannot be marked now is told by the next call.
    [[maybe_unused]] const auto marked = mark();
    taken.unsynced = unsynced_.size();
    return taken;
}

// Fails where the journal takes nothing more.
Result<> DeadLetterIntake::take_letter(const KeptLetter& kept, const IntakeOptions& options,
                                       RequestEvents& events, LettersTaken& taken) {
    const auto letter = parse_letter(kept.json);
    if (!letter) {
        ++taken.unreadable;
        return {};
    }
    const auto read =
        events.read({letter->bytes, letter->true_bytes, letter->time, options.application});
    if (!read || !events.refused().empty() || events.blocks().empty()) {
        const Refusal reason = !read                      ? Refusal::too_long
                               : events.refused().empty() ? Refusal::empty
                                                          : events.refused()[0].fault.reason;
        ++taken.refused;
        ++taken.reasons[static_cast<std::size_t>(reason)];
        return {};
    }
    const auto numbers = journal_.append(events.blocks());
    if (!numbers) return std::unexpected(numbers.error());
    unsynced_[kept.number] = numbers->last;
    ++taken.accepted;
    taken.events += events.accepted();
    journaled_ += events.accepted();
    return {};
}

Result<> DeadLetterIntake::mark_synced() {
    const std::lock_guard lock(mutex_);
    return mark();
}

Result<> DeadLetterIntake::mark() {
    if (unsynced_.empty()) return {};
    const std::uint64_t synced = journal_.synced().reached();
    NumberRanges resolved;
    for (const auto& [number, last] : unsynced_) {
        if (last <= synced) resolved.add(number);
    }
    if (resolved.empty()) return {};
    if (auto marked = letters_.mark_resolved(resolved); !marked) {
        return failure_while("mark dead letters that the journal has", marked.error());
    }
    std::erase_if(unsynced_, [&](const auto& each) { return each.second <= synced; });
    return {};
}

}  // namespace eventfwd
