// The options of TLS as a client, with their defaults.
#pragma once

#include <string>

namespace eventfwd {

struct TlsOptions {
    // A file of certificates in PEM that may vouch for the peer; empty: those of the system.
    std::string ca;

    // Whether the peer's certificate and name are checked. False takes any certificate: for tests
    // alone.
    bool verify = true;

    // A file of our own certificate, with its chain, in PEM; empty: none.
    std::string certificate;

    // A file of its private key, in PEM; empty: in the same file.
    std::string key;

    bool operator==(const TlsOptions&) const = default;
};

}  // namespace eventfwd
