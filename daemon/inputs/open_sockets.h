// The sockets of an input, by its type: where they are bound, how they are opened, and what of an
// open one a reload can change.
#pragma once

#include <string>
#include <vector>

#include "core/file_system.h"
#include "core/result.h"
#include "daemon/config/settings.h"
#include "daemon/listen/datagram_socket.h"
#include "daemon/service/inherited_sockets.h"

namespace eventfwd {

// The names that the sockets of an input have.
std::vector<std::string> addresses_of(const InputSettings& settings);

// Opens the sockets of SETTINGS but those at the addresses in PRESENT. One of IPv6 is left out on a
// machine that has none.
Result<std::vector<DatagramSocket>> open_missing(FileSystem& files, const InputSettings& settings,
                                                 const std::vector<std::string>& present);

// Takes those that systemd holds out of INHERITED, and opens the others.
Result<std::vector<DatagramSocket>> take_or_open(FileSystem& files, const InputSettings& settings,
                                                 InheritedSockets& inherited);

// SOCKET goes on as one of SETTINGS.
void adjust(DatagramSocket& socket, const InputSettings& settings);

}  // namespace eventfwd
