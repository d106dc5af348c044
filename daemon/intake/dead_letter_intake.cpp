#include "daemon/intake/dead_letter_intake.h"

#include <limits>

namespace eventfwd {

Result<LettersTaken> DeadLetterIntake::take(const IntakeOptions& options,
                                            const LetterChoice& choice, std::size_t bytes_max) {
    const std::lock_guard lock(mutex_);
    if (auto marked = mark(); !marked) return std::unexpected(marked.error());
    LetterWalk walk = letters_.walk(choice);
    Decoder decoder(options.decode);
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
            const auto done = take_letter(**kept, options, decoder, taken);
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
                                       Decoder& decoder, LettersTaken& taken) {
    const auto letter = parse_letter(kept.json);
    if (!letter) {
        ++taken.unreadable;
        return {};
    }
    blocks_.clear();
    lines_.clear();
    refusal_.reset();
    decoder.decode({letter->bytes, letter->true_bytes, letter->time, options.application}, *this);
    end_block();
    if (blocks_.empty() && !refusal_) refusal_ = Refusal::empty;
    if (refusal_) {
        ++taken.refused;
        ++taken.reasons[static_cast<std::size_t>(*refusal_)];
        return {};
    }
    const auto last = append_blocks();
    if (!last) return std::unexpected(last.error());
    unsynced_[kept.number] = *last;
    ++taken.accepted;
    for (const Block& block : blocks_)
        taken.events += block.count;
    return {};
}

// The number of the last event.
Result<std::uint64_t> DeadLetterIntake::append_blocks() {
    std::uint64_t last = 0;
    for (const Block& block : blocks_) {
        const auto range = journal_.append(block.lines, block.count);
        if (!range) return std::unexpected(range.error());
        last = range->last;
        journaled_ += block.count;
    }
    return last;
}

void DeadLetterIntake::end_block() {
    if (lines_.empty()) return;
    blocks_.push_back({std::string(lines_.bytes()), lines_.count()});
    lines_.clear();
}

void DeadLetterIntake::accept(const Event& event, std::string_view piece) {
    if (!lines_.has_room()) end_block();
    if (const auto rendered = lines_.append(event); !rendered) refuse({rendered.error()}, piece);
}

void DeadLetterIntake::refuse(const Fault& fault, std::string_view /*piece*/) {
    if (!refusal_) refusal_ = fault.reason;
}

Result<> DeadLetterIntake::mark_synced() {
    const std::lock_guard lock(mutex_);
    return mark();
}

Result<> DeadLetterIntake::mark() {
    if (unsynced_.empty()) return {};
    const bool is_never = journal_.sync_policy().when == SyncPolicy::When::never;
    const std::uint64_t synced =
        is_never ? std::numeric_limits<std::uint64_t>::max() : journal_.status().synced;
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
