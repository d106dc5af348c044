#include "daemon/config/datagram_reader.h"

#include <array>

namespace eventfwd {

DatagramOptions read_datagram(Section& section, DecodeOptions& decode) {
    constexpr std::array<std::string_view, 2> kZones{"utc", "local"};
    DatagramOptions datagram;
    decode.packet_bytes_max = section.size("max_packet", decode.packet_bytes_max, 1_KiB, 1_MiB);
    decode.naive_time = section.choice("naive_time", kZones, decode.naive_time);
    datagram.receive_buffer_bytes =
        section.size("receive_buffer", datagram.receive_buffer_bytes, 4_KiB, 1_GiB);
    return datagram;
}

}  // namespace eventfwd
