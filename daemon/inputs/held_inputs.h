// The inputs of sockets that systemd holds and the configuration does not name: nothing that the
// kernel takes at such a socket stays there unread.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "daemon/config/settings.h"
#include "daemon/service/inherited_sockets.h"

namespace eventfwd {

// Of its datagram sockets.
std::vector<std::string> addresses_of(const InheritedSockets& inherited);

// Where the configuration names no inputs and systemd holds sockets, at ADDRESSES: those of its
// SETTINGS, which are the defaults, that have one of them, with that alone. Else SETTINGS.
std::vector<InputSettings> only_held(const std::vector<InputSettings>& settings,
                                     const std::vector<std::string>& addresses,
                                     const HeldSocketOptions& held);

// The settings of an input for a datagram socket. It has the name that FileDescriptorName= gave it,
// else one made from its address, and none of TAKEN.
InputSettings settings_for(const InheritedSockets::Socket& socket, const IntakeOptions& intake,
                           const std::set<std::string>& taken);

}  // namespace eventfwd
