// The destination that every subject of the forwarding rows sends to: one thread that takes bytes
// as fast as it can and counts the sample's sequence numbers in them.
//
// `receive hec PORT COUNTS` answers every HTTP request with HEC's success; `receive stream PORT
// COUNTS` takes whatever comes over TCP, as a syslog server does. COUNTS is a file of three 64-bit
// numbers, always true: events, distinct events, requests. Ends with SIGTERM.

#include "sample_event.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <libdeflate.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace {

constexpr std::size_t read_bytes = 1 << 20;
constexpr std::size_t body_bytes_max = 64 << 20;
constexpr std::string_view label = "analytics_prop__seq=";
constexpr std::size_t quotes_max = 4;  // between the label and its number: " or \"
constexpr std::string_view answer_body = R"({"text":"Success","code":0})";

[[noreturn]] void fail(const char* what) {
    std::perror(what);
    std::exit(1);
}

struct Counts {
    std::uint64_t events = 0;
    std::uint64_t distinct = 0;
    std::uint64_t requests = 0;
};

class Counter {
  public:
    explicit Counter(const char* path) {
        const int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
        if (fd < 0 || ftruncate(fd, sizeof(Counts)) != 0) fail(path);
        void* const at = mmap(nullptr, sizeof(Counts), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
        if (at == MAP_FAILED) fail(path);
        counts_ = static_cast<Counts*>(at);
    }

    // Counts what is whole in TEXT; how many bytes at its end may belong to one that is not.
    std::size_t count(std::string_view text) {
        std::size_t done = 0;
        while (true) {
            const std::size_t found = text.find(label, done);
            if (found == std::string_view::npos) break;
            const std::size_t first = text.find_first_of("0123456789", found + label.size());
            if (first == std::string_view::npos || first + bench::sequence_digits > text.size()) {
                return text.size() - found;
            }
            done = first;
            if (first - found > label.size() + quotes_max) continue;
            add(std::strtoull(std::string(text.substr(first, bench::sequence_digits)).c_str(),
                              nullptr, 10));
        }
        return std::min(text.size() - done, label.size() - 1);
    }
    void add_request() { ++counts_->requests; }

  private:
    void add(std::uint64_t sequence) {
        ++counts_->events;
        if (sequence >= seen_.size()) seen_.resize(2 * sequence + 1024);
        if (!seen_[sequence]) ++counts_->distinct;
        seen_[sequence] = true;
    }

    Counts* counts_;
    std::vector<bool> seen_;
};

// One peer's bytes.
struct Connection {
    std::string bytes;
    bool has_told_to_continue = false;
};

class Receiver {
  public:
    Receiver(bool is_hec, Counter& counter) : is_hec_(is_hec), counter_(counter) {}

    // False where the peer is to be dropped.
    bool take(int fd, Connection& connection) {
        if (is_hec_) return take_requests(fd, connection);
        const std::size_t kept = counter_.count(connection.bytes);
        connection.bytes.erase(0, connection.bytes.size() - kept);
        return true;
    }

  private:
    static std::string_view header(std::string_view head, std::string_view name) {
        for (std::size_t at = head.find("\r\n"); at != std::string_view::npos;
             at = head.find("\r\n", at + 2)) {
            const std::string_view line = head.substr(at + 2, head.find("\r\n", at + 2) - at - 2);
            if (line.size() <= name.size() || line[name.size()] != ':') continue;
            if (strncasecmp(line.data(), name.data(), name.size()) != 0) continue;
            std::string_view value = line.substr(name.size() + 1);
            while (value.starts_with(' '))
                value.remove_prefix(1);
            return value;
        }
        return {};
    }

    bool take_requests(int fd, Connection& connection) {
        while (true) {
            const std::size_t head_end = connection.bytes.find("\r\n\r\n");
            if (head_end == std::string::npos) return true;
            const auto head = std::string_view(connection.bytes).substr(0, head_end + 2);
            const std::size_t length =
                std::strtoull(std::string(header(head, "content-length")).c_str(), nullptr, 10);
            if (length == 0 || length > body_bytes_max) return false;
            if (!header(head, "expect").empty() && !connection.has_told_to_continue) {
                connection.has_told_to_continue = true;
                if (!answer(fd, "HTTP/1.1 100 Continue\r\n\r\n")) return false;
            }
            if (connection.bytes.size() < head_end + 4 + length) return true;
            const auto body = std::string_view(connection.bytes).substr(head_end + 4, length);
            if (header(head, "content-encoding").starts_with("gzip")) {
                counter_.count(inflated(body));
            } else {
                counter_.count(body);
            }
            counter_.add_request();
            if (!answer(fd,
                        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: " +
                            std::to_string(answer_body.size()) + "\r\n\r\n" +
                            std::string(answer_body))) {
                return false;
            }
            connection.bytes.erase(0, head_end + 4 + length);
            connection.has_told_to_continue = false;
        }
    }

    std::string_view inflated(std::string_view body) {
        if (inflated_.size() < 64 * body.size()) inflated_.resize(64 * body.size());
        std::size_t size = 0;
        if (libdeflate_gzip_decompress(inflater_, body.data(), body.size(), inflated_.data(),
                                       inflated_.size(), &size) != LIBDEFLATE_SUCCESS) {
            fail("a body that is no gzip");
        }
        return {inflated_.data(), size};
    }

    static bool answer(int fd, const std::string& text) {
        return send(fd, text.data(), text.size(), MSG_NOSIGNAL) ==
               static_cast<ssize_t>(text.size());
    }

    const bool is_hec_;
    Counter& counter_;
    libdeflate_decompressor* const inflater_ = libdeflate_alloc_decompressor();
    std::string inflated_;
};

int listen_on(const char* port) {
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const int yes = 1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(std::atoi(port)));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) fail("bind");
    if (listen(fd, 64) != 0) fail("listen");
    return fd;
}

// Reads what is there; false where the peer has gone.
bool read_into(int fd, std::string& bytes) {
    const std::size_t before = bytes.size();
    bytes.resize(before + read_bytes);
    const ssize_t count = recv(fd, bytes.data() + before, read_bytes, MSG_DONTWAIT);
    bytes.resize(before + (count > 0 ? static_cast<std::size_t>(count) : 0));
    return count > 0 || (count < 0 && errno == EAGAIN);
}

}  // namespace

int main(int argc, char** argv) {
    const std::string_view mode = argc == 4 ? argv[1] : "";
    if (mode != "hec" && mode != "stream") {
        std::fputs("usage: receive (hec | stream) PORT COUNTS\n", stderr);
        return 2;
    }
    Counter counter(argv[3]);
    Receiver receiver(mode == "hec", counter);
    const int listener = listen_on(argv[2]);
    std::fputs("ready\n", stderr);
    std::map<int, Connection> connections;
    while (true) {
        std::vector<pollfd> polled{{listener, POLLIN, 0}};
        for (const auto& [fd, connection] : connections)
            polled.push_back({fd, POLLIN, 0});
        if (poll(polled.data(), polled.size(), -1) < 0) continue;
        if ((polled[0].revents & POLLIN) != 0) {
            const int fd = accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
            const int yes = 1;
            setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
            if (fd >= 0) connections[fd] = {};
        }
        for (std::size_t at = 1; at < polled.size(); ++at) {
            if (polled[at].revents == 0) continue;
            const int fd = polled[at].fd;
            Connection& connection = connections[fd];
            if (!read_into(fd, connection.bytes) || !receiver.take(fd, connection)) {
                close(fd);
                connections.erase(fd);
            }
        }
    }
}
