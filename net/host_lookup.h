// A host's name to its addresses, without holding up the thread that asks: the resolver of the
// system blocks for as long as it likes and cannot be stopped, so it runs on a thread that nobody
// waits for.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "core/result.h"
#include "net/address.h"

namespace eventfwd {

class HostLookup {
  public:
    using Answer = Result<std::vector<Address>>;

    // HOST is a name or a numeric address; those are answered at once. The addresses come in the
    // order in which they should be tried.
    HostLookup(const std::string& host, std::uint16_t port);

    // Nothing while it is under way. An error says why there is no address.
    std::optional<Answer> answer() const;

  private:
    struct Shared {
        std::mutex mutex;
        std::optional<Answer> answer;
    };
    // The thread's, too, which may outlive the lookup.
    std::shared_ptr<Shared> shared_ = std::make_shared<Shared>();
};

}  // namespace eventfwd
