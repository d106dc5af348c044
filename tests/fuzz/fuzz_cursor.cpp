// Arbitrary bytes as a cursor file, and as what a record holds: it must come back as it was.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "core/record_file.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace eventfwd;
    std::string_view text(reinterpret_cast<const char*>(data), size);
    if (const auto record = Record::parse(text)) {
        if (Record::parse(record->serialized())->serialized() != record->serialized()) std::abort();
    }
    Record record;
    std::size_t added = 0;
    while (!text.empty()) {
        const std::string_view line = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(text.size(), line.size() + 1));
        const std::string_view key = line.substr(0, line.find(' '));
        if (key.empty() || key.size() == line.size()) continue;
        record.add(key, line.substr(key.size() + 1));
        ++added;
    }
    const auto again = Record::parse(record.serialized());
    if (!again || again->serialized() != record.serialized()) std::abort();
    if (added > 0) (void)again->number("sequence");
    return 0;
}
