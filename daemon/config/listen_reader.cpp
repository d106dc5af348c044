#include "daemon/config/listen_reader.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace eventfwd {
namespace {

std::vector<std::string> texts_of(const std::vector<Address>& addresses) {
    std::vector<std::string> texts;
    for (const Address& address : addresses)
        texts.push_back(address.text());
    return texts;
}

}  // namespace

std::vector<Address> read_listen(Section& section, ReadContext& context, std::string_view protocol,
                                 const std::vector<Address>& fallback) {
    const std::vector<std::string> texts = section.texts("listen", texts_of(fallback));
    std::vector<Address> addresses;
    for (std::size_t at = 0; at < texts.size(); ++at) {
        const auto address = Address::parse(texts[at]);
        if (!address) {
            section.problem_in("listen", at,
                               fmt::format("expected an address like 127.0.0.1:8514 or "
                                           "\"[::1]:8514\", found '{}'",
                                           texts[at]));
            continue;
        }
        const bool is_any_port = address->text().ends_with(":0");
        if (!is_any_port) {
            context.take_once(section, "listen", fmt::format("{} {}", protocol, address->text()));
        }
        addresses.push_back(*address);
    }
    if (section.has("listen") && texts.empty()) {
        section.problem("listen", "expected at least one address");
    }
    return addresses;
}

std::string describe(const std::vector<Address>& addresses) {
    return fmt::format("{}", fmt::join(texts_of(addresses), " "));
}

}  // namespace eventfwd
