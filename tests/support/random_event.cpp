#include "support/random_event.h"

#include <array>
#include <string_view>

namespace eventfwd::test {

std::string random_bytes(std::mt19937_64& random, std::size_t size_max) {
    constexpr std::array<std::string_view, 20> kPieces{"\"",
                                                       "\\",
                                                       "\n",
                                                       "\r",
                                                       "\t",
                                                       " ",
                                                       "=",
                                                       "\x7F",
                                                       "\xC2\x85",
                                                       "\xE2\x80\xA8",
                                                       "\xE2\x80\xA9",
                                                       "\xE2\x82\xAC",
                                                       "\xF0\x9F\x98\x80",
                                                       "\xC0\xAF",
                                                       "\xED\xA0\x80",
                                                       "\\x41",
                                                       "\\n",
                                                       "\" event=\"forged",
                                                       "analytics_prop__",
                                                       "plain text of some length"};
    std::string bytes;
    const std::size_t size = random() % (size_max + 1);
    while (bytes.size() < size) {
        switch (random() % 3) {
            case 0:
                bytes += kPieces[random() % kPieces.size()];
                break;
            case 1:
                bytes += static_cast<char>(random() % 256);
                break;
            default:
                bytes.append(random() % 12, static_cast<char>('a' + random() % 26));
                break;
        }
    }
    bytes.resize(size);
    return bytes;
}

OwnedEvent random_event(std::mt19937_64& random) {
    OwnedEvent owned;
    const auto keep = [&owned](std::string text) -> std::string_view {
        return owned.texts.emplace_back(std::move(text));
    };
    Event& event = owned.event;
    constexpr std::int64_t kYear9999 = 253'402'300'799'999'999;
    constexpr std::int64_t kYear1 = -62'135'596'800'000'000;
    event.timestamp = Instant{std::chrono::microseconds{
        std::uniform_int_distribution<std::int64_t>(kYear1, kYear9999)(random)}};
    event.application = keep(random_bytes(random, 40) + "a");
    event.event = keep(random_bytes(random, 40) + "e");
    if (random() % 2 == 0) event.distinct_id = keep(random_bytes(random, 80));
    if (random() % 2 == 0) event.increment = static_cast<std::int64_t>(random() % 2001) - 1000;
    for (std::size_t count = random() % 8; owned.properties.size() < count;) {
        std::string key = "k" + std::to_string(owned.properties.size());
        key.append(random() % 3, '_');
        owned.properties.push_back({keep(std::move(key)), keep(random_bytes(random, 200))});
    }
    event.properties = owned.properties;
    return owned;
}

}  // namespace eventfwd::test
