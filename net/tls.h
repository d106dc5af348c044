// TLS as a client: at least 1.2, the peer's certificate checked against a CA and the name that was
// asked for (RFC 6125), and a certificate of our own where the peer wants one.
#pragma once

#include <boost/asio/ssl/context.hpp>
#include <boost/system/error_code.hpp>
#include <string>

#include "core/result.h"
#include "net/tls_options.h"

namespace eventfwd {

// Fails where a file cannot be read or a key does not fit its certificate; the text names the file.
Result<boost::asio::ssl::context> make_tls_context(const TlsOptions& options);

// What is wrong with each file that is named, and those of the system left alone; empty: nothing.
struct TlsProblems {
    std::string ca;
    std::string certificate;
    std::string key;
};
TlsProblems check_tls_files(const TlsOptions& options);

// Before the handshake: tells the peer which HOST, a name or an address, is meant (SNI, names
// only), and has its certificate checked for that; a dot at its end is left out.
Result<> expect_peer(SSL* connection, const std::string& host, const TlsOptions& options);

// After a handshake that failed with ERROR.
struct HandshakeFailure {
    std::string text;
    bool is_certificate = false;  // one side does not trust the other's: only a person can help
};
HandshakeFailure explain_handshake(SSL* connection, const boost::system::error_code& error);

// Whether ERROR says that one side does not trust the other's certificate. Under TLS 1.3 a client
// hears that of its own only behind the handshake, when it first reads.
bool is_certificate_error(const boost::system::error_code& error);

}  // namespace eventfwd
