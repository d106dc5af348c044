#include "daemon/cli/daemon_answer.h"

#include <fmt/format.h>
#include <unistd.h>

#include <boost/json.hpp>

#include "daemon/cli/complaints.h"
#include "daemon/config/settings.h"
#include "daemon/control/control_client.h"

namespace eventfwd {

namespace {

// Of a daemon that was looked for elsewhere, and is the system's.
std::string system_hint(const std::string& control_path) {
    const std::string path = BaseDirectories::of_system().runtime + "/control.sock";
    if (control_path == path || ::access(path.c_str(), F_OK) != 0) return "";
    return fmt::format("; the system's daemon listens at {}: ask it as root, or with -c {}", path,
                       kDefaultSettingsFile);
}

}  // namespace

Result<boost::json::object> ask_for_object(const std::string& control_path,
                                           const std::string& request) {
    const auto answer = ask_daemon(control_path, request);
    if (!answer) return failure(answer.error().message + system_hint(control_path));
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
