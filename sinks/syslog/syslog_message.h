// Lines as syslog messages, of RFC 5424 or of RFC 3164, framed for the way they go. Pure: a batch
// in, the bytes for the wire out, in one buffer that is used again for the next batch.
#pragma once

#include <array>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "formatter/line/line_parser.h"
#include "sinks/sink.h"

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
    Framing framing = Framing::octet_counting;
    std::size_t facility = 16;  // index of kSyslogFacilities
    std::size_t severity = 6;   // index of kSyslogSeverities
    std::string host;           // empty: none is told

    bool operator==(const SyslogFormat&) const = default;
};

// Messages one behind the other, in the order of a batch's lines.
struct SyslogMessages {
    std::string_view bytes;
    std::span<const std::size_t> ends;  // of each message, in bytes

    std::size_t count() const { return ends.size(); }
    std::size_t begin_of(std::size_t index) const { return index == 0 ? 0 : ends[index - 1]; }
    std::string_view message(std::size_t index) const {
        return bytes.substr(begin_of(index), ends[index] - begin_of(index));
    }
};

// Not shared between threads.
class SyslogRenderer {
  public:
    // PROCESS_ID is told in every message.
    SyslogRenderer(const SyslogFormat& format, int process_id);

    // Time and event are those of the batch's sources, the text those of its runs. The messages
    // live until the next call.
    SyslogMessages render(const Batch& batch);

  private:
    void append(std::string_view source, std::string_view line);
    void append_framed(std::string_view time, std::string_view name, std::string_view line);
    std::string_view local_time(Instant instant);

    const SyslogFormat::Protocol protocol_;
    const SyslogFormat::Framing framing_;
    std::string before_time_;
    std::string behind_time_;
    std::string behind_name_;
    LineParser parser_;
    std::string buffer_;
    std::vector<std::size_t> ends_;
    std::chrono::sys_seconds second_{std::chrono::seconds::min()};  // that local_time_ shows
    std::string local_time_;
};

// What of TEXT a header's field can show (PRINTUSASCII, RFC 5424 section 6), at most BYTES_MAX of
// it; "-" where nothing is left.
std::string syslog_field(std::string_view text, std::size_t bytes_max);

}  // namespace eventfwd
