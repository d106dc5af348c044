// Decode and render one event, as intake does it for each datagram.
#include <benchmark/benchmark.h>

#include "formatter/decoder.h"
#include "formatter/line.h"

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
    void refuse(Refusal, std::string_view) override { std::abort(); }

  private:
    LineBuffer lines_;
};

void decode_and_render(benchmark::State& state, std::string_view packet) {
    Decoder decoder({});
    Renderer renderer;
    for (auto _ : state) {
        decoder.decode({packet, packet.size(), Instant{}}, renderer);
    }
    state.SetItemsProcessed(state.iterations());
}

BENCHMARK_CAPTURE(decode_and_render, plain, kPlain);
BENCHMARK_CAPTURE(decode_and_render, nested, kNested);
BENCHMARK_CAPTURE(decode_and_render, text,
                  R"(2011-08-08T11:45:17.735045Z application="shop" event="checkout" distinct_id="user-00012345" seq=1 amount=25.00 plan=free)");

}  // namespace
}  // namespace eventfwd
