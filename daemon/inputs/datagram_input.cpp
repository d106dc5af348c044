#include "daemon/inputs/datagram_input.h"

#include <spdlog/spdlog.h>

#include "core/text/units.h"

namespace eventfwd {
namespace {

DatagramListenerOptions listener_options(const IntakeOptions& options, bool sleeps_in_receive) {
    DatagramListenerOptions listener;
    listener.name = options.name;
    listener.packet_bytes_max = options.decode.packet_bytes_max;
    listener.sleep_in_receive = sleeps_in_receive;
    return listener;
}

}  // namespace

DatagramInput::DatagramInput(const IntakeOptions& options, std::vector<DatagramSocket> sockets,
                             bool sleeps_in_receive, const Parts& parts, WaitingBlocks waiting)
    : kernel_drops_(parts.kernel_drops),
      intake_(options, parts.journal, parts.intake, std::move(waiting)),
      listener_(listener_options(options, sleeps_in_receive), std::move(sockets), intake_) {
    for (const DatagramSocket& socket : listener_.sockets()) {
        spdlog::info("input {}: listening on {}{}, receive buffer {}", name(), socket.name,
                     socket.is_inherited ? " (held by systemd)" : "",
                     format_size(socket.receive_buffer_bytes));
    }
    kernel_drops_.add(listener_);
}

void DatagramInput::halt() {
    request_halt();
    listener_.halt();
}

std::vector<DatagramSocket> DatagramInput::hand_over(const std::vector<std::string>& names) {
    return listener_.release_sockets(names);
}

WaitingBlocks DatagramInput::retire() {
    listener_.drain();
    return intake_.take_waiting();
}

void DatagramInput::stop(std::chrono::steady_clock::time_point deadline) {
    intake_.stop(deadline);
    listener_.stop();
}

InputStatus DatagramInput::status(CountsLocks& locks) {
    const std::uint64_t drops = kernel_drops_.count(listener_);
    Intake::Held held = intake_.hold();
    InputStatus status{name(), {held.counts, drops}, {}, intake_.waits_for_room()};
    locks.push_back(std::move(held.lock));
    for (const DatagramSocket& socket : sockets())
        status.listens_on.push_back(socket.name);
    return status;
}

}  // namespace eventfwd
