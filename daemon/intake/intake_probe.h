// What an intake reports about itself.
#pragma once

#include <cstddef>
#include <string>

#include "core/result.h"

namespace eventfwd {

class IntakeProbe {
  public:
    virtual ~IntakeProbe() = default;
    virtual void journal_full(const std::string& /*input*/, const Error& /*error*/) {}
    virtual void journal_has_room(const std::string& /*input*/) {}
    virtual void events_lost(const std::string& /*input*/, std::size_t /*count*/, const Error&) {}
    virtual void dead_letters_failed(const Error& /*error*/) {}
};

}  // namespace eventfwd
