// Events of arbitrary bytes, for properties that must hold for all of them.
#pragma once

#include <deque>
#include <random>
#include <string>
#include <vector>

#include "formatter/event.h"

namespace eventfwd::test {

// An event together with the memory that its views point into.
struct OwnedEvent {
    std::deque<std::string> texts;
    std::vector<Property> properties;
    Event event;
};

// Bytes that are likely to hurt: quotes, controls, pieces of UTF-8, whole words of the grammar.
std::string random_bytes(std::mt19937_64& random, std::size_t size_max);

OwnedEvent random_event(std::mt19937_64& random);

}  // namespace eventfwd::test
