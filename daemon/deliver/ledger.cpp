#include "daemon/deliver/ledger.h"

#include <array>
#include <utility>

namespace eventfwd {
namespace {

constexpr std::array<std::pair<const char*, std::uint64_t Ledger::*>, 12> kFields{{
    {"joined", &Ledger::joined},
    {"delivered", &Ledger::delivered},
    {"filtered", &Ledger::filtered},
    {"dead_lettered", &Ledger::dead_lettered},
    {"shed_full", &Ledger::shed_full},
    {"shed_skipped", &Ledger::shed_skipped},
    {"shed_damaged", &Ledger::shed_damaged},
    {"shed_unknown", &Ledger::shed_unknown},
    {"in_doubt", &Ledger::in_doubt},
    {"replayed", &Ledger::replayed},
    {"letters_delivered", &Ledger::letters_delivered},
    {"retries", &Ledger::retries},
}};

}  // namespace

std::uint64_t Ledger::* counter_of(Gap::Why why) {
    switch (why) {
        case Gap::Why::shed:
            return &Ledger::shed_full;
        case Gap::Why::left_out:
            return &Ledger::shed_unknown;
        case Gap::Why::damaged:
            break;
    }
    return &Ledger::shed_damaged;
}

void Ledger::add(const Ledger& counts) {
    for (const auto& [name, field] : kFields) {
        if (field != &Ledger::joined) this->*field += counts.*field;
    }
}

void Ledger::take_beside(const Ledger& other) {
    in_doubt = other.in_doubt;
    replayed = other.replayed;
    letters_delivered = other.letters_delivered;
    retries = other.retries;
}

void Ledger::save(Record& record) const {
    for (const auto& [name, field] : kFields)
        record.add(name, this->*field);
}

Ledger Ledger::load(const Record& record) {
    Ledger ledger;
    for (const auto& [name, field] : kFields)
        ledger.*field = record.number(name).value_or(0);
    return ledger;
}

}  // namespace eventfwd
