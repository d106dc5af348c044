// The floors: what receiving, and receiving and rendering, must cost at the least on this machine.
//
// One thread, recvmmsg of up to 256 datagrams, one write per batch. `raw` writes the bytes as they
// came, `raw-render` makes the line by copying between fixed offsets (it knows the sample event
// and nothing else). SIGTERM makes the socket non-blocking: what the kernel still holds is taken,
// then the program ends and prints {"received":…,"batches":…}.

#include "sample_event.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <getopt.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

namespace {

constexpr std::size_t batch_max = 256;
constexpr std::size_t slot_bytes = 2048;
constexpr std::size_t control_bytes = CMSG_SPACE(sizeof(timespec));
constexpr std::size_t time_bytes = 27;
constexpr std::size_t line_bytes = time_bytes + bench::sample_pairs.size() + 1;

struct Options {
    bool render = false;
    std::string udp;
    std::string unix_path;
    std::string out;
    long coalesce_us = 0;
    int receive_buffer = 4 << 20;
};

constexpr auto usage =
    "usage: floor (raw | raw-render) (--udp HOST:PORT | --unix PATH) --out FILE [options]\n"
    "  --coalesce-us N        pause so long after a batch that was not full (default 0: never)\n"
    "  --receive-buffer N     SO_RCVBUF in bytes (default 4194304)\n";

[[noreturn]] void fail(std::string_view text, int error = 0) {
    std::fprintf(stderr, "floor: %.*s%s%s\n", static_cast<int>(text.size()), text.data(),
                 error != 0 ? ": " : "", error != 0 ? std::strerror(error) : "");
    std::exit(1);
}

[[noreturn]] void wrong_usage() {
    std::fputs(usage, stderr);
    std::exit(2);
}

Options parse(int argc, char** argv) {
    enum { udp = 1, unix_path, out, coalesce, receive_buffer };
    const option table[] = {{"udp", 1, nullptr, udp},
                            {"unix", 1, nullptr, unix_path},
                            {"out", 1, nullptr, out},
                            {"coalesce-us", 1, nullptr, coalesce},
                            {"receive-buffer", 1, nullptr, receive_buffer},
                            {nullptr, 0, nullptr, 0}};
    Options options;
    for (int key = 0; (key = getopt_long(argc, argv, "", table, nullptr)) != -1;) {
        switch (key) {
            case udp:
                options.udp = optarg;
                break;
            case unix_path:
                options.unix_path = optarg;
                break;
            case out:
                options.out = optarg;
                break;
            case coalesce:
                options.coalesce_us = std::atol(optarg);
                break;
            case receive_buffer:
                options.receive_buffer = std::atoi(optarg);
                break;
            default:
                wrong_usage();
        }
    }
    if (optind + 1 != argc || options.udp.empty() == options.unix_path.empty() ||
        options.out.empty()) {
        wrong_usage();
    }
    const std::string_view mode = argv[optind];
    if (mode != "raw" && mode != "raw-render") {
        wrong_usage();
    }
    options.render = mode == "raw-render";
    return options;
}

int bind_udp(const Options& options) {
    const auto colon = options.udp.rfind(':');
    if (colon == std::string::npos) {
        wrong_usage();
    }
    auto host = options.udp.substr(0, colon);
    if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
        host = host.substr(1, host.size() - 2);
    }
    sockaddr_in v4{};
    sockaddr_in6 v6{};
    v4.sin_family = AF_INET;
    v6.sin6_family = AF_INET6;
    v4.sin_port = v6.sin6_port =
        htons(static_cast<std::uint16_t>(std::atoi(options.udp.c_str() + colon + 1)));
    const bool is_v4 = inet_pton(AF_INET, host.c_str(), &v4.sin_addr) == 1;
    if (!is_v4 && inet_pton(AF_INET6, host.c_str(), &v6.sin6_addr) != 1) {
        wrong_usage();
    }
    const int fd = socket(is_v4 ? AF_INET : AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &options.receive_buffer, sizeof options.receive_buffer);
    const auto* address =
        is_v4 ? reinterpret_cast<const sockaddr*>(&v4) : reinterpret_cast<const sockaddr*>(&v6);
    if (fd < 0 || bind(fd, address, is_v4 ? sizeof v4 : sizeof v6) != 0) {
        fail("bind " + options.udp, errno);
    }
    return fd;
}

