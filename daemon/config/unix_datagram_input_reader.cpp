#include "daemon/config/unix_datagram_input_reader.h"

#include <fmt/format.h>

#include "core/file_system.h"
#include "core/text/whole_number.h"
#include "daemon/config/datagram_reader.h"

namespace eventfwd {
namespace {

std::vector<uid_t> read_uids(Section& section) {
    std::vector<uid_t> uids;
    const std::vector<std::string> texts = section.texts("allow_uids", {});
    for (std::size_t at = 0; at < texts.size(); ++at) {
        const auto uid = whole_number<uid_t>(texts[at]);
        if (!uid) {
            section.problem_in("allow_uids", at,
                               fmt::format("expected user ids, found '{}'", texts[at]));
        }
        uids.push_back(uid.value_or(0));
    }
    return uids;
}

}  // namespace

Source read_unix_datagram_input(Section& section, ReadContext& context, IntakeOptions& intake) {
    UnixDatagramOptions unix_datagram;
    unix_datagram.datagram = read_datagram(section, intake.decode);
    // Beside the runtime directory, which systemd removes when the service stops.
    const std::string& runtime = context.base.runtime;
    unix_datagram.path = context.socket_path(
        section, "path", runtime.empty() ? "" : parent_path(runtime), "eventfwd.sock");
    unix_datagram.mode = section.mode("mode", unix_datagram.mode);
    intake.allow_uids = read_uids(section);
    return unix_datagram;
}

std::string describe(const UnixDatagramOptions& unix_datagram) {
    return fmt::format("unix_datagram {} (mode {:04o})", unix_datagram.path, unix_datagram.mode);
}

Warnings warnings_of(const UnixDatagramOptions&) {
    return {};
}

}  // namespace eventfwd
