// What comes of a packet, as texts that read well in an expectation.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "formatter/line/line_buffer.h"
#include "formatter/packet/decoder.h"

namespace eventfwd::test {

// A line, or "refused: REASON", for each result.
class ResultCollector final : public DecodeHandler {
  public:
    void accept(const Event& event, std::string_view piece) override {
        lines_.clear();
        if (const auto rendered = lines_.append(event); !rendered) {
            return refuse({rendered.error()}, piece);
        }
        std::string line(lines_.bytes());
        line.pop_back();
        results.push_back(std::move(line));
        pieces.emplace_back(piece);
    }
    void refuse(const Fault& fault, std::string_view piece) override {
        results.push_back("refused: " + std::string(name_of(fault.reason)));
        faults.push_back(fault.describe(piece));
        pieces.emplace_back(piece);
    }

    std::vector<std::string> results;
    std::vector<std::string> pieces;
    std::vector<std::string> faults;  // of those that were refused, described

  private:
    // Of all collectors: its memory is most of what one costs under a sanitizer.
    static inline thread_local LineBuffer lines_;
};

// A line of an event without a time of its own, received as decoded() has it.
inline std::string line(const std::string& behind_the_time) {
    return "1970-01-01T00:00:00.000000Z " + behind_the_time;
}

inline ResultCollector collected(std::string_view packet, const DecodeOptions& options = {},
                                 Instant received_at = {},
                                 std::string_view default_application = {}) {
    // A copy of the exact size, so that a read past the packet's end is seen by the sanitizer.
    const std::vector<char> bytes(packet.begin(), packet.end());
    ResultCollector collector;
    Decoder decoder(options);
    decoder.decode({{bytes.data(), bytes.size()}, bytes.size(), received_at, default_application},
                   collector);
    return collector;
}

inline std::vector<std::string> decoded(std::string_view packet, const DecodeOptions& options = {},
                                        Instant received_at = {},
                                        std::string_view default_application = {}) {
    return collected(packet, options, received_at, default_application).results;
}

}  // namespace eventfwd::test
