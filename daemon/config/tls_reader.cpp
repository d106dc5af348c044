#include "daemon/config/tls_reader.h"

namespace eventfwd {

TlsOptions read_tls(Section section, ReadContext& context) {
    const auto file = [&](std::string_view key) {
        return section.has(key) ? context.path(section, key, "") : section.text(key, "");
    };
    TlsOptions options;
    options.ca = file("ca");
    options.verify = section.boolean("verify", true);
    options.certificate = file("certificate");
    options.key = file("key");
    section.refuse_unknown();
    if (!options.key.empty() && options.certificate.empty()) {
        section.problem("key", "expected a certificate beside it");
    }
    // Only files that are named here can be wrong: without `verify` no others are read.
    TlsOptions named = options;
    named.verify = false;
    TlsOptions ca_alone;
    ca_alone.ca = options.ca;
    ca_alone.verify = false;
    if (const auto trusted = make_tls_context(ca_alone); !trusted) {
        section.problem("ca", trusted.error().message);
    } else if (const auto whole = make_tls_context(named); !whole) {
        section.problem("certificate", whole.error().message);
    }
    return options;
}

}  // namespace eventfwd
