// Lines as syslog messages, of RFC 5424 or of RFC 3164, framed for the way they go. Pure: a batch
// in, the bytes for the wire out, in one buffer that is used again for the next batch.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "formatter/line/line_parser.h"
#include "sinks/sink.h"
#include "sinks/syslog/syslog_options.h"

namespace eventfwd {

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
