#include "daemon/deliver/letter_retry.h"

#include <algorithm>

#include "formatter/event.h"

namespace eventfwd {

Result<std::unique_ptr<LetterRetry>> LetterRetry::make(DeadLetters& letters, LetterChoice choice) {
    LetterWalk walk = letters.walk(choice);
    std::uint64_t total = 0;
    std::uint64_t last = 0;
    while (true) {
        const auto letter = walk.next();
        if (!letter) return std::unexpected(letter.error());
        if (!*letter) break;
        last = (*letter)->number;
        ++total;
    }
    choice.last = last;
    return std::unique_ptr<LetterRetry>(new LetterRetry(letters, std::move(choice), total));
}

LetterRetry::LetterRetry(DeadLetters& letters, LetterChoice choice, std::uint64_t total)
    : letters_(letters), walk_(letters.walk(std::move(choice))) {
    status_.what = "retry";
    status_.total = total;
}

Result<bool> LetterRetry::load(InFlightBatch& in_flight, std::size_t bytes_max,
                               std::size_t count_max) {
    if (!marked_) return failure_while("mark dead letters that were delivered", marked_.error());
    if (loaded_.empty()) {
        if (auto read_on = read(bytes_max, count_max); !read_on) {
            return std::unexpected(read_on.error());
        }
    }
    if (loaded_.empty()) {
        status_.gone = status_.total - status_.sent - status_.refused - status_.left_out;
        status_.done = status_.total;
        status_.is_over = true;
        return false;
    }
    std::vector<LineRun> runs;
    for (const Loaded& each : loaded_)
        runs.push_back({each.sequence, 1, each.line});
    in_flight.take(runs, {});
    return true;
}

// Letters that went meanwhile, or that are none, are skipped.
Result<> LetterRetry::read(std::size_t bytes_max, std::size_t count_max) {
    std::size_t bytes = 0;
    while (bytes < bytes_max && loaded_.size() < count_max) {
        const auto kept = walk_.next();
        if (!kept) return std::unexpected(kept.error());
        if (!*kept) break;
        auto letter = parse_letter((*kept)->json);
        const bool is_line = letter && letter->sequence > 0 &&
                             letter->bytes.size() <= kLineBytesMax && !letter->bytes.contains('\n');
        if (!is_line) continue;
        bytes += letter->bytes.size() + 1;
        loaded_.push_back({(*kept)->number, letter->sequence, std::move(letter->bytes) + "\n"});
    }
    std::ranges::stable_sort(loaded_, {}, &Loaded::sequence);
    return {};
}

void LetterRetry::settle(const InFlightBatch& in_flight, const std::vector<RefusedLine>& refused) {
    NumberRanges resolved;
    LineWalk batch(in_flight.batch.sources);
    std::size_t index = 0;  // in the batch
    std::string_view next = in_flight.batch.count > 0 ? batch.next() : std::string_view{};
    auto refusal = refused.begin();
    for (std::size_t at = 0; at < loaded_.size(); ++at) {
        // The batch views the lines of IN_FLIGHT, those that the sink's match lets pass.
        if (index == in_flight.batch.count || in_flight.runs()[at].lines.data() != next.data()) {
            ++status_.left_out;
            continue;
        }
        if (refusal != refused.end() && refusal->index == index) {
            ++status_.refused;
            status_.last_refusal = refusal->reason;
            if (!refusal->text.empty()) status_.last_refusal += ": " + refusal->text;
            ++refusal;
        } else {
            ++status_.sent;
            resolved.add(loaded_[at].number);
        }
        if (++index < in_flight.batch.count) next = batch.next();
    }
    status_.done += loaded_.size();
    loaded_.clear();
    if (!resolved.empty()) marked_ = letters_.mark_resolved(resolved);
}

}  // namespace eventfwd
