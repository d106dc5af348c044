// Waiting for another thread or process, without a sleep of a length that somebody guessed.
#pragma once

#include <chrono>
#include <thread>

namespace eventfwd::test {

// Whether CONDITION came to hold within a time that is long enough on any machine.
template <class Condition>
bool eventually(Condition&& condition) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (!condition()) {
        if (std::chrono::steady_clock::now() > deadline) return false;
        std::this_thread::yield();
    }
    return true;
}

}  // namespace eventfwd::test
