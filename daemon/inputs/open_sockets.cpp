#include "daemon/inputs/open_sockets.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <iterator>
#include <variant>

#include "core/contains.h"

namespace eventfwd {
namespace {

using Sockets = std::vector<DatagramSocket>;
using Names = std::vector<std::string>;

Names addresses_of(const UdpOptions& udp) {
    Names addresses;
    for (const Address& address : udp.listen)
        addresses.push_back(address.text());
    return addresses;
}

Names addresses_of(const UnixDatagramOptions& local) {
    return {local.path};
}

bool has_no_ip6(const Address& address, const Error& error) {
    return address.family() == AF_INET6 &&
           (error.code == EADDRNOTAVAIL || error.code == EAFNOSUPPORT);
}

Result<Sockets> open_missing(FileSystem&, const std::string& input, const UdpOptions& udp,
                             const Names& present) {
    Sockets sockets;
    for (const Address& address : udp.listen) {
        if (contains(present, address.text())) continue;
        auto socket = open_udp_socket(address, udp.datagram.receive_buffer_bytes);
        if (socket) {
            sockets.push_back(std::move(*socket));
            continue;
        }
        // A machine without IPv6 is no reason not to serve IPv4.
        if (!has_no_ip6(address, socket.error()) || udp.listen.size() == 1) {
            return std::unexpected(socket.error());
        }
        spdlog::log(address.is_loopback() ? spdlog::level::info : spdlog::level::warn,
                    "input {}: {}; going on without it", input, socket.error().message);
    }
    return sockets;
}

Result<Sockets> open_missing(FileSystem& files, const std::string&,
                             const UnixDatagramOptions& local, const Names& present) {
    Sockets sockets;
    if (contains(present, local.path)) return sockets;
    const auto path = files.real_path(local.path);
    if (!path) return std::unexpected(path.error());
    if (auto made = files.make_directories(parent_path(*path), 0755); !made) {
        return std::unexpected(made.error());
    }
    auto socket = open_unix_socket(*path, local.mode, local.datagram.receive_buffer_bytes);
    if (!socket) return std::unexpected(socket.error());
    socket->name = local.path;
    sockets.push_back(std::move(*socket));
    return sockets;
}

void adjust(DatagramSocket& socket, const UdpOptions& udp) {
    adjust_socket(socket, udp.datagram.receive_buffer_bytes, std::nullopt);
}

void adjust(DatagramSocket& socket, const UnixDatagramOptions& local) {
    adjust_socket(socket, local.datagram.receive_buffer_bytes, local.mode);
}

}  // namespace

Names addresses_of(const InputSettings& settings) {
    return std::visit([](const auto& source) { return addresses_of(source); }, settings.source);
}

Result<Sockets> open_missing(FileSystem& files, const InputSettings& settings,
                             const Names& present) {
    return std::visit(
        [&](const auto& source) {
            return open_missing(files, settings.intake.name, source, present);
        },
        settings.source);
}

Result<Sockets> take_or_open(FileSystem& files, const InputSettings& settings,
                             InheritedSockets& inherited) {
    const Names addresses = addresses_of(settings);
    Sockets sockets;
    Names held_addresses;
    const auto buffer = std::visit(
        [](const auto& source) { return source.datagram.receive_buffer_bytes; }, settings.source);
    for (auto& held : inherited.take(settings.intake.name, addresses)) {
        held_addresses.push_back(held.address);
        auto socket = adopt_socket(std::move(held.fd), held.address, buffer);
        if (!socket) return std::unexpected(socket.error());
        sockets.push_back(std::move(*socket));
    }
    // One that was given by its name may be bound elsewhere: then systemd decides where we listen.
    const bool systemd_decides = std::ranges::any_of(
        held_addresses, [&](const std::string& held) { return !contains(addresses, held); });
    if (systemd_decides) return sockets;
    auto opened = open_missing(files, settings, held_addresses);
    if (!opened) return opened;
    std::ranges::move(*opened, std::back_inserter(sockets));
    return sockets;
}

void adjust(DatagramSocket& socket, const InputSettings& settings) {
    std::visit([&](const auto& source) { adjust(socket, source); }, settings.source);
}

}  // namespace eventfwd
