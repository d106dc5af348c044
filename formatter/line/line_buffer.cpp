#include "formatter/line/line_buffer.h"

#include <charconv>
#include <cstring>

#include "core/text/block.h"
#include "core/text/timestamp.h"
#include "formatter/line/escape.h"

namespace eventfwd {
namespace {

constexpr std::string_view kApplication = " application=\"";
constexpr std::string_view kEvent = "\" event=\"";
constexpr std::string_view kDistinctId = "\" distinct_id=\"";
constexpr std::string_view kIncrement = "\" increment=\"";
constexpr std::string_view kProperty = "\" analytics_prop__";
constexpr std::string_view kEquals = "=\"";

char* write(char* out, std::string_view text) {
    std::memcpy(out, text.data(), text.size());
    return out + text.size();
}

// How long the line is where nothing needs an escape: the least it can be.
std::size_t least_size(const Event& event) {
    std::size_t size = kTimestampBytes + kApplication.size() + event.application.size() +
                       kEvent.size() + event.event.size() + 1;
    if (!event.distinct_id.empty()) size += kDistinctId.size() + event.distinct_id.size();
    for (const Property& property : event.properties) {
        size += kProperty.size() + property.key.size() + kEquals.size() + property.value.size();
    }
    return size;
}

// Each field is written up to its closing quote, which the next one begins with.
char* write_line(char* out, const Event& event) {
    out = write_timestamp(out, event.timestamp);
    out = write_escaped(write(out, kApplication), event.application);
    out = write_escaped(write(out, kEvent), event.event);
    if (!event.distinct_id.empty()) {
        out = write_escaped(write(out, kDistinctId), event.distinct_id);
    }
    if (event.increment != 1) {
        out = write(out, kIncrement);
        out = std::to_chars(out, out + 24, event.increment).ptr;
    }
    for (const Property& property : event.properties) {
        out = write(out, kProperty);
        out = copy_short(out, property.key);
        out = write_escaped(write(out, kEquals), property.value);
    }
    *out++ = '"';
    return out;
}

}  // namespace

LineBuffer::LineBuffer()
    : memory_(
          std::make_unique_for_overwrite<char[]>(kBytesMax + kEscapeGrowthMax * kLineBytesMax)) {}

std::expected<void, Refusal> LineBuffer::append(const Event& event) {
    if (least_size(event) > kLineBytesMax) return std::unexpected(Refusal::too_long);
    char* const start = memory_.get() + used_;
    char* const end = write_line(start, event);
    const auto size = static_cast<std::size_t>(end - start);
    if (size > kLineBytesMax) return std::unexpected(Refusal::too_long);
    *end = '\n';
    last_ = used_;
    used_ += size + 1;
    ++count_;
    return {};
}

}  // namespace eventfwd
