// The options of a courier, with their defaults: which events its sink gets, in what form, how many
// at once, and when they are sent again. Every sink has them, whatever its type.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>

#include "core/text/glob.h"
#include "formatter/line/forms.h"

namespace eventfwd {

// Which events a sink gets; default: all. An event has to pass both lists.
struct MatchOptions {
    GlobList application;
    GlobList event;

    bool passes_all() const { return application.passes_all() && event.passes_all(); }
    bool operator==(const MatchOptions&) const = default;
};

// How much is sent at once. The first event after a pause is sent at once.
struct BatchOptions {
    // Bytes of lines, as the journal holds them.
    std::size_t bytes_max = 512 * 1024;

    // Events.
    std::size_t count_max = 100'000;

    // How long a courier waits for more under a steady load. No append wakes the courier before
    // half of this is over, the next one does, and after all of it the courier takes what is there.
    // Long enough that waking up costs little, short enough that no reader waits for a line.
    std::chrono::microseconds linger = std::chrono::milliseconds(3);

    bool operator==(const BatchOptions&) const = default;
};

// How long a courier waits before it sends a batch again: see retry_policy.h.
struct RetryOptions {
    // After the first failure, doubled with each one that follows. Not above max.
    std::chrono::microseconds initial = std::chrono::milliseconds(500);

    // The longest wait, and the wait where only a person can help.
    std::chrono::microseconds max = std::chrono::seconds(60);

    bool operator==(const RetryOptions&) const = default;
};

struct CourierOptions {
    // The sink's, in the configuration.
    std::string name;

    MatchOptions match;

    // How events are rendered for the sink.
    Form form = Form::line;

    // Where a sink that is new to the journal begins: at the oldest event, or behind the newest.
    bool from_start = true;

    RetryOptions retry;

    // Whether a saved cursor is brought to stable storage. False where the journal itself is never
    // synced.
    bool durable_cursor = true;

    BatchOptions batch;

    // A cursor that has moved is saved after that long at the latest.
    std::chrono::microseconds save_interval = std::chrono::seconds(1);

    bool operator==(const CourierOptions&) const = default;
};

}  // namespace eventfwd
