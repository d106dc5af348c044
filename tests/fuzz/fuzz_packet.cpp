// Arbitrary packets through the decoder. Each of its lines must parse, and be a packet of itself;
// and a packet means the same when its shape is known.
#include <cstdint>
#include <cstdlib>

#include "formatter/line/line_parser.h"
#include "support/decoded.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace eventfwd;
    const std::string_view packet(reinterpret_cast<const char*>(data), size);
    LineParser parser;
    const std::vector<std::string> results = test::decoded(packet);
    Decoder decoder({});
    for (int round = 0; round < 2; ++round) {
        test::ResultCollector collector;
        decoder.decode({packet, packet.size(), {}, {}}, collector);
        if (collector.results != results) std::abort();
    }
    for (const std::string& result : results) {
        if (result.starts_with("refused: ")) continue;
        if (!parser.parse(result)) std::abort();
        if (test::decoded(result, {.packet_bytes_max = 1 << 20}) != std::vector{result})
            std::abort();
    }
    return 0;
}