int bind_unix(const Options& options) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (options.unix_path.size() >= sizeof address.sun_path) {
        fail("the path of the socket is too long");
    }
    std::memcpy(address.sun_path, options.unix_path.data(), options.unix_path.size());
    unlink(options.unix_path.c_str());
    const int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
        fail("bind " + options.unix_path, errno);
    }
    return fd;
}

int socket_to_drain = -1;

// fcntl may be called here. A receive that already waits ends with EINTR; one that begins later
// finds the flag: there is no window in which the signal could be missed.
extern "C" void stop_waiting(int) {
    const int saved = errno;
    fcntl(socket_to_drain, F_SETFL, fcntl(socket_to_drain, F_GETFL) | O_NONBLOCK);
    errno = saved;
}

// `2011-08-08T11:45:17.735045Z`; the calendar is asked once a second.
class TimeText {
  public:
    void write(char* to, const timespec& at) {
        if (at.tv_sec != second_) {
            second_ = at.tv_sec;
            tm utc{};
            gmtime_r(&second_, &utc);
            strftime(prefix_.data(), prefix_.size(), "%Y-%m-%dT%H:%M:%S.", &utc);
        }
        std::memcpy(to, prefix_.data(), 20);
        bench::write_digits(to + 20, 6, static_cast<std::uint64_t>(at.tv_nsec / 1000));
        to[26] = 'Z';
    }

  private:
    time_t second_ = -1;
    std::array<char, 32> prefix_{};
};

// Copies the field that follows `json_label` to the place behind `line_label`.
template <std::size_t from, std::size_t to, std::size_t bytes>
void copy_field(const char* packet, char* pairs) {
    std::memcpy(pairs + to, packet + from, bytes);
}

void render(const char* packet, char* pairs) {
    using bench::offset_behind;
    using bench::sample_packet;
    using bench::sample_pairs;
    std::memcpy(pairs, sample_pairs.data(), sample_pairs.size());
    copy_field<offset_behind(sample_packet, "\"application\":\""),
               offset_behind(sample_pairs, "application=\""), 4>(packet, pairs);
    copy_field<offset_behind(sample_packet, "\"event\":\""),
               offset_behind(sample_pairs, "event=\""), 8>(packet, pairs);
    copy_field<offset_behind(sample_packet, "\"distinct_id\":\""),
               offset_behind(sample_pairs, "distinct_id=\""), 13>(packet, pairs);
    copy_field<offset_behind(sample_packet, "\"seq\":\""), offset_behind(sample_pairs, "seq=\""),
               12>(packet, pairs);
    copy_field<offset_behind(sample_packet, "\"sent\":\""), offset_behind(sample_pairs, "sent=\""),
               16>(packet, pairs);
    copy_field<offset_behind(sample_packet, "\"plan\":\""), offset_behind(sample_pairs, "plan=\""),
               7>(packet, pairs);
    copy_field<offset_behind(sample_packet, "\"amount\":"),
               offset_behind(sample_pairs, "amount=\""), 6>(packet, pairs);
    copy_field<offset_behind(sample_packet, "\"page\":\""), offset_behind(sample_pairs, "page=\""),
               44>(packet, pairs);
}

timespec received_at(msghdr& header) {
    timespec at{};
    if (const cmsghdr* control = CMSG_FIRSTHDR(&header);
        control != nullptr && control->cmsg_type == SCM_TIMESTAMPNS) {
        std::memcpy(&at, CMSG_DATA(control), sizeof at);
    } else {
        clock_gettime(CLOCK_REALTIME, &at);
    }
    return at;
}

class Floor {
  public:
    Floor(const Options& options, int in, int out)
        : options_(options),
          in_(in),
          out_(out),
          packets_(batch_max * slot_bytes),
          controls_(batch_max * control_bytes),
          lines_(batch_max * slot_bytes) {
        for (std::size_t i = 0; i < batch_max; ++i) {
            parts_[i] = {packets_.data() + i * slot_bytes, slot_bytes - 1};
            messages_[i].msg_hdr.msg_iov = &parts_[i];
            messages_[i].msg_hdr.msg_iovlen = 1;
        }
    }

