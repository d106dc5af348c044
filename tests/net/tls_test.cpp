#include "net/tls.h"

#include <gtest/gtest.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <memory>

namespace eventfwd {
namespace {

struct Expected {
    std::string sni;  // empty: none is sent
    std::string certificate_for;
};

Expected expected_for(const std::string& host) {
    auto context = make_tls_context({});
    const std::unique_ptr<SSL, decltype(&::SSL_free)> connection(
        ::SSL_new(context.value().native_handle()), ::SSL_free);
    EXPECT_TRUE(expect_peer(connection.get(), host, {}));
    X509_VERIFY_PARAM* const wanted = ::SSL_get0_param(connection.get());
    const char* const sni = ::SSL_get_servername(connection.get(), TLSEXT_NAMETYPE_host_name);
    const char* const name = ::X509_VERIFY_PARAM_get0_host(wanted, 0);
    const std::unique_ptr<char, void (*)(char*)> address(::X509_VERIFY_PARAM_get1_ip_asc(wanted),
                                                         [](char* text) { OPENSSL_free(text); });
    return {sni == nullptr ? "" : sni, name != nullptr      ? name
                                       : address != nullptr ? address.get()
                                                            : ""};
}

TEST(ExpectPeer, LeavesOutTheDotThatEndsAnAbsoluteName) {
    for (const char* host : {"splunk.test", "splunk.test."}) {
        const Expected expected = expected_for(host);
        EXPECT_EQ(expected.sni, "splunk.test");
        EXPECT_EQ(expected.certificate_for, "splunk.test");
    }
}

TEST(ExpectPeer, NamesNoAddressEvenWhereADotEndsIt) {
    for (const char* host : {"127.0.0.1", "127.0.0.1."}) {
        const Expected expected = expected_for(host);
        EXPECT_EQ(expected.sni, "");
        EXPECT_EQ(expected.certificate_for, "127.0.0.1");
    }
}

}  // namespace
}  // namespace eventfwd
