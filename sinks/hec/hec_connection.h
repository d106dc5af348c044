// One connection to one HEC: opened when it is needed and kept alive, with a channel, the
// balancer's cookies and the acknowledgements that are waited for. It gets old, so that balancers
// can spread what comes over it, and the host's name is asked again each time.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ssl/context.hpp>
#include <chrono>
#include <memory>
#include <random>
#include <string>
#include <string_view>

#include "net/cookies.h"
#include "net/http_client.h"
#include "sinks/hec/hec_acks.h"
#include "sinks/hec/hec_options.h"

namespace eventfwd {

// What all connections of a sink have in common.
struct HecTransport {
    HecSinkOptions options;
    std::string token;
    std::shared_ptr<boost::asio::ssl::context> tls;  // null until it is needed
    std::mt19937_64 random{std::random_device{}()};
};

struct HecRequest {
    enum class What { events, acknowledgements };
    What what = What::events;
    std::string_view body;
    bool is_gzip = false;
    std::chrono::microseconds timeout{0};  // of a connect, and of the request with its answer
};

struct HecExchange : HttpExchange {
    bool may_be_doubled = false;  // it was sent twice, and the first time all of it was out
};

// Used on one thread, for one exchange at a time.
class HecConnection {
  public:
    // URL and TRANSPORT outlive the connection.
    HecConnection(const Url& url, HecTransport& transport);

    // Connects where that is needed. Where a connection that was kept alive turns out to have been
    // closed by the peer, REQUEST is sent once more over a new one.
    boost::asio::awaitable<HecExchange> exchange(HecRequest request);
    void close() { client_.close(); }
    // What is under way fails, and nothing is connected any more.
    void abandon() { client_.abandon(); }

    HecAcks& acks() { return acks_; }
    const Url& url() const { return url_; }
    bool is_open() const { return client_.is_open(); }
    // Too old for more batches, and open for the acknowledgements of others alone.
    bool is_retiring() const { return is_open() && is_old() && acks_.is_waiting(); }
    bool is_connecting() const { return is_connecting_; }
    const std::string& last_error() const { return last_error_; }

  private:
    using SteadyClock = std::chrono::steady_clock;

    boost::asio::awaitable<HecExchange> exchange_once(HecRequest request);
    std::string head(const HecRequest& request) const;
    bool is_usable() const;
    bool is_old() const { return SteadyClock::now() >= expires_at_; }
    void begin_life();
    void begin_session();

    const Url& url_;
    HecTransport& transport_;
    HttpClient client_;
    SteadyClock::time_point expires_at_;  // when it is too old
    std::string channel_;
    Cookies cookies_;
    HecAcks acks_;
    std::string last_error_;
    bool is_connecting_ = false;
};

}  // namespace eventfwd
