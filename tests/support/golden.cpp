#include "support/golden.h"

#include <boost/json.hpp>
#include <fstream>

#include "core/text/base64.h"
#include "core/text/timestamp.h"

namespace eventfwd::test {

std::vector<GoldenPacket> load_golden_packets() {
    std::vector<GoldenPacket> packets;
    std::ifstream file(EVENTFWD_GOLDEN);
    for (std::string line; std::getline(file, line);) {
        const boost::json::object object = boost::json::parse(line).as_object();
        const auto text = [&](const char* name) {
            const auto* value = object.if_contains(name);
            return value == nullptr ? std::string() : std::string(value->as_string());
        };
        GoldenPacket packet;
        packet.name = text("name");
        packet.packet = base64_decoded(text("packet")).value();
        packet.received_at = parse_timestamp(text("received_at"), NaiveTime::utc).value();
        packet.default_application = text("default_application");
        for (const auto& entry : object.at("expect").as_array()) {
            const auto& result = entry.as_object();
            packet.expected.push_back(result.contains("line")
                                          ? std::string(result.at("line").as_string())
                                          : "refused: " +
                                                std::string(result.at("refused").as_string()));
        }
        packets.push_back(std::move(packet));
    }
    return packets;
}

}  // namespace eventfwd::test
