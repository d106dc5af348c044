// The options of a sink of type syslog, with their defaults: the server, and what a message looks
// like.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>

#include "net/tls_options.h"
#include "sinks/syslog/syslog_address.h"

namespace eventfwd {

// By number, as RFC 5424 section 6.2.1 has them.
constexpr std::array<std::string_view, 24> kSyslogFacilities{
    "kern",   "user",   "mail",     "daemon", "auth",   "syslog", "lpr",    "news",
    "uucp",   "cron",   "authpriv", "ftp",    "ntp",    "audit",  "alert",  "clock",
    "local0", "local1", "local2",   "local3", "local4", "local5", "local6", "local7"};
constexpr std::array<std::string_view, 8> kSyslogSeverities{"emerg",   "alert",  "crit", "err",
                                                            "warning", "notice", "info", "debug"};

struct SyslogFormat {
    enum class Protocol {
        rfc5424,  // <PRI>1 TIME HOST eventfwd PID EVENT - LINE, the event's time in microseconds
        rfc3164,  // <PRI>Mmm dd hh:mm:ss HOST eventfwd[PID]: LINE, in this machine's time zone
    };
    enum class Framing {
        octet_counting,  // the length in front (RFC 6587, 3.4.1): nothing can be taken for an end
        lf,              // a line feed behind: lines hold none
        none,            // of datagrams
    };
    Protocol protocol = Protocol::rfc5424;

    // Of streams; TLS takes octet_counting alone (RFC 5425).
    Framing framing = Framing::octet_counting;

    // Index of kSyslogFacilities, of every message: local0.
    std::size_t facility = 16;

    // Index of kSyslogSeverities, of every message: info.
    std::size_t severity = 6;

    // This machine's name, in every message; empty: none is sent.
    std::string host;

    bool operator==(const SyslogFormat&) const = default;
};

struct SyslogPeer {
    SyslogAddress address;

    // Of a connect, and of waiting for a peer that takes nothing.
    std::chrono::microseconds timeout = std::chrono::seconds(30);

    // Of a tls:// address.
    TlsOptions tls;

    bool operator==(const SyslogPeer&) const = default;
};

struct SyslogSinkOptions {
    SyslogPeer peer;
    SyslogFormat format;

    bool operator==(const SyslogSinkOptions&) const = default;
};

}  // namespace eventfwd
