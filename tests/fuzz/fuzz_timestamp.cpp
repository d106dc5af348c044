// Arbitrary texts as timestamps: one that is read is written and read back as the same, and has the
// shape by which a text packet finds it.
#include <cstdint>
#include <cstdlib>

#include "core/text/timestamp.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace eventfwd;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto instant = parse_timestamp(text, NaiveTime::utc);
    if (parse_timestamp(text, NaiveTime::local).has_value() != instant.has_value() &&
        !text.starts_with("0001-") && !text.starts_with("9999-")) {
        std::abort();  // the zone moves a time by a day at most
    }
    if (!instant) return 0;
    const std::string written = format_timestamp(*instant);
    if (parse_rendered_timestamp(written) != instant) std::abort();
    if (parse_timestamp(written, NaiveTime::local) != instant) std::abort();
    if (!text.contains(' ') && !has_timestamp_shape(text)) std::abort();
    return 0;
}
