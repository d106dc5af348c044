#include "support/certificates.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <cstdio>
#include <cstdlib>

namespace eventfwd::test {
namespace {

constexpr long kDay = 24L * 3600;

template <auto Function>
struct Free {
    template <class T>
    void operator()(T* object) const {
        Function(object);
    }
};
using KeyPair = std::unique_ptr<EVP_PKEY, Free<::EVP_PKEY_free>>;
using Certificate = std::unique_ptr<X509, Free<::X509_free>>;

void require(bool holds) {
    if (!holds) std::abort();
}

KeyPair make_key() {
    return KeyPair(::EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256"));
}

void add_extension(X509* certificate, X509* issuer, int kind, const std::string& value) {
    X509V3_CTX context{};
    ::X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
    X509_EXTENSION* const extension = ::X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str());
    require(extension != nullptr);
    ::X509_add_ext(certificate, extension, -1);
    ::X509_EXTENSION_free(extension);
}

Certificate make_certificate(EVP_PKEY* key, const std::string& name, long serial, int days_valid) {
    Certificate certificate(::X509_new());
    ::X509_set_version(certificate.get(), 2);
    ::ASN1_INTEGER_set(::X509_get_serialNumber(certificate.get()), serial);
    ::X509_gmtime_adj(::X509_getm_notBefore(certificate.get()), -kDay);
    ::X509_gmtime_adj(::X509_getm_notAfter(certificate.get()), (days_valid - 1) * kDay);
    ::X509_set_pubkey(certificate.get(), key);
    ::X509_NAME_add_entry_by_txt(::X509_get_subject_name(certificate.get()), "CN", MBSTRING_ASC,
                                 reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
    return certificate;
}

void write(const std::string& path, X509* certificate, EVP_PKEY* key) {
    std::FILE* const file = std::fopen(path.c_str(), "w");
    require(file != nullptr);
    require(::PEM_write_X509(file, certificate) == 1);
    require(key == nullptr ||
            ::PEM_write_PrivateKey(file, key, nullptr, nullptr, 0, nullptr, nullptr) == 1);
    std::fclose(file);
}

}  // namespace

struct Authority::Keys {
    KeyPair key = make_key();
    Certificate certificate;
    long serial = 1;
};

Authority::Authority(const std::string& directory)
    : directory_(directory), file_(directory + "/ca.pem"), keys_(std::make_unique<Keys>()) {
    keys_->certificate = make_certificate(keys_->key.get(), "test authority", keys_->serial, 100);
    X509* const own = keys_->certificate.get();
    ::X509_set_issuer_name(own, ::X509_get_subject_name(own));
    add_extension(own, own, NID_basic_constraints, "critical,CA:TRUE");
    require(::X509_sign(own, keys_->key.get(), ::EVP_sha256()) > 0);
    write(file_, own, nullptr);
}

Authority::~Authority() = default;

std::string Authority::issue(const std::string& file_name, const std::string& names,
                             int days_valid) {
    const KeyPair key = make_key();
    const Certificate certificate =
        make_certificate(key.get(), "test", ++keys_->serial, days_valid);
    X509* const issuer = keys_->certificate.get();
    ::X509_set_issuer_name(certificate.get(), ::X509_get_subject_name(issuer));
    add_extension(certificate.get(), issuer, NID_subject_alt_name, names);
    require(::X509_sign(certificate.get(), keys_->key.get(), ::EVP_sha256()) > 0);
    std::string path = directory_ + "/" + file_name;
    write(path, certificate.get(), key.get());
    return path;
}

}  // namespace eventfwd::test
