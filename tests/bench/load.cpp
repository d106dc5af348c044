// A paced sender of sample events over UDP or a Unix datagram socket.
//
// It wakes every millisecond by an absolute clock and sends what is due by then, so that the mean
// rate is exact. At rate 0 it sends as fast as the socket takes it. A sender that was held up
// catches up at no more than four times its pace, so that its own hiccups do not overflow the
// receiver. It prints one line of JSON: {"sent":…,"seconds":…,"rate":…,"started":…}.

#include "sample_event.h"

#include <arpa/inet.h>
#include <getopt.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

namespace {

constexpr std::uint64_t ns_per_s = 1'000'000'000;
constexpr std::uint64_t tick_ns = 1'000'000;
constexpr std::size_t segments_max = 60;  // Events in one GSO send.
constexpr std::size_t messages_max = 64;  // Messages in one sendmmsg.
constexpr std::size_t gso_messages_max = 4;
constexpr std::size_t slots_min = 960;

struct Options {
    std::string udp;
    std::string unix_path;
    std::uint64_t rate = 0;  // Events a second; 0: as fast as possible.
    double seconds = 1;
    std::uint64_t count = 0;  // 0: what rate and seconds give.
    std::uint64_t first_seq = 0;
    std::size_t applications = 1;
    bool gso = false;
    bool stamp = false;
};

[[noreturn]] void fail(std::string_view text, int error = 0) {
    std::fprintf(stderr, "load: %.*s%s%s\n", static_cast<int>(text.size()), text.data(),
                 error != 0 ? ": " : "", error != 0 ? std::strerror(error) : "");
    std::exit(1);
}

constexpr auto usage =
    "usage: load (--udp HOST:PORT | --unix PATH) [options]\n"
    "  --rate N           events a second; 0 (default): as fast as possible\n"
    "  --seconds S        how long to send (default 1)\n"
    "  --count N          how many events, instead of --seconds; at most --seconds long if both\n"
    "  --gso              UDP segmentation: up to 60 datagrams a send\n"
    "  --stamp            put the send time, microseconds since 1970, into each event\n"
    "  --applications N   as many application names (default 1)\n"
    "  --first-seq N      the first sequence number (default 0)\n";

std::uint64_t number(std::string_view name, std::string_view text) {
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size()) {
        fail(std::string("--").append(name).append(" wants a number"));
    }
    return value;
}

Options parse(int argc, char** argv) {
    enum { udp = 1, unix_path, rate, seconds, count, gso, stamp, applications, first_seq, help };
    const option table[] = {{"udp", 1, nullptr, udp},
                            {"unix", 1, nullptr, unix_path},
                            {"rate", 1, nullptr, rate},
                            {"seconds", 1, nullptr, seconds},
                            {"count", 1, nullptr, count},
                            {"gso", 0, nullptr, gso},
                            {"stamp", 0, nullptr, stamp},
                            {"applications", 1, nullptr, applications},
                            {"first-seq", 1, nullptr, first_seq},
                            {"help", 0, nullptr, help},
                            {nullptr, 0, nullptr, 0}};
    Options options;
    bool timed = false;
    for (int key = 0; (key = getopt_long(argc, argv, "", table, nullptr)) != -1;) {
        switch (key) {
            case udp:
                options.udp = optarg;
                break;
            case unix_path:
                options.unix_path = optarg;
                break;
            case rate:
                options.rate = number("rate", optarg);
                break;
            case seconds:
                options.seconds = std::atof(optarg);
                timed = true;
                break;
            case count:
                options.count = number("count", optarg);
                break;
            case gso:
                options.gso = true;
                break;
            case stamp:
                options.stamp = true;
                break;
            case applications:
                options.applications = number("applications", optarg);
                break;
            case first_seq:
                options.first_seq = number("first-seq", optarg);
                break;
            case help:
                std::fputs(usage, stdout);
                std::exit(0);
            default:
                std::fputs(usage, stderr);
                std::exit(2);
        }
    }
    if (options.udp.empty() == options.unix_path.empty() || optind != argc ||
        options.seconds <= 0 || options.applications == 0 || (options.gso && options.udp.empty())) {
        std::fputs(usage, stderr);
        std::exit(2);
    }
    // A count alone still ends in bounded time, even if the receiver stops reading.
    if (options.count != 0 && !timed) {
        options.seconds =
            options.rate != 0
                ? 1.5 * static_cast<double>(options.count) / static_cast<double>(options.rate) + 1
                : 60;
    } else if (options.count == 0 && options.rate != 0) {
        options.count =
            static_cast<std::uint64_t>(static_cast<double>(options.rate) * options.seconds);
        options.seconds *= 1.25;  // A sender that is too slow shows in its rate, not in a cut.
    }
    return options;
}

