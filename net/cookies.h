// The cookies by which a balancer knows the indexer that a connection belongs to. They are kept for
// one connection and sent back as they came; what else a cookie can say is for browsers.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace eventfwd {

class Cookies {
  public:
    // VALUE of a Set-Cookie header (RFC 6265, section 5.2): one cookie, set or, with Max-Age=0,
    // removed. Anything else, and what would be too much, is left out.
    void take(std::string_view value);
    void clear() { cookies_.clear(); }

    // The value of a Cookie header; empty where there are none.
    std::string header() const;

  private:
    std::vector<std::pair<std::string, std::string>> cookies_;  // name, value
};

}  // namespace eventfwd
