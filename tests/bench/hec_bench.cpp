// What a batch for a HEC costs: its JSON, and gzip over that. Per line of about 300 bytes.
#include <benchmark/benchmark.h>

#include <string>

#include "core/compress/gzip.h"
#include "sinks/hec/hec_body.h"

namespace {

using namespace eventfwd;

constexpr std::uint32_t kCount = 3000;

std::string lines() {
    std::string text;
    for (std::uint32_t number = 0; number < kCount; ++number) {
        const std::string n = std::to_string(number);
        text += R"(2011-08-08T11:45:17.735045Z application="shop" event="checkout")";
        text += R"( analytics_prop__plan="premium" analytics_prop__total="25.00")";
        text += R"( analytics_prop__currency="EUR" analytics_prop__referrer="example.com/a/b")";
        text += R"( analytics_prop__browser="Mozilla/5.0 Linux" analytics_prop__session=")" + n;
        text += R"(-1234567890" analytics_prop__n=")" + n + "\"\n";
    }
    return text;
}

void make_body(benchmark::State& state, bool is_gzip) {
    const std::string text = lines();
    const LineRun run{1, kCount, text};
    const Batch batch{{&run, 1}, {&run, 1}, kCount};
    HecEnvelope envelope;
    envelope.host = "web-1";
    envelope.index = "main";
    const HecBodyWriter writer(envelope, "0123456789abcdef");
    Gzip gzip(1);
    ByteBuffer body;
    ByteBuffer packed;
    for (auto _ : state) {
        body.clear();
        packed.clear();
        writer.append(body, batch);
        if (is_gzip) gzip.append(packed, body.view());
        benchmark::DoNotOptimize(body.view().data());
    }
    state.SetItemsProcessed(state.iterations() * kCount);
}

BENCHMARK_CAPTURE(make_body, json, false);
BENCHMARK_CAPTURE(make_body, json_and_gzip, true);

}  // namespace
