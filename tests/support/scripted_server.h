// A TCP server for tests: it answers each request with the bytes that the test gave it, one
// connection after the other, on a thread of its own.
#pragma once

#include <cstdint>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "core/unique_fd.h"

namespace eventfwd::test {

struct ScriptedAnswer {
    std::string bytes;
    bool ends_connection = false;  // behind them
};

class ScriptedServer {
  public:
    // Request N gets answer N. Those behind the last one get none, and their connections stay open.
    explicit ScriptedServer(std::vector<ScriptedAnswer> answers);
    ~ScriptedServer();
    ScriptedServer(const ScriptedServer&) = delete;
    ScriptedServer& operator=(const ScriptedServer&) = delete;

    std::uint16_t port() const { return port_; }
    // Up to the empty line behind each head; a body is part of the next one.
    std::vector<std::string> requests() const;
    std::size_t connections() const;

  private:
    void run();
    void serve(int connection);

    const std::vector<ScriptedAnswer> answers_;
    UniqueFd listener_;
    std::uint16_t port_ = 0;
    mutable std::mutex mutex_;  // guards all below
    std::vector<std::string> requests_;
    std::size_t connections_ = 0;
    int connection_ = -1;  // that is served now
    bool is_stopping_ = false;
    std::thread thread_;
};

}  // namespace eventfwd::test
