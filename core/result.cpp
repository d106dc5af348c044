#include "core/result.h"

#include <fmt/format.h>

#include <system_error>

namespace eventfwd {

std::string error_text(int code) {
    return std::generic_category().message(code);
}

std::unexpected<Error> failure(std::string message, int code) {
    return std::unexpected(Error{std::move(message), code});
}

std::unexpected<Error> system_failure(std::string_view attempted, std::string_view object,
                                      int code) {
    return failure(fmt::format("{} {}: {}", attempted, object, error_text(code)), code);
}

std::unexpected<Error> failure_while(std::string_view doing, const Error& cause) {
    return failure(fmt::format("{}: {}", doing, cause.message), cause.code);
}

}  // namespace eventfwd
