#include "daemon/cli/daemon_answer.h"

#include <boost/json.hpp>

#include "daemon/cli/complaints.h"
#include "daemon/control/control_client.h"

namespace eventfwd {

Result<boost::json::object> ask_for_object(const std::string& control_path,
                                           const std::string& request) {
    const auto answer = ask_daemon(control_path, request);
    if (!answer) return std::unexpected(answer.error());
    boost::system::error_code error;
    const boost::json::value value = boost::json::parse(*answer, error);
    if (error || !value.is_object()) {
        return failure("the daemon's answer cannot be read; is it of another version?");
    }
    const auto* const refusal = value.as_object().if_contains("error");
    if (refusal != nullptr && refusal->is_string()) {
        return failure(std::string(refusal->as_string()));
    }
    return value.as_object();
}

std::optional<boost::json::object> answer_or_complaint(const std::string& control_path,
                                                       const std::string& request) {
    auto answer = ask_for_object(control_path, request);
    if (answer) return std::move(*answer);
    fail(answer.error().message);
    return std::nullopt;
}

std::uint64_t number_of(const boost::json::object& object, std::string_view name) {
    return object.at(name).to_number<std::uint64_t>();
}

}  // namespace eventfwd
