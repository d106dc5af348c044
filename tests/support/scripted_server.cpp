#include "support/scripted_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <array>

namespace eventfwd::test {

ScriptedServer::ScriptedServer(std::vector<ScriptedAnswer> answers)
    : answers_(std::move(answers)), listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof(address);
    auto* const raw = reinterpret_cast<sockaddr*>(&address);
    ::bind(listener_.get(), raw, length);
    ::listen(listener_.get(), 16);
    ::getsockname(listener_.get(), raw, &length);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { run(); });
}

ScriptedServer::~ScriptedServer() {
    {
        const std::lock_guard lock(mutex_);
        is_stopping_ = true;
        ::shutdown(listener_.get(), SHUT_RDWR);
        if (connection_ >= 0) ::shutdown(connection_, SHUT_RDWR);
    }
    thread_.join();
}

std::vector<std::string> ScriptedServer::requests() const {
    const std::lock_guard lock(mutex_);
    return requests_;
}

std::size_t ScriptedServer::connections() const {
    const std::lock_guard lock(mutex_);
    return connections_;
}

void ScriptedServer::run() {
    while (true) {
        const UniqueFd connection(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
        if (!connection) return;
        {
            const std::lock_guard lock(mutex_);
            if (is_stopping_) return;
            ++connections_;
            connection_ = connection.get();
        }
        serve(connection.get());
        const std::lock_guard lock(mutex_);
        connection_ = -1;
    }
}

void ScriptedServer::serve(int connection) {
    std::string received;
    std::array<char, 4096> bytes{};
    while (true) {
        const ssize_t size = ::recv(connection, bytes.data(), bytes.size(), 0);
        if (size <= 0) return;
        received.append(bytes.data(), static_cast<std::size_t>(size));
        for (std::size_t end = 0; (end = received.find("\r\n\r\n")) != std::string::npos;) {
            ScriptedAnswer answer;
            {
                const std::lock_guard lock(mutex_);
                if (requests_.size() < answers_.size()) answer = answers_[requests_.size()];
                requests_.push_back(received.substr(0, end + 4));
            }
            received.erase(0, end + 4);
            ::send(connection, answer.bytes.data(), answer.bytes.size(), MSG_NOSIGNAL);
            if (answer.ends_connection) return;
        }
    }
}

}  // namespace eventfwd::test
