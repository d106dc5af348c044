// Decode and render one event, as intake does it for each datagram.
#include <benchmark/benchmark.h>

#include <simdjson.h>

#include "formatter/line/line_buffer.h"
#include "formatter/packet/decoder.h"

namespace eventfwd {
namespace {

constexpr std::string_view kPlain =
    R"({"application":"shop","event":"checkout","distinct_id":"user-00012345","properties":{)"
    R"("seq":"000000000001","amount":25.00,"currency":"EUR","plan":"free","useragent":"Mozilla/5.0 (X11; Linux x86_64) Firefox/128.0"}})";

constexpr std::string_view kNested =
    R"({"application":"shop","event":"checkout","distinct_id":"user-00012345","timestamp":"2011-08-08T11:45:17.735045Z",)"
    R"("properties":{"cart":{"items":[{"sku":"A-1","n":2},{"sku":"B-2","n":1}],"total":{"amount":"25.00","currency":"EUR"}},)"
    R"("comment":"caf\u00e9 \"special\"\n","ok":true,"none":null},"page":"/checkout"})";

class Renderer final : public DecodeHandler {
  public:
    void accept(const Event& event, std::string_view) override {
        if (!lines_.has_room()) lines_.clear();
        if (!lines_.append(event)) std::abort();
    }
    void refuse(const Fault&, std::string_view) override { std::abort(); }

  private:
    LineBuffer lines_;
};

void decode_and_render(benchmark::State& state, std::string_view packet) {
    Decoder decoder({});
    Renderer renderer;
    for (auto _ : state) {
        decoder.decode({packet, packet.size(), Instant{}, {}}, renderer);
    }
    state.SetItemsProcessed(state.iterations());
}

// No two packets of the same shape in a row, so that none is known.
void decode_and_render_unknown_shapes(benchmark::State& state) {
    std::vector<std::string> packets;
    for (int n = 0; n < 64; ++n) {
        std::string packet(kPlain);
        packet.replace(packet.find("seq"), 3,
                       {'s', static_cast<char>('A' + n % 8), static_cast<char>('A' + n / 8)});
        packets.push_back(std::move(packet));
    }
    Decoder decoder({});
    Renderer renderer;
    std::size_t next = 0;
    for (auto _ : state) {
        const std::string& packet = packets[next++ % packets.size()];
        decoder.decode({packet, packet.size(), Instant{}, {}}, renderer);
    }
    state.SetItemsProcessed(state.iterations());
}

// The yardstick on the same machine: simdjson's on-demand parser turns the same object into views,
// and validates and renders nothing.
void simdjson_into_views(benchmark::State& state, std::string_view packet) {
    simdjson::ondemand::parser parser;
    const simdjson::padded_string json(packet);
    std::size_t bytes = 0;
    for (auto _ : state) {
        simdjson::ondemand::document document = parser.iterate(json);
        for (auto member : document.get_object()) {
            const std::string_view key = member.unescaped_key();
            simdjson::ondemand::value value = member.value();
            bytes += key.size();
            if (value.type() == simdjson::ondemand::json_type::string) {
                bytes += std::string_view(value.get_string()).size();
                continue;
            }
            for (auto inner : value.get_object()) {
                bytes += std::string_view(inner.unescaped_key()).size();
                simdjson::ondemand::value text = inner.value();
                bytes += text.type() == simdjson::ondemand::json_type::string
                             ? std::string_view(text.get_string()).size()
                             : text.raw_json_token().size();
            }
        }
    }
    benchmark::DoNotOptimize(bytes);
    state.SetItemsProcessed(state.iterations());
}

BENCHMARK_CAPTURE(simdjson_into_views, plain, kPlain);
BENCHMARK_CAPTURE(decode_and_render, plain, kPlain);
BENCHMARK_CAPTURE(decode_and_render, nested, kNested);
BENCHMARK(decode_and_render_unknown_shapes);
BENCHMARK_CAPTURE(
    decode_and_render, text,
    R"(2011-08-08T11:45:17.735045Z application="shop" event="checkout" distinct_id="user-00012345" seq=1 amount=25.00 plan=free)");

}  // namespace
}  // namespace eventfwd
