#include "net/tls.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <array>
#include <boost/asio/ssl/error.hpp>

#include "net/host_port.h"

namespace eventfwd {
namespace {

namespace ssl = boost::asio::ssl;
using boost::system::error_code;

bool is_ip_address(const std::string& host) {
    std::array<unsigned char, sizeof(in6_addr)> bytes{};
    return ::inet_pton(AF_INET, host.c_str(), bytes.data()) == 1 ||
           ::inet_pton(AF_INET6, host.c_str(), bytes.data()) == 1;
}

std::unexpected<Error> failure_with(const char* attempted, const std::string& file,
                                    const error_code& error) {
    return failure(fmt::format("{} {}: {}", attempted, file, error.message()));
}

Result<> use_ca(ssl::context& context, const TlsOptions& options) {
    error_code error;
    context.load_verify_file(options.ca, error);
    if (error) return failure_with("read certificates of", options.ca, error);
    return {};
}

Result<> use_certificate(ssl::context& context, const TlsOptions& options) {
    error_code error;
    context.use_certificate_chain_file(options.certificate, error);
    if (error) return failure_with("read certificate", options.certificate, error);
    return {};
}

// A daemon has nobody to ask for the passphrase of a key.
Result<> use_key(ssl::context& context, const TlsOptions& options) {
    error_code error;
    const auto no_passphrase = [](std::size_t, ssl::context::password_purpose) {
        return std::string();
    };
    context.set_password_callback(no_passphrase, error);
    const std::string& key = options.key.empty() ? options.certificate : options.key;
    context.use_private_key_file(key, ssl::context::pem, error);
    if (error) return failure_with("read private key", key, error);
    return {};
}

}  // namespace

Result<ssl::context> make_tls_context(const TlsOptions& options) {
    ssl::context context(ssl::context::tls_client);
    error_code error;
    SSL_CTX_set_min_proto_version(context.native_handle(), TLS1_2_VERSION);
    context.set_verify_mode(options.verify ? ssl::verify_peer : ssl::verify_none, error);
    if (!options.ca.empty()) {
        if (auto used = use_ca(context, options); !used) return std::unexpected(used.error());
    } else if (options.verify) {
        context.set_default_verify_paths(error);
        if (error) return failure_with("read certificates of", "the system", error);
    }
    if (options.certificate.empty()) return context;
    if (auto used = use_certificate(context, options); !used) return std::unexpected(used.error());
    if (auto used = use_key(context, options); !used) return std::unexpected(used.error());
    return context;
}

TlsProblems check_tls_files(const TlsOptions& options) {
    TlsProblems problems;
    ssl::context context(ssl::context::tls_client);
    const auto check = [&](auto use, std::string& problem) {
        const Result<> used = use(context, options);
        if (!used) problem = used.error().message;
    };
    if (!options.ca.empty()) check(use_ca, problems.ca);
    if (options.certificate.empty()) return problems;
    check(use_certificate, problems.certificate);
    // Against a certificate that could not be read no key is right.
    const bool is_one_file = options.key.empty() || options.key == options.certificate;
    if (problems.certificate.empty() || !is_one_file) check(use_key, problems.key);
    return problems;
}

Result<> expect_peer(SSL* connection, const std::string& host, const TlsOptions& options) {
    X509_VERIFY_PARAM* const wanted = SSL_get0_param(connection);
    std::string name(without_root_dot(host));
    const bool is_address = is_ip_address(name);
    // What SSL_set_tlsext_host_name() is a macro for, with C's casts in it.
    if (!is_address && SSL_ctrl(connection, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name,
                                name.data()) != 1) {
        return failure(fmt::format("name {} to a TLS peer", host));
    }
    if (!options.verify) return {};
    X509_VERIFY_PARAM_set_hostflags(wanted, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    const int done = is_address ? X509_VERIFY_PARAM_set1_ip_asc(wanted, name.c_str())
                                : X509_VERIFY_PARAM_set1_host(wanted, name.data(), name.size());
    if (done != 1) {
        return failure(fmt::format("expect {} as a TLS peer", host));
    }
    return {};
}

HandshakeFailure explain_handshake(SSL* connection, const error_code& error) {
    const long verdict = SSL_get_verify_result(connection);
    const bool is_asked = SSL_get_verify_mode(connection) != SSL_VERIFY_NONE;
    if (is_asked && verdict != X509_V_OK) {
        return {fmt::format("the certificate: {}", X509_verify_cert_error_string(verdict)), true};
    }
    return {error.message(), is_certificate_error(error)};
}

bool is_certificate_error(const error_code& error) {
    if (error.category() != boost::asio::error::get_ssl_category()) return false;
    switch (ERR_GET_REASON(static_cast<unsigned long>(error.value()))) {
        case SSL_R_CERTIFICATE_VERIFY_FAILED:
        case SSL_R_SSLV3_ALERT_BAD_CERTIFICATE:
        case SSL_R_SSLV3_ALERT_CERTIFICATE_EXPIRED:
        case SSL_R_SSLV3_ALERT_CERTIFICATE_REVOKED:
        case SSL_R_SSLV3_ALERT_CERTIFICATE_UNKNOWN:
        case SSL_R_TLSV1_ALERT_UNKNOWN_CA:
        case SSL_R_TLSV1_ALERT_ACCESS_DENIED:
        case SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED:
            return true;
        default:
            return false;
    }
}

}  // namespace eventfwd
