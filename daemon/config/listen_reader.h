// The key `listen` of an input: an address, or a list of them.
#pragma once

#include <string_view>
#include <vector>

#include "daemon/config/read_context.h"
#include "net/address.h"

namespace eventfwd {

// PROTOCOL as "udp": no other input may have the same address and protocol.
std::vector<Address> read_listen(Section& section, ReadContext& context, std::string_view protocol,
                                 const std::vector<Address>& fallback);

// "127.0.0.1:8514 [::1]:8514"
std::string describe(const std::vector<Address>& addresses);

}  // namespace eventfwd
