// Expected failures travel as values. An Error says what was attempted, on which object, and the
// system's reason, in words that can be shown to a person as they are.
#pragma once

#include <cerrno>
#include <expected>
#include <string>
#include <string_view>

namespace eventfwd {

struct Error {
    std::string message;
    int code = 0;  // errno where the system gave one, else 0
};

template <class T = void>
using Result = std::expected<T, Error>;

std::unexpected<Error> failure(std::string message, int code = 0);

// "ATTEMPTED OBJECT: reason of CODE", as in "append to /var/x/000042.seg: No space left on device".
std::unexpected<Error> system_failure(std::string_view attempted, std::string_view object,
                                      int code = errno);

// The same error with what was being done in front of it.
std::unexpected<Error> failure_while(std::string_view doing, const Error& cause);

// The text of an errno value, thread-safe.
std::string error_text(int code);

}  // namespace eventfwd
