#include "daemon/preflight/inspect_machine.h"

#include <fmt/format.h>
#include <grp.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <vector>

#include "core/contains.h"
#include "daemon/listen/datagram_socket.h"
#include "daemon/preflight/usable_path.h"
#include "sinks/file/path_template.h"

namespace eventfwd {
namespace {

bool is_root() {
    return ::geteuid() == 0;
}

// Whether a file of this process's can be given to GROUP.
bool is_member_of(gid_t group) {
    if (is_root() || group == ::getegid()) return true;
    std::vector<gid_t> groups(static_cast<std::size_t>(std::max(::getgroups(0, nullptr), 0)));
    const int count = ::getgroups(static_cast<int>(groups.size()), groups.data());
    groups.resize(static_cast<std::size_t>(std::max(count, 0)));
    return contains(groups, group);
}

class Inspection {
  public:
    explicit Inspection(const ReadSettings& read) : read_(read) {}

    Preflight take() && { return std::move(found_); }

    void inspect(const Settings& settings) {
        tell("journal.path", usable_directory(settings.journal.path));
        tell("dead_letters.path", usable_directory(settings.dead_letters.path));
        tell("control.path", usable_socket(settings.control_path));
        for (const InputSettings& input : settings.inputs) {
            part_ = "inputs." + input.intake.name;
            std::visit([this](const auto& source) { inspect(source); }, input.source);
        }
        for (const SinkSettings& sink : settings.sinks) {
            part_ = "sinks." + sink.courier.name;
            std::visit([this](const auto& options) { inspect(options); }, sink.destination);
        }
    }

  private:
    void inspect(const UdpOptions& udp) {
        for (const Address& address : udp.listen) {
            const auto socket = open_udp_socket(address, udp.datagram.receive_buffer_bytes);
            // In use: by the daemon itself, or by systemd for it.
            if (socket || socket.error().code == EADDRINUSE) continue;
            const bool can_do_without = address.family() == AF_INET6 && udp.listen.size() > 1;
            if (!can_do_without) tell(part_ + ".listen", std::unexpected(socket.error()));
        }
    }

    void inspect(const UnixDatagramOptions& local) {
        tell(part_ + ".path", usable_socket(local.path));
    }

    void inspect(const FileSinkOptions& file) {
        const auto path = PathTemplate::parse(file.path);
        const bool is_fixed = path && path->is_fixed();
        tell(part_ + ".path", is_fixed ? usable_file(file.path) : usable_directory(path->root()));
        if (file.group && !is_member_of(*file.group)) {
            tell(part_ + ".group", system_failure("give files to", "this group", EPERM));
        }
    }

    // What is given to a service need not be there for an operator at a terminal.
    void inspect(const HecSinkOptions& hec) {
        const SecretSource& token = hec.token;
        const auto secret = read_secret(token);
        if (secret) return;
        const bool is_given = token.file.empty()
                                  ? ::getenv(token.environment.c_str()) == nullptr
                                  : secret.error().code == ENOENT && !token.credential.empty() &&
                                        ::getenv("CREDENTIALS_DIRECTORY") == nullptr;
        if (!is_given) return tell(part_ + ".token_file", std::unexpected(secret.error()));
        if (token.file.empty()) {
            return warn(part_ + ".token_env",
                        secret.error().message + " here; the daemon has to find it set");
        }
        warn(part_ + ".token_file",
             fmt::format("{}; the daemon has to be given a credential of that name (systemd's "
                         "LoadCredential=)",
                         secret.error().message));
    }

    void inspect(const StdoutSinkOptions&) {}
    void inspect(const SyslogSinkOptions&) {}

    void tell(const std::string& path, const Result<>& result) {
        if (result) return;
        const int code = result.error().code;
        std::string message = result.error().message;
        if (code == EROFS) message += "; a unit of systemd allows it by ReadWritePaths=";
        if (is_root() || (code != EACCES && code != EPERM)) {
            found_.problems.push_back(read_.diagnostic(path, message));
        } else {
            warn(path, fmt::format("{}, for user {}; the daemon's user may be allowed to", message,
                                   ::geteuid()));
        }
    }

    void warn(const std::string& path, const std::string& message) {
        found_.warnings.push_back(read_.diagnostic(path, message));
    }

    const ReadSettings& read_;
    std::string part_;  // of the configuration, that is being inspected
    Preflight found_;
};

}  // namespace

Preflight inspect_machine(const ReadSettings& read) {
    Inspection inspection(read);
    inspection.inspect(read.settings);
    return std::move(inspection).take();
}

}  // namespace eventfwd
