#include "daemon/config/inputs_reader.h"

#include <fmt/format.h>

#include <array>

#include "core/text/whole_number.h"

namespace eventfwd {
namespace {

std::vector<InputSettings> default_inputs(const ReadContext& context) {
    InputSettings udp;
    udp.intake.name = "packets";
    udp.intake.application = context.application;
    udp.listen = {*Address::parse("127.0.0.1:8514"), *Address::parse("[::1]:8514")};
    InputSettings local;
    local.kind = InputSettings::Kind::unix_datagram;
    local.intake.name = "local";
    local.intake.application = context.application;
    local.path = context.base.runtime + "/events.sock";
    return {udp, local};
}

void read_udp(Section& section, ReadContext& context, InputSettings& input) {
    const auto texts = section.texts("listen", {"127.0.0.1:8514", "[::1]:8514"});
    for (std::size_t at = 0; at < texts.size(); ++at) {
        const auto address = Address::parse(texts[at]);
        if (!address) {
            section.problem_in("listen", at,
                               fmt::format("expected an address like 127.0.0.1:8514 or "
                                           "\"[::1]:8514\", found '{}'",
                                           texts[at]));
            continue;
        }
        const bool is_any_port = address->text().ends_with(":0");
        if (!is_any_port) context.take_once(section, "listen", "udp " + address->text());
        input.listen.push_back(*address);
    }
    if (section.has("listen") && texts.empty()) {
        section.problem("listen", "expected at least one address");
    }
}

void read_unix_datagram(Section& section, ReadContext& context, InputSettings& input) {
    input.path = context.socket_path(section, "path", context.base.runtime + "/events.sock");
    input.mode = section.mode("mode", input.mode);
    const auto texts = section.texts("allow_uids", {});
    for (std::size_t at = 0; at < texts.size(); ++at) {
        const auto uid = whole_number<uid_t>(texts[at]);
        if (!uid) {
            section.problem_in("allow_uids", at,
                               fmt::format("expected user ids, found '{}'", texts[at]));
        }
        input.intake.allow_uids.push_back(uid.value_or(0));
    }
}

InputSettings read_input(const std::string& name, Section& section, ReadContext& context) {
    constexpr std::array<std::string_view, 2> kTypes{"udp", "unix_datagram"};  // as Kind
    constexpr std::array<std::string_view, 2> kZones{"utc", "local"};
    InputSettings input;
    if (!section.has("type")) section.problem("type", "missing; expected udp or unix_datagram");
    const std::size_t type = section.choice("type", kTypes, kTypes.size());
    input.intake.name = name;
    DecodeOptions& decode = input.intake.decode;
    decode.packet_bytes_max = section.size("max_packet", decode.packet_bytes_max, 1_KiB, 1_MiB);
    decode.naive_time = section.choice("naive_time", kZones, decode.naive_time);
    input.intake.application = section.text("application", context.application);
    if (input.intake.application.size() > kNameBytesMax) {
        section.problem("application", fmt::format("expected at most {} bytes", kNameBytesMax));
    }
    input.receive_buffer_bytes =
        section.size("receive_buffer", input.receive_buffer_bytes, 4_KiB, 1_GiB);
    if (type == kTypes.size()) {  // what is common to all types has been read
        section.accept_unknown();
        return input;
    }
    input.kind = static_cast<InputSettings::Kind>(type);
    if (input.kind == InputSettings::Kind::udp) {
        read_udp(section, context, input);
    } else {
        read_unix_datagram(section, context, input);
    }
    return input;
}

}  // namespace

std::vector<InputSettings> read_inputs(Section& root, ReadContext& context) {
    if (!root.has("inputs")) {
        root.section("inputs");
        return default_inputs(context);
    }
    std::vector<InputSettings> inputs;
    each_named(root, "inputs", [&](const std::string& name, Section& section) {
        inputs.push_back(read_input(name, section, context));
    });
    return inputs;
}

std::string describe(const InputSettings& input) {
    if (input.kind == InputSettings::Kind::unix_datagram) {
        return fmt::format("unix_datagram {} (mode {:04o})", input.path, input.mode);
    }
    std::string text = "udp";
    for (const Address& address : input.listen)
        text += " " + address.text();
    return text;
}

Warnings warnings_of(const InputSettings& input) {
    Warnings warnings;
    for (const Address& address : input.listen) {
        if (address.is_loopback()) continue;
        warnings.push_back({"", address.text() +
                                    " can be reached from other machines; UDP has no sender that "
                                    "could be trusted"});
    }
    return warnings;
}

}  // namespace eventfwd
