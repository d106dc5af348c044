#include "sinks/hec/hec_body.h"

#include <fmt/format.h>

#include <charconv>
#include <iterator>

#include "core/text/block.h"
#include "core/text/json_escape.h"
#include "core/text/timestamp.h"
#include "core/text/utf8.h"

namespace eventfwd {
namespace {

constexpr std::string_view kTime = "\"time\":";
constexpr std::string_view kReplayed = "\",\"replayed\":\"true";
constexpr std::string_view kEnd = "\"}}";
constexpr std::size_t kNumberBytesMax = 20;
constexpr std::size_t kTimeBytesMax = 24;
constexpr std::int64_t kMicrosPerSecond = 1'000'000;

void append_member(std::string& out, std::string_view name, std::string_view value) {
    if (value.empty()) return;
    out.append(json_quoted(name)).append(":").append(json_quoted(value)).append(",");
}

char* write_number(char* out, std::uint64_t number) {
    return std::to_chars(out, out + kNumberBytesMax, number).ptr;
}

// Seconds since 1970 with six decimals.
char* write_time(char* out, Instant instant) {
    std::int64_t micros = instant.time_since_epoch().count();
    if (micros < 0) {
        *out++ = '-';
        micros = -micros;
    }
    out = write_number(out, static_cast<std::uint64_t>(micros / kMicrosPerSecond));
    *out++ = '.';
    auto fraction = static_cast<std::uint32_t>(micros % kMicrosPerSecond);
    for (int place = 5; place >= 0; --place) {
        out[place] = static_cast<char>('0' + fraction % 10);
        fraction /= 10;
    }
    return out + 6;
}

// By RFC 3986, section 2.1.
void append_percent_encoded(std::string& out, std::string_view text) {
    for (const char c : text) {
        const bool is_unreserved = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                                   (c >= '0' && c <= '9') || std::string_view("-._~").contains(c);
        if (is_unreserved) {
            out += c;
        } else {
            fmt::format_to(std::back_inserter(out), "%{:02X}", static_cast<unsigned char>(c));
        }
    }
}

void append_parameter(std::string& out, std::string_view name, std::string_view value) {
    if (value.empty()) return;
    out += out.contains('?') ? '&' : '?';
    out.append(name).append("=");
    append_percent_encoded(out, value);
}

}  // namespace

HecBodyWriter::HecBodyWriter(const HecEnvelope& envelope, std::string_view journal_id)
    : is_raw_(envelope.endpoint == HecEndpoint::raw), has_objects_(envelope.has_objects) {
    append_member(before_event_, "host", envelope.host);
    append_member(before_event_, "source", envelope.source);
    append_member(before_event_, "sourcetype", envelope.sourcetype);
    append_member(before_event_, "index", envelope.index);
    before_event_ += "\"event\":";
    before_number_ = ",\"fields\":{";
    for (const auto& [name, value] : envelope.fields)
        before_number_.append(json_quoted(name)).append(":").append(json_quoted(value)).append(",");
    before_number_.append("\"eventfwd_id\":\"").append(journal_id).append("-");
}

void HecBodyWriter::append(ByteBuffer& out, const Batch& batch) const {
    if (is_raw_) {
        for (const LineRun& run : batch.runs)
            out.append(run.lines);
        return;
    }
    const std::size_t around = before_event_.size() + before_number_.size() + kTime.size() +
                               kTimeBytesMax + kNumberBytesMax + kReplayed.size() + kEnd.size() +
                               2 * Block::kBytes;
    (void)out.room(batch.bytes() + batch.count * around);  // at once: growing would take both
    LineWalk sources(batch.sources);
    for (const LineRun& run : batch.runs) {
        std::uint64_t sequence = run.first_sequence;
        for (std::string_view rest = run.lines; !rest.empty(); ++sequence) {
            const std::string_view line = rest.substr(0, rest.find('\n'));
            rest.remove_prefix(line.size() + 1);
            char* const to = out.room(kJsonGrowthMax * line.size() + around);
            out.keep(write_event(to, line, sources.next(), sequence, batch.is_replay));
        }
    }
}

char* HecBodyWriter::write_event(char* out, std::string_view line, std::string_view source,
                                 std::uint64_t sequence, bool is_replay) const {
    *out++ = '{';
    if (const auto time = parse_rendered_timestamp(source.substr(0, kTimestampBytes))) {
        out = copy_short(out, kTime);
        out = write_time(out, *time);
        *out++ = ',';
    }
    out = copy_short(out, before_event_);
    if (has_objects_ && line.starts_with('{')) {
        out = copy_short(out, line);
    } else {
        *out++ = '"';
        out = write_json_escaped(out, line);
        *out++ = '"';
    }
    out = copy_short(out, before_number_);
    out = write_number(out, sequence);
    if (is_replay) out = copy_short(out, kReplayed);
    return copy_short(out, kEnd);
}

std::string hec_target(const HecEnvelope& envelope, const Url& url, std::string_view channel) {
    if (envelope.endpoint == HecEndpoint::event) return url.prefix + "/services/collector/event";
    std::string target = url.prefix + "/services/collector/raw";
    append_parameter(target, "channel", channel);
    append_parameter(target, "host", envelope.host);
    append_parameter(target, "source", envelope.source);
    append_parameter(target, "sourcetype", envelope.sourcetype);
    append_parameter(target, "index", envelope.index);
    return target;
}

void append_hec_head(std::string& out, const HecHead& head) {
    const auto header = [&out](std::string_view name, std::string_view value) {
        if (!value.empty()) out.append(name).append(": ").append(value).append("\r\n");
    };
    out.append("POST ").append(head.target).append(" HTTP/1.1\r\n");
    header("Host", head.authority);
    out.append("Authorization: Splunk ").append(head.token).append("\r\n");
    header("User-Agent", "eventfwd");
    header("Accept-Encoding", "identity");
    header("Content-Type", "application/json");
    if (head.is_gzip) header("Content-Encoding", "gzip");
    header("X-Splunk-Request-Channel", head.channel);
    header("Cookie", head.cookies);
    header("Content-Length", std::to_string(head.content_length));
    out += "\r\n";
}

}  // namespace eventfwd