    void run() {
        const timespec pause{0, options_.coalesce_us * 1000};
        for (;;) {
            const auto count = receive();
            if (count == 0) {
                return;
            }
            write_out(options_.render ? render_batch(count) : copy_batch(count));
            received_ += count;
            ++batches_;
            if (options_.coalesce_us > 0 && count < batch_max) {
                nanosleep(&pause, nullptr);
            }
        }
    }

    void report() const {
        std::printf("{\"received\":%llu,\"batches\":%llu}\n",
                    static_cast<unsigned long long>(received_),
                    static_cast<unsigned long long>(batches_));
    }

  private:
    // Waits for at least one datagram; 0 when the end was asked for and the queue is empty.
    std::size_t receive() {
        for (;;) {
            if (options_.render) {
                for (std::size_t i = 0; i < batch_max; ++i) {
                    messages_[i].msg_hdr.msg_control = controls_.data() + i * control_bytes;
                    messages_[i].msg_hdr.msg_controllen = control_bytes;
                }
            }
            const int count = recvmmsg(in_, messages_.data(), batch_max, MSG_WAITFORONE, nullptr);
            if (count > 0) {
                return static_cast<std::size_t>(count);
            }
            if (errno == EAGAIN) {
                return 0;
            }
            if (errno != EINTR) {
                fail("receive", errno);
            }
        }
    }

    std::size_t copy_batch(std::size_t count) {
        char* to = lines_.data();
        for (std::size_t i = 0; i < count; ++i) {
            to = copy_raw(to, i);
        }
        return static_cast<std::size_t>(to - lines_.data());
    }

    char* copy_raw(char* to, std::size_t i) {
        std::memcpy(to, packets_.data() + i * slot_bytes, messages_[i].msg_len);
        to += messages_[i].msg_len;
        *to++ = '\n';
        return to;
    }

    std::size_t render_batch(std::size_t count) {
        char* to = lines_.data();
        for (std::size_t i = 0; i < count; ++i) {
            if (messages_[i].msg_len != bench::packet_bytes) {
                to = copy_raw(to, i);
                continue;
            }
            time_.write(to, received_at(messages_[i].msg_hdr));
            render(packets_.data() + i * slot_bytes, to + time_bytes);
            to[line_bytes - 1] = '\n';
            to += line_bytes;
        }
        return static_cast<std::size_t>(to - lines_.data());
    }

    void write_out(std::size_t bytes) {
        for (std::size_t done = 0; done < bytes;) {
            const auto result = write(out_, lines_.data() + done, bytes - done);
            if (result < 0 && errno != EINTR) {
                fail("write", errno);
            }
            done += result > 0 ? static_cast<std::size_t>(result) : 0;
        }
    }

    const Options& options_;
    int in_;
    int out_;
    std::vector<char> packets_;
    std::vector<char> controls_;
    std::vector<char> lines_;
    std::array<iovec, batch_max> parts_{};
    std::array<mmsghdr, batch_max> messages_{};
    TimeText time_;
    std::uint64_t received_ = 0;
    std::uint64_t batches_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
    const auto options = parse(argc, argv);
    const int out = open(options.out.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640);
    if (out < 0) {
        fail("open " + options.out, errno);
    }
    const int in = options.udp.empty() ? bind_unix(options) : bind_udp(options);
    if (const int on = 1; options.render) {
        setsockopt(in, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on);
    }
    prctl(PR_SET_TIMERSLACK, 1UL, 0UL, 0UL, 0UL);

    socket_to_drain = in;
    struct sigaction action{};
    action.sa_handler = stop_waiting;
    sigaction(SIGTERM, &action, nullptr);
    sigaction(SIGINT, &action, nullptr);

    int granted = 0;
    socklen_t granted_size = sizeof granted;
    getsockopt(in, SOL_SOCKET, SO_RCVBUF, &granted, &granted_size);
    std::fprintf(stderr, "floor: ready, receive buffer asked %d, granted %d (twice the payload)\n",
                 options.receive_buffer, granted);

    Floor floor(options, in, out);
    floor.run();
    floor.report();
    return 0;
}
