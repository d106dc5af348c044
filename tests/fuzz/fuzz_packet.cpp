// Arbitrary packets through the decoder. Each of its lines must parse, and be a packet of itself.
#include <cstdint>
#include <cstdlib>

#include "formatter/line_parser.h"
#include "support/decoded.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace eventfwd;
    const std::string_view packet(reinterpret_cast<const char*>(data), size);
    LineParser parser;
    for (const std::string& result : test::decoded(packet)) {
        if (result.starts_with("refused: ")) continue;
        if (!parser.parse(result)) std::abort();
        if (test::decoded(result, {.default_application = "", .packet_bytes_max = 1 << 20}) !=
            std::vector{result})
            std::abort();
    }
    return 0;
}
