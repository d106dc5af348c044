// The status as people read it: once, or again and again on a live screen. Pure.
#pragma once

#include <boost/json/object.hpp>
#include <string>

namespace eventfwd {

struct StatusTextOptions {
    bool colours = false;                         // a terminal's escape sequences
    const boost::json::object* before = nullptr;  // an earlier status, for events a second
};

// STATUS is the JSON that the daemon answers with. Several lines.
std::string status_text(const boost::json::object& status, const StatusTextOptions& options);

}  // namespace eventfwd
