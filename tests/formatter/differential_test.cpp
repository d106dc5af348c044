// The decoder's own scanner against simdjson's DOM: both must agree on what is JSON, and on what
// the strings in it mean, over mutations of real packets.
#include <gtest/gtest.h>
#include <simdjson.h>

#include <algorithm>
#include <random>

#include "core/text/utf8.h"
#include "formatter/json/json_scanner.h"
#include "support/golden.h"

namespace eventfwd {
namespace {

// Python's words are the one difference by design; simdjson has limits of its own for numbers.
bool is_comparable(const std::string& text) {
    return !text.contains("NaN") && !text.contains("Infinity") && !text.contains('\0') &&
           is_valid_utf8(text);
}

bool ours_takes(const std::string& text) {
    JsonScanner scanner(text);
    scanner.skip_space();
    if (!scanner.skip_value(0)) return false;
    scanner.skip_space();
    return scanner.at_end();
}

std::string mutated(std::string text, std::mt19937_64& random) {
    constexpr std::string_view kBytes = "{}[]\",:\\ \n0123456789.eE+-truefalsnu/b";
    for (std::size_t edits = 1 + random() % 3; edits > 0 && !text.empty(); --edits) {
        const std::size_t at = random() % text.size();
        switch (random() % 3) {
            case 0:
                text[at] = kBytes[random() % kBytes.size()];
                break;
            case 1:
                text.erase(at, 1 + random() % 4);
                break;
            default:
                text.insert(at, 1, kBytes[random() % kBytes.size()]);
                break;
        }
    }
    return text;
}

// The most brackets that are open at once, outside of strings.
int depth_of(const std::string& text) {
    int depth = 0;
    int most = 0;
    bool in_string = false;
    for (std::size_t at = 0; at < text.size(); ++at) {
        const char c = text[at];
        if (c == '"') in_string = !in_string;
        if (in_string && c == '\\') ++at;
        if (in_string) continue;
        if (c == '[' || c == '{') most = std::max(most, ++depth);
        if (c == ']' || c == '}') --depth;
    }
    return most;
}

TEST(Differential, AgreesWithSimdjsonOnWhatIsJson) {
    const std::uint64_t seed = std::random_device{}();
    std::mt19937_64 random(seed);
    simdjson::dom::parser parser;
    ASSERT_EQ(parser.allocate(1 << 20, kDepthMax + 1), simdjson::SUCCESS);
    int compared = 0;
    int valid = 0;
    for (const test::GoldenPacket& golden : test::load_golden_packets()) {
        if (golden.packet.size() > 4000 || !golden.packet.starts_with('{')) continue;
        for (int round = 0; round < 200; ++round) {
            const std::string text = round == 0 ? golden.packet : mutated(golden.packet, random);
            if (!is_comparable(text)) continue;
            simdjson::dom::element ignored;
            const auto error = parser.parse(simdjson::padded_string(text)).get(ignored);
            // Numbers beyond what a double holds are kept by us, and refused by simdjson; unpaired
            // surrogates are replaced by us; depth is counted alike.
            if (error == simdjson::NUMBER_ERROR || error == simdjson::STRING_ERROR ||
                error == simdjson::DEPTH_ERROR) {
                continue;
            }
            // An empty array or object as the last level is no level to simdjson.
            if (depth_of(text) > kDepthMax) continue;
            ++compared;
            valid += error == simdjson::SUCCESS ? 1 : 0;
            ASSERT_EQ(ours_takes(text), error == simdjson::SUCCESS)
                << "seed " << seed << ", " << simdjson::error_message(error) << ": " << text;
        }
    }
    EXPECT_GT(compared, 5000);
    EXPECT_GT(valid, 500);
}

TEST(Differential, AgreesWithSimdjsonOnWhatStringsMean) {
    const std::uint64_t seed = std::random_device{}();
    std::mt19937_64 random(seed);
    simdjson::dom::parser parser;
    constexpr std::string_view kPieces[] = {
        "\\n",   "\\\"",     "\\\\", "\\u00e9", "\\ud83d\\ude00", "\\/",
        "plain", "\xC3\xA9", " ",    "\\u0000", "\\u2028"};
    for (int round = 0; round < 3000; ++round) {
        std::string raw;
        for (std::size_t count = random() % 12; count > 0; --count) {
            raw += kPieces[random() % std::size(kPieces)];
        }
        std::string_view theirs;
        ASSERT_EQ(parser.parse(simdjson::padded_string("\"" + raw + "\"")).get(theirs),
                  simdjson::SUCCESS);
        std::string ours(raw.size(), '?');
        ours.resize(static_cast<std::size_t>(write_json_unescaped(ours.data(), raw) - ours.data()));
        ASSERT_EQ(ours, theirs) << "seed " << seed << ": " << raw;
    }
}

}  // namespace
}  // namespace eventfwd
