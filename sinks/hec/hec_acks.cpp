#include "sinks/hec/hec_acks.h"

#include <algorithm>
#include <boost/json.hpp>

namespace eventfwd {

namespace json = boost::json;

HecAcks::Ticket HecAcks::expect(std::uint64_t id) {
    const Ticket ticket = next_ticket_++;
    entries_[ticket] = {id, State::waiting};
    if (highest_ && id <= *highest_) {
        begin_channel();
        is_confused_ = true;
    }
    highest_ = id;
    return ticket;
}

bool HecAcks::is_waiting() const {
    return std::ranges::any_of(
        entries_, [](const auto& entry) { return entry.second.state == State::waiting; });
}

void HecAcks::begin_channel() {
    for (auto& [ticket, entry] : entries_) {
        if (entry.state == State::waiting) entry.state = State::lost;
    }
    highest_.reset();
    is_confused_ = false;
}

std::string HecAcks::question() const {
    std::string question = "{\"acks\":[";
    for (const auto& [ticket, entry] : entries_) {
        if (entry.state != State::waiting) continue;
        if (!question.ends_with('[')) question += ',';
        question += std::to_string(entry.id);
    }
    return question += "]}";
}

bool HecAcks::apply(std::string_view body) {
    boost::system::error_code error;
    const json::value value = json::parse(body, error);
    if (error || !value.is_object()) return false;
    const json::value* const acks = value.get_object().if_contains("acks");
    if (acks == nullptr || !acks->is_object()) return false;
    for (auto& [ticket, entry] : entries_) {
        if (entry.state != State::waiting) continue;
        const json::value* const is_done = acks->get_object().if_contains(std::to_string(entry.id));
        if (is_done != nullptr && is_done->is_bool() && is_done->get_bool()) {
            entry.state = State::acknowledged;
        }
    }
    return true;
}

}  // namespace eventfwd
