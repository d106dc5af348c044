// A syslog server for tests: it does only what the test tells it to.
#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <string>

#include "core/unique_fd.h"
#include "net/address.h"
#include "support/wait.h"

namespace eventfwd::test {

class SyslogServer {
  public:
    // A port of HOST that the system picks.
    static SyslogServer tcp(const std::string& host = "127.0.0.1:0", int receive_buffer = 0) {
        return SyslogServer(*Address::parse(host), SOCK_STREAM, receive_buffer);
    }
    static SyslogServer udp(const std::string& host = "127.0.0.1:0") {
        return SyslogServer(*Address::parse(host), SOCK_DGRAM, 0);
    }
    static SyslogServer unix(const std::string& path, int type) { return SyslogServer(path, type); }

    std::string address(const std::string& scheme) const {
        sockaddr_storage storage{};
        socklen_t length = sizeof(storage);
        auto* const raw = reinterpret_cast<sockaddr*>(&storage);
        ::getsockname(socket_.get(), raw, &length);
        return scheme + "://" + Address::of(raw, length)->text();
    }

    // The next connection.
    void accept() {
        ASSERT_TRUE(eventually([&] {
            connection_ = UniqueFd(::accept(socket_.get(), nullptr, nullptr));
            return static_cast<bool>(connection_);
        }));
        ::fcntl(connection_.get(), F_SETFL, O_NONBLOCK);
    }
    bool has_caller() const {
        pollfd ready{socket_.get(), POLLIN, 0};
        return ::poll(&ready, 1, 0) == 1;
    }
    // At most MOST of what is there; nothing where nothing is.
    std::string read_some(std::size_t most) {
        std::string text(std::min<std::size_t>(most, 70'000), '\0');
        const ssize_t size = ::recv(reader(), text.data(), text.size(), MSG_DONTWAIT);
        text.resize(size < 0 ? 0 : static_cast<std::size_t>(size));
        return text;
    }
    std::string read(std::size_t bytes) {
        std::string text;
        EXPECT_TRUE(eventually([&] {
            text += read_some(bytes - text.size());
            return text.size() == bytes;
        })) << text;
        return text;
    }
    std::string read_datagram() {
        std::string text;
        EXPECT_TRUE(eventually([&] {
            text = read_some(70'000);
            return !text.empty();
        }));
        return text;
    }
    // What the kernel has acknowledged for it and it has not read.
    std::size_t unread() const {
        int bytes = 0;
        ::ioctl(reader(), FIONREAD, &bytes);
        return static_cast<std::size_t>(bytes);
    }
    void say(const std::string& text) { ::send(reader(), text.data(), text.size(), MSG_NOSIGNAL); }
    void hang_up() { connection_ = UniqueFd(); }
    void close() {
        hang_up();
        socket_ = UniqueFd();
    }

  private:
    SyslogServer(const Address& address, int type, int receive_buffer)
        : socket_(::socket(address.family(), type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)) {
        const int on = 1;
        ::setsockopt(socket_.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
        if (receive_buffer > 0) {
            ::setsockopt(socket_.get(), SOL_SOCKET, SO_RCVBUF, &receive_buffer,
                         sizeof(receive_buffer));
        }
        EXPECT_EQ(::bind(socket_.get(), address.raw(), address.length()), 0) << address.text();
        if (type == SOCK_STREAM) ::listen(socket_.get(), 8);
    }
    SyslogServer(const std::string& path, int type)
        : socket_(::socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)) {
        ::unlink(path.c_str());
        sockaddr_un raw{};
        raw.sun_family = AF_UNIX;
        path.copy(raw.sun_path, sizeof(raw.sun_path) - 1);
        EXPECT_EQ(::bind(socket_.get(), reinterpret_cast<const sockaddr*>(&raw), sizeof(raw)), 0);
        if (type == SOCK_STREAM) ::listen(socket_.get(), 8);
    }
    int reader() const { return connection_ ? connection_.get() : socket_.get(); }

    UniqueFd socket_;
    UniqueFd connection_;
};

}  // namespace eventfwd::test
