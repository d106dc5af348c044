#include "formatter/packet/decoder.h"

#include "formatter/packet/json_decoder.h"
#include "formatter/packet/text_decoder.h"

namespace eventfwd {
namespace {

constexpr std::string_view kWhiteSpace = " \t\r\n";
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

// TEXT without the NUL bytes at its end, and white space behind the first of them: senders in C
// send the terminator of their string, too.
[[gnu::cold, gnu::noinline]] std::string_view without_terminator(std::string_view text) {
    using namespace std::string_view_literals;
    const std::size_t last = text.find_last_not_of(" \t\r\n\0"sv);
    const std::size_t tail = last == std::string_view::npos ? 0 : last + 1;
    return text.substr(0, text.find('\0', tail));
}

bool is_utf16(std::string_view text) {
    return text.starts_with("\xFF\xFE") || text.starts_with("\xFE\xFF");
}

}  // namespace

void Decoder::decode(const Packet& packet, DecodeHandler& handler) {
    std::string_view text = packet.bytes;
    if (packet.true_bytes > options_.packet_bytes_max || packet.true_bytes > text.size()) {
        return handler.refuse({Refusal::oversize}, text);
    }
    if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
    if (!text.empty() && text.back() <= ' ') text = without_terminator(text);
    const std::size_t first = text.starts_with('{') ? 0 : text.find_first_not_of(kWhiteSpace);
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
    } else if (is_utf16(text)) {
        handler.refuse({Refusal::syntax, text.data(), "UTF-8; this begins as UTF-16 does"},
                       packet.bytes);
    } else {
        decode_text(text, context);
    }
}

}  // namespace eventfwd
