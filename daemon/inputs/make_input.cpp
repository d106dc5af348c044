#include "daemon/inputs/make_input.h"

#include <variant>

namespace eventfwd {
namespace {

// The queue of a Unix socket is ten datagrams long: its thread sleeps in the receiving call.
bool sleeps_in_receive(const UdpOptions&) {
    return false;
}

bool sleeps_in_receive(const UnixDatagramOptions&) {
    return true;
}

}  // namespace

std::unique_ptr<Input> make_input(const InputSettings& settings,
                                  std::vector<DatagramSocket> sockets,
                                  const DatagramInput::Parts& parts, WaitingBlocks waiting) {
    return std::visit(
        [&](const auto& source) -> std::unique_ptr<Input> {
            const bool sleeps = sleeps_in_receive(source) && sockets.size() == 1;
            return std::make_unique<DatagramInput>(settings.intake, std::move(sockets), sleeps,
                                                   parts, std::move(waiting));
        },
        settings.source);
}

}  // namespace eventfwd