int connect_udp(const std::string& where) {
    const auto colon = where.rfind(':');
    if (colon == std::string::npos) {
        fail("--udp wants HOST:PORT with a numeric address");
    }
    auto host = where.substr(0, colon);
    if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
        host = host.substr(1, host.size() - 2);
    }
    const auto port = number("udp", std::string_view(where).substr(colon + 1));
    sockaddr_in v4{};
    sockaddr_in6 v6{};
    v4.sin_family = AF_INET;
    v6.sin6_family = AF_INET6;
    v4.sin_port = v6.sin6_port = htons(static_cast<std::uint16_t>(port));
    const bool is_v4 = inet_pton(AF_INET, host.c_str(), &v4.sin_addr) == 1;
    if (!is_v4 && inet_pton(AF_INET6, host.c_str(), &v6.sin6_addr) != 1) {
        fail("--udp wants HOST:PORT with a numeric address");
    }
    const int fd = socket(is_v4 ? AF_INET : AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    const auto* address =
        is_v4 ? reinterpret_cast<const sockaddr*>(&v4) : reinterpret_cast<const sockaddr*>(&v6);
    if (fd < 0 || connect(fd, address, is_v4 ? sizeof v4 : sizeof v6) != 0) {
        fail("connect to " + where, errno);
    }
    return fd;
}

int connect_unix(const std::string& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.size() >= sizeof address.sun_path) {
        fail("the path of the socket is too long");
    }
    std::memcpy(address.sun_path, path.data(), path.size());
    const int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
        fail("connect to " + path, errno);
    }
    // A receiver that has stopped reading must not hold the sender for ever.
    const timeval limit{5, 0};
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
    return fd;
}

std::uint64_t now_ns(clockid_t clock) {
    timespec now{};
    clock_gettime(clock, &now);
    return static_cast<std::uint64_t>(now.tv_sec) * ns_per_s +
           static_cast<std::uint64_t>(now.tv_nsec);
}

void sleep_until(std::uint64_t at_ns) {
    const timespec at{static_cast<time_t>(at_ns / ns_per_s), static_cast<long>(at_ns % ns_per_s)};
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, nullptr) == EINTR) {
    }
}

// A ring of ready-made packets, one behind the other so that GSO can send neighbours as one.
class Packets {
  public:
    explicit Packets(const Options& options)
        : seq_(options.first_seq),
          stamp_(options.stamp),
          slots_((std::max(slots_min, options.applications) + segments_max - 1) / segments_max *
                 segments_max),
          bytes_(slots_ * bench::packet_bytes) {
        constexpr auto user_at = bench::offset_behind(bench::sample_packet, "\"user-");
        constexpr auto app_at = bench::offset_behind(bench::sample_packet, "\"application\":\"");
        for (std::size_t i = 0; i < slots_; ++i) {
            char* packet = at(i);
            std::memcpy(packet, bench::sample_packet.data(), bench::packet_bytes);
            bench::write_digits(packet + user_at, bench::user_digits, i * 7919 % 100'000);
            if (options.applications > 1) {
                auto name = i % options.applications;
                for (std::size_t c = 0; c < bench::application_bytes; ++c, name /= 26) {
                    packet[app_at + c] = static_cast<char>('a' + name % 26);
                }
            }
        }
    }

    // How many packets may follow each other from the current one without a wrap.
    std::size_t contiguous() const { return slots_ - next_; }

    char* current() { return at(next_); }

    // Numbers, and if asked stamps, the next `count` packets; the caller then sends them.
    void prepare(std::size_t count) {
        constexpr auto seq_at = bench::offset_behind(bench::sample_packet, "\"seq\":\"");
        constexpr auto stamp_at = bench::offset_behind(bench::sample_packet, "\"sent\":\"");
        const auto stamp_us = stamp_ ? now_ns(CLOCK_REALTIME) / 1000 : 0;
        for (std::size_t i = 0; i < count; ++i) {
            char* packet = at(next_ + i);
            bench::write_digits(packet + seq_at, bench::sequence_digits, seq_ + i);
            if (stamp_) {
                bench::write_digits(packet + stamp_at, bench::stamp_digits, stamp_us);
            }
        }
    }

    void advance(std::size_t count) {
        seq_ += count;
        next_ = (next_ + count) % slots_;
    }

  private:
    char* at(std::size_t slot) { return bytes_.data() + slot * bench::packet_bytes; }

    std::uint64_t seq_;
    bool stamp_;
    std::size_t slots_;
    std::size_t next_ = 0;
    std::vector<char> bytes_;
};

class Sender {
  public:
    explicit Sender(const Options& options) : options_(options), packets_(options) {
        fd_ = options.udp.empty() ? connect_unix(options.unix_path) : connect_udp(options.udp);
        const int segment = static_cast<int>(bench::packet_bytes);
        if (options.gso && setsockopt(fd_, SOL_UDP, UDP_SEGMENT, &segment, sizeof segment) != 0) {
            fail("set UDP_SEGMENT", errno);
        }
    }

