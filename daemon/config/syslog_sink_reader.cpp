#include "daemon/config/syslog_sink_reader.h"

#include <fmt/format.h>

#include <array>
#include <optional>

#include "daemon/config/tls_reader.h"
#include "net/address.h"

namespace eventfwd {
namespace {

using namespace std::chrono_literals;

std::optional<SyslogAddress> read_address(Section& section) {
    const std::string text = section.text("address", "");
    if (!section.has("address")) {
        section.problem("address", "missing; expected an address like tcp://localhost:601");
        return std::nullopt;
    }
    const auto address = SyslogAddress::parse(text);
    if (address) return *address;
    section.problem("address", address.error().message);
    return std::nullopt;
}

// Tells of what ADDRESS has no use for.
void check_fit(Section& section, const SyslogAddress& address, SyslogFormat::Framing framing) {
    const bool is_tls = address.transport == SyslogAddress::Transport::tls;
    if (section.has("tls") && !is_tls) {
        section.problem("tls", "expected with a tls:// address alone");
    }
    if (section.has("framing") && address.is_datagram()) {
        section.problem("framing", "expected none for datagrams: each is one message");
    }
    if (is_tls && framing != SyslogFormat::Framing::octet_counting) {
        section.problem("framing", "expected octet_counting, as RFC 5425 has it for TLS");
    }
}

// Whether events go over it to other machines, for all on the way to read.
bool is_in_clear_text(const SyslogAddress& address) {
    using Transport = SyslogAddress::Transport;
    if (address.transport != Transport::udp && address.transport != Transport::tcp) return false;
    return !is_loopback_host(address.host);
}

}  // namespace

Destination read_syslog_sink(Section& section, ReadContext& context, const CourierOptions&) {
    constexpr std::array<std::string_view, 2> kProtocols{"rfc5424", "rfc3164"};
    constexpr std::array<std::string_view, 2> kFramings{"octet_counting", "lf"};
    SyslogSinkOptions options;
    SyslogPeer& peer = options.peer;
    SyslogFormat& format = options.format;
    peer.timeout = section.duration("timeout", peer.timeout, 10ms, 1h);
    format.protocol = section.choice("protocol", kProtocols, format.protocol);
    format.framing = section.choice("framing", kFramings, format.framing);
    peer.tls = read_tls(section.section("tls"), context);
    if (const auto address = read_address(section)) {
        check_fit(section, *address, format.framing);
        peer.address = *address;
        if (address->is_datagram()) format.framing = SyslogFormat::Framing::none;
    }
    format.facility = section.choice("facility", kSyslogFacilities, format.facility);
    format.severity = section.choice("severity", kSyslogSeverities, format.severity);
    format.host = section.text("host", context.host);
    return options;
}

std::string describe(const SyslogSinkOptions& syslog) {
    const bool is_new = syslog.format.protocol == SyslogFormat::Protocol::rfc5424;
    return fmt::format("syslog {}, {}, {}.{}", syslog.peer.address.text(),
                       is_new ? "RFC 5424" : "RFC 3164", kSyslogFacilities[syslog.format.facility],
                       kSyslogSeverities[syslog.format.severity]);
}

Warnings warnings_of(const SyslogSinkOptions& syslog) {
    Warnings warnings;
    if (is_in_clear_text(syslog.peer.address)) {
        warnings.push_back(
            {"", syslog.peer.address.text() +
                     " sends events in clear text over the network; tls:// would not"});
    }
    if (!syslog.peer.tls.verify) {
        warnings.push_back({"tls.verify", "false sends every event to whoever answers"});
    }
    return warnings;
}

}  // namespace eventfwd
