#include "daemon/config/udp_input_reader.h"

#include "daemon/config/datagram_reader.h"
#include "daemon/config/listen_reader.h"

namespace eventfwd {

Source read_udp_input(Section& section, ReadContext& context, IntakeOptions& intake) {
    UdpOptions udp;
    udp.datagram = read_datagram(section, intake.decode);
    udp.listen = read_listen(section, context, "udp", udp.listen);
    return udp;
}

std::string describe(const UdpOptions& udp) {
    return "udp " + describe(udp.listen);
}

Warnings warnings_of(const UdpOptions& udp) {
    Warnings warnings;
    for (const Address& address : udp.listen) {
        if (address.is_loopback()) continue;
        warnings.push_back({"", address.text() +
                                    " can be reached from other machines; UDP has no sender that "
                                    "could be trusted"});
    }
    return warnings;
}

}  // namespace eventfwd