    std::uint64_t sent() const { return sent_; }

    // Sends at most `due` events in one system call. False when the receiver stopped reading.
    bool send_some(std::uint64_t due) {
        const auto per_message = options_.gso ? segments_max : 1;
        const auto batch = options_.gso ? segments_max * gso_messages_max : messages_max;
        const auto wanted = std::min({static_cast<std::size_t>(due), batch, packets_.contiguous()});
        packets_.prepare(wanted);
        std::array<iovec, messages_max> parts{};
        std::array<mmsghdr, messages_max> messages{};
        unsigned used = 0;
        for (std::size_t done = 0; done < wanted; ++used) {
            const auto events = std::min(per_message, wanted - done);
            parts[used] = {packets_.current() + done * bench::packet_bytes,
                           events * bench::packet_bytes};
            messages[used].msg_hdr.msg_iov = &parts[used];
            messages[used].msg_hdr.msg_iovlen = 1;
            done += events;
        }
        const int result = sendmmsg(fd_, messages.data(), used, 0);
        if (result < 0) {
            return retry(errno);
        }
        std::size_t events = 0;
        for (int i = 0; i < result; ++i) {
            events += parts[static_cast<std::size_t>(i)].iov_len / bench::packet_bytes;
        }
        packets_.advance(events);
        sent_ += events;
        return true;
    }

  private:
    bool retry(int error) {
        if (error == EAGAIN) {
            return false;
        }
        if (error != EINTR && error != ENOBUFS) {
            fail("send", error);
        }
        return true;
    }

    const Options& options_;
    Packets packets_;
    int fd_ = -1;
    std::uint64_t sent_ = 0;
};

// Everything at once, until the count or the time is reached.
void flood(Sender& sender, const Options& options, std::uint64_t end_ns) {
    const auto count = options.count != 0 ? options.count : UINT64_MAX;
    while (sender.sent() < count && now_ns(CLOCK_MONOTONIC) < end_ns &&
           sender.send_some(count - sender.sent())) {
    }
}

void pace(Sender& sender, const Options& options, std::uint64_t start_ns, std::uint64_t end_ns) {
    const auto burst_max = std::max<std::uint64_t>(4 * options.rate * tick_ns / ns_per_s, 16);
    for (auto tick = start_ns + tick_ns; sender.sent() < options.count; tick += tick_ns) {
        sleep_until(tick);
        const auto now = now_ns(CLOCK_MONOTONIC);
        if (now >= end_ns) {
            return;
        }
        const auto due = static_cast<std::uint64_t>(static_cast<double>(now - start_ns) / 1e9 *
                                                    static_cast<double>(options.rate));
        const auto goal = std::min({due, options.count, sender.sent() + burst_max});
        while (sender.sent() < goal) {
            if (!sender.send_some(goal - sender.sent())) {
                return;
            }
        }
    }
}

}  // namespace

int main(int argc, char** argv) {
    const auto options = parse(argc, argv);
    prctl(PR_SET_TIMERSLACK, 1UL, 0UL, 0UL, 0UL);
    Sender sender(options);
    const auto start = now_ns(CLOCK_MONOTONIC);
    const auto end = start + static_cast<std::uint64_t>(options.seconds * 1e9);
    if (options.rate == 0) {
        flood(sender, options, end);
    } else {
        pace(sender, options, start, end);
    }
    const auto seconds = static_cast<double>(now_ns(CLOCK_MONOTONIC) - start) / 1e9;
    std::printf("{\"sent\":%llu,\"seconds\":%.6f,\"rate\":%.0f,\"started\":%.6f}\n",
                static_cast<unsigned long long>(sender.sent()), seconds,
                static_cast<double>(sender.sent()) / seconds, static_cast<double>(start) / 1e9);
    return 0;
}
