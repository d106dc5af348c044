#include "daemon/inputs/held_inputs.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <sys/socket.h>

#include <algorithm>

#include "core/contains.h"
#include "daemon/inputs/input_set.h"
#include "daemon/inputs/open_sockets.h"

namespace eventfwd {
namespace {

constexpr std::size_t kNameMax = 64;  // of an input, as the configuration allows it

bool is_allowed(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

// TEXT with a '-' for each run of what a name cannot have.
std::string as_name(std::string_view text) {
    std::string name;
    for (const char c : text) {
        if (is_allowed(c)) {
            name += c;
        } else if (!name.empty() && !name.ends_with('-')) {
            name += '-';
        }
    }
    name.resize(std::min(name.size(), kNameMax - 4));  // room for a number
    while (name.ends_with('-'))
        name.pop_back();
    return name;
}

// systemd's own: the unit's name where FileDescriptorName= is not set, or its word for no name.
bool is_given(const std::string& fd_name) {
    return !fd_name.empty() && fd_name != "unknown" && !fd_name.ends_with(".socket");
}

Source source_at(const std::string& text) {
    if (const auto address = Address::parse(text)) {
        UdpOptions udp;
        udp.listen = {*address};
        return udp;
    }
    UnixDatagramOptions local;
    local.path = text;
    return local;
}

void keep_held(UdpOptions& udp, const std::vector<std::string>& addresses) {
    std::erase_if(udp.listen,
                  [&](const Address& address) { return !contains(addresses, address.text()); });
}

void keep_held(UnixDatagramOptions&, const std::vector<std::string>&) {}

}  // namespace

std::vector<std::string> addresses_of(const InheritedSockets& inherited) {
    std::vector<std::string> addresses;
    for (const InheritedSockets::Socket& socket : inherited.left()) {
        if (socket.type == SOCK_DGRAM) addresses.push_back(socket.address);
    }
    return addresses;
}

std::vector<InputSettings> only_held(const std::vector<InputSettings>& settings,
                                     const std::vector<std::string>& addresses,
                                     const HeldSocketOptions& held) {
    if (!held.are_all || addresses.empty()) return settings;
    std::vector<InputSettings> kept;
    for (InputSettings each : settings) {
        const bool is_held = std::ranges::any_of(
            addresses_of(each), [&](const std::string& own) { return contains(addresses, own); });
        if (!is_held) continue;
        std::visit([&](auto& source) { keep_held(source, addresses); }, each.source);
        kept.push_back(std::move(each));
    }
    return kept;
}

InputSettings settings_for(const InheritedSockets::Socket& socket, const IntakeOptions& intake,
                           const std::set<std::string>& taken) {
    InputSettings settings{intake, source_at(socket.address)};
    const bool is_udp = std::holds_alternative<UdpOptions>(settings.source);
    std::string name = as_name(is_given(socket.fd_name) ? socket.fd_name : "");
    if (name.empty()) name = as_name((is_udp ? "udp-" : "unix-") + socket.address);
    settings.intake.name = name;
    for (int number = 2; taken.contains(settings.intake.name); ++number)
        settings.intake.name = fmt::format("{}-{}", name, number);
    return settings;
}

Result<> InputSet::open_unnamed(InheritedSockets& inherited, const HeldSocketOptions& held) {
    std::set<std::string> taken;
    for (const Running& running : running_)
        taken.insert(running.name());
    for (InheritedSockets::Socket& socket : inherited.take_datagram_sockets()) {
        const InputSettings settings = settings_for(socket, held.intake, taken);
        taken.insert(settings.intake.name);
        auto adopted = adopt_socket(std::move(socket.fd), socket.address,
                                    DatagramOptions().receive_buffer_bytes);
        if (!adopted) return failure_while("input " + settings.intake.name, adopted.error());
        std::vector<DatagramSocket> sockets;
        sockets.push_back(std::move(*adopted));
        add(settings, std::move(sockets), {}).is_unnamed = true;
    }
    warn_of_unnamed(held);
    for (const InheritedSockets::Socket& socket : inherited.left()) {
        spdlog::warn(
            "systemd handed over a socket at {} (FileDescriptorName={}) of a type that no input "
            "has: it is closed here, and who connects to it waits",
            socket.address, socket.fd_name);
    }
    return {};
}

// An input that CHANGE does not name goes on with the held sockets that no other one takes.
void InputSet::prepare_unnamed(Change& change, const HeldSocketOptions& held) const {
    for (const Running& running : running_) {
        Entry entry{running.settings, {}, {}};
        entry.is_unnamed = true;
        entry.settings.intake = held.intake;
        entry.settings.intake.name = running.name();
        for (const DatagramSocket& socket : running.input->sockets()) {
            const bool is_taken = std::ranges::any_of(change, [&](const Entry& other) {
                return other.settings.intake.name == running.name() ||
                       contains(other.kept, socket.name);
            });
            if (socket.is_inherited && !is_taken) entry.kept.push_back(socket.name);
        }
        if (!entry.kept.empty()) change.push_back(std::move(entry));
    }
}

void InputSet::warn_of_unnamed(const HeldSocketOptions& held) const {
    if (held.are_all) return;
    for (const Running& running : running_) {
        if (!running.is_unnamed) continue;
        for (const DatagramSocket& socket : running.input->sockets()) {
            spdlog::warn(
                "input {}: systemd holds {}, which no input of the configuration names; it is read "
                "as this one. Name it under inputs, or take it out of the socket unit",
                running.name(), socket.name);
        }
    }
}

std::vector<std::string> InputSet::held_addresses() const {
    std::vector<std::string> addresses;
    for (const Running& running : running_) {
        for (const DatagramSocket& socket : running.input->sockets()) {
            if (socket.is_inherited) addresses.push_back(socket.name);
        }
    }
    return addresses;
}

}  // namespace eventfwd
