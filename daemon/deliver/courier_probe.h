// What a courier reports about itself.
#pragma once

#include <chrono>
#include <string>

#include "daemon/deliver/redelivery.h"
#include "journal/tail_reader.h"
#include "sinks/sink.h"

namespace eventfwd {

class CourierProbe {
  public:
    virtual ~CourierProbe() = default;
    virtual void trouble_began(const std::string& /*sink*/, const std::string& /*reason*/) {}
    // Trouble that only a person can end.
    virtual void held(const std::string& /*sink*/, const std::string& /*reason*/) {}
    virtual void trouble_ended(const std::string& /*sink*/, std::uint64_t /*attempts*/,
                               std::chrono::microseconds /*after*/) {}
    virtual void shed(const std::string& /*sink*/, const Gap& /*gap*/) {}
    virtual void refused(const std::string& /*sink*/, std::size_t /*count*/,
                         const RefusedLine& /*first*/) {}
    virtual void skipped(const std::string& /*sink*/, std::uint64_t /*up_to*/) {}
    virtual void redelivery_failed(const std::string& /*sink*/, const Error& /*error*/) {}
    virtual void redelivery_ended(const std::string& /*sink*/, const RedeliveryStatus& /*status*/) {
    }
    virtual void cursor_missing(const std::string& /*sink*/, const std::string& /*why*/,
                                std::uint64_t /*begins_at*/) {}
    virtual void cursor_not_saved(const std::string& /*sink*/, const Error& /*error*/) {}
};

}  // namespace eventfwd
