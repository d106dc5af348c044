// Arbitrary bytes through what makes them fit for a terminal, a log and JSON: no control character
// comes out, and all of it is UTF-8.
#include <cstdint>
#include <cstdlib>

#include "core/text/json_escape.h"
#include "core/text/printable.h"
#include "core/text/utf8.h"

namespace {

bool is_clean(std::string_view text) {
    while (!text.empty()) {
        const std::size_t length = eventfwd::utf8_sequence_length(text);
        if (length == 0) return false;
        if (length == 1 && (text[0] < ' ' || text[0] == '\x7F')) return false;
        if (length > 1 && eventfwd::is_unprintable_multibyte(text.substr(0, length))) return false;
        text.remove_prefix(length);
    }
    return true;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace eventfwd;
    const std::string text(reinterpret_cast<const char*>(data), size);
    if (!is_clean(printable(text)) || !is_clean(json_quoted(text))) std::abort();
    if (!is_clean(printable_json(text))) std::abort();
    if (printable(printable(text)) != printable(text)) std::abort();
    return 0;
}
