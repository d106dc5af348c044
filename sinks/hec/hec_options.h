// What a HEC sink can be told.
#pragma once

#include <chrono>
#include <vector>

#include "net/secret.h"
#include "net/tls.h"
#include "net/url.h"
#include "sinks/hec/hec_body.h"

namespace eventfwd {

struct HecSinkOptions {
    std::vector<Url> urls;  // one at least
    SecretSource token;
    HecEnvelope envelope;
    bool acknowledgements = false;
    bool is_gzip = true;
    std::size_t connections = 4;                                   // requests at once
    std::chrono::microseconds timeout = std::chrono::seconds(30);  // of a connect, of an exchange
    std::chrono::microseconds age_max = std::chrono::minutes(5);   // of a connection, ± a quarter
    std::chrono::microseconds ack_timeout = std::chrono::minutes(5);
    std::chrono::microseconds ack_interval = std::chrono::seconds(1);
    std::chrono::microseconds backoff_initial =
        std::chrono::seconds(1);                                      // of a URL in trouble, while
    std::chrono::microseconds backoff_max = std::chrono::minutes(1);  // others are well
    TlsOptions tls;

    bool operator==(const HecSinkOptions&) const = default;
};

}  // namespace eventfwd
