#include "sinks/syslog/syslog_message.h"

#include <fmt/format.h>

#include <charconv>
#include <ctime>

#include "core/text/timestamp.h"

namespace eventfwd {
namespace {

constexpr std::size_t kHostnameBytesMax = 255;  // RFC 5424 section 6
constexpr std::size_t kMessageIdBytesMax = 32;  // the same
constexpr std::string_view kNil = "-";

constexpr bool is_printable(char c) {
    return c >= '!' && c <= '~';
}

// Writes to OUT, which has room for kMessageIdBytesMax, what syslog_field makes of NAME.
std::string_view message_id(char* out, std::string_view name) {
    std::size_t size = 0;
    for (const char c : name) {
        if (!is_printable(c)) continue;
        if (size == kMessageIdBytesMax) break;
        out[size++] = c;
    }
    return size == 0 ? kNil : std::string_view(out, size);
}

std::string_view without_line_feed(std::string_view line) {
    return line.substr(0, line.size() - 1);
}

}  // namespace

std::string syslog_field(std::string_view text, std::size_t bytes_max) {
    std::string field;
    for (const char c : text) {
        if (is_printable(c) && field.size() < bytes_max) field += c;
    }
    return field.empty() ? std::string(kNil) : field;
}

SyslogRenderer::SyslogRenderer(const SyslogFormat& format, int process_id)
    : protocol_(format.protocol), framing_(format.framing) {
    const std::size_t priority = format.facility * 8 + format.severity;
    const std::string host = syslog_field(format.host, kHostnameBytesMax);
    if (protocol_ == SyslogFormat::Protocol::rfc5424) {
        before_time_ = fmt::format("<{}>1 ", priority);
        behind_time_ = fmt::format(" {} eventfwd {} ", host, process_id);
        behind_name_ = " - ";
    } else {
        before_time_ = fmt::format("<{}>", priority);
        behind_time_ = fmt::format(" {} eventfwd[{}]: ", host, process_id);
    }
}

SyslogMessages SyslogRenderer::render(const Batch& batch) {
    buffer_.clear();
    ends_.clear();
    const bool is_source = batch.runs.data() == batch.sources.data();
    LineWalk lines(batch.runs);
    LineWalk sources(batch.sources);
    for (std::size_t index = 0; index < batch.count; ++index) {
        const std::string_view source = without_line_feed(sources.next());
        append(source, is_source ? source : without_line_feed(lines.next()));
        ends_.push_back(buffer_.size());
    }
    return {buffer_, ends_};
}

// A source that is no rendered line, which the journal does not hold, has neither time nor name.
void SyslogRenderer::append(std::string_view source, std::string_view line) {
    const auto head = parser_.parse_head(source);
    if (protocol_ == SyslogFormat::Protocol::rfc3164) {
        append_framed(local_time(head ? head->timestamp : Instant{}), {}, line);
        return;
    }
    char name[kMessageIdBytesMax];
    append_framed(head ? source.substr(0, kTimestampBytes) : kNil,
                  head ? message_id(name, head->event) : kNil, line);
}

void SyslogRenderer::append_framed(std::string_view time, std::string_view name,
                                   std::string_view line) {
    if (framing_ == SyslogFormat::Framing::octet_counting) {
        const std::size_t length = before_time_.size() + time.size() + behind_time_.size() +
                                   name.size() + behind_name_.size() + line.size();
        char digits[20];
        const char* const end = std::to_chars(digits, digits + sizeof(digits), length).ptr;
        buffer_.append(digits, static_cast<std::size_t>(end - digits)).push_back(' ');
    }
    buffer_.append(before_time_).append(time).append(behind_time_);
    buffer_.append(name).append(behind_name_).append(line);
    if (framing_ == SyslogFormat::Framing::lf) buffer_.push_back('\n');
}

// Asked anew once a second of the events' time: the zone's rules cost more than all the rest.
std::string_view SyslogRenderer::local_time(Instant instant) {
    const auto second = std::chrono::floor<std::chrono::seconds>(instant);
    if (second == second_) return local_time_;
    constexpr std::array<std::string_view, 12> kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                       "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    const std::time_t time = second.time_since_epoch().count();
    std::tm local{};
    ::localtime_r(&time, &local);
    local_time_ =
        fmt::format("{} {:2} {:02}:{:02}:{:02}", kMonths[static_cast<std::size_t>(local.tm_mon)],
                    local.tm_mday, local.tm_hour, local.tm_min, local.tm_sec);
    second_ = second;
    return local_time_;
}

}  // namespace eventfwd
