// What comes back from an HTTP server, and how a request ended.
#pragma once

#include <string>
#include <vector>

namespace eventfwd {

struct HttpAnswer {
    unsigned status = 0;
    std::string retry_after;               // the header's value; empty: there was none
    std::string body;                      // empty where it was larger than the limit
    std::vector<std::string> set_cookies;  // the values of these headers
};

// How a request ended.
struct HttpExchange {
    enum class End {
        answered,
        not_connected,  // no byte of it was sent
        not_written,    // it broke before all of it was out: it was certainly not taken
        no_answer,      // all of it was out, and no whole answer came: nobody knows
    };
    End end = End::not_connected;
    std::string error;            // in words, unless it was answered
    bool is_certificate = false;  // the error is that one side does not trust the other
    HttpAnswer answer;            // if it was answered
};

}  // namespace eventfwd
