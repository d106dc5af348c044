#include "formatter/packet/decoder.h"

#include "formatter/packet/json_decoder.h"
#include "formatter/packet/text_decoder.h"

namespace eventfwd {

void Decoder::decode(const Packet& packet, DecodeHandler& handler) {
    constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
    std::string_view text = packet.bytes;
    if (packet.true_bytes > options_.packet_bytes_max || packet.true_bytes > text.size()) {
        return handler.refuse({Refusal::oversize}, text);
    }
    if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
    const std::size_t first = text.starts_with('{') ? 0 : text.find_first_not_of(" \t\r\n");
    if (first == std::string_view::npos) return handler.refuse({Refusal::empty}, packet.bytes);

    builder_.begin_packet(text.size());
    const DecodeContext context{
        {packet.default_application, packet.received_at, options_.naive_time},
        builder_,
        shapes_,
        handler};
    if (text[first] == '[') {
        decode_json_array(text.substr(first), context);
    } else if (text[first] == '{') {
        decode_json_objects(text.substr(first), context);
    } else {
        decode_text(text, context);
    }
}

}  // namespace eventfwd
