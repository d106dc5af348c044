// What a sink answers a batch. It does not decide what comes of that: retry_policy does.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace eventfwd {

// A line that the destination will never take.
struct RefusedLine {
    std::size_t index = 0;  // in the batch, from 0
    std::string reason;     // one word with underscores, for the dead letters
    std::string text;       // what the destination said
};

struct Outcome {
    enum class Kind {
        delivered,  // all of the batch, but for what is in refused
        try_again,  // not now, by no fault of this side
        hold,       // not until a person changes something: credentials, an index, a certificate
        reject,  // never as it is, because of the line at culprit; where that is unknown, of some
    };
    Kind kind = Kind::delivered;
    std::string reason;  // of try_again and hold, in words for the log and the status; of reject as
                         // in RefusedLine
    std::string text;    // of reject: what the destination said
    std::optional<std::size_t> culprit;              // of reject: index of a line in the batch
    std::optional<std::chrono::microseconds> after;  // of try_again: the destination's own wish
    std::size_t settled = 0;           // of try_again and hold: so many lines from the beginning
                                       // are delivered and need not be sent again
    std::size_t in_doubt = 0;          // lines that may arrive, or may have arrived, twice
    std::vector<RefusedLine> refused;  // of delivered; ascending

    static Outcome delivered() { return {}; }
    static Outcome try_again(std::string reason) {
        Outcome outcome;
        outcome.kind = Kind::try_again;
        outcome.reason = std::move(reason);
        return outcome;
    }
    static Outcome hold(std::string reason) {
        Outcome outcome;
        outcome.kind = Kind::hold;
        outcome.reason = std::move(reason);
        return outcome;
    }
    static Outcome reject(std::string reason, std::string text,
                          std::optional<std::size_t> culprit = {}) {
        Outcome outcome;
        outcome.kind = Kind::reject;
        outcome.reason = std::move(reason);
        outcome.text = std::move(text);
        outcome.culprit = culprit;
        return outcome;
    }
};

}  // namespace eventfwd
