#include "daemon/cli/send_lines.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <string>
#include <thread>
#include <vector>

#include "core/text/units.h"
#include "daemon/cli/complaints.h"
#include "daemon/cli/line_input.h"

namespace eventfwd {
namespace {

using SteadyClock = std::chrono::steady_clock;

// How far a long send is, on a terminal only.
class SendProgress {
  public:
    explicit SendProgress(bool is_shown) : is_shown_(is_shown) {}
    ~SendProgress() {
        if (is_shown_) fmt::print(stderr, "\r\x1B[K");
    }
    void tell(std::uint64_t sent) {
        const auto now = SteadyClock::now();
        if (!is_shown_ || now - told_ < std::chrono::milliseconds(200)) return;
        told_ = now;
        const double seconds = std::chrono::duration<double>(now - began_).count();
        fmt::print(stderr, "\r\x1B[K{} packets sent, {} a second", format_count(sent),
                   format_count(static_cast<std::uint64_t>(static_cast<double>(sent) /
                                                           std::max(seconds, 0.001))));
    }

  private:
    bool is_shown_;
    SteadyClock::time_point began_ = SteadyClock::now();
    SteadyClock::time_point told_ = began_;
};

// The lines that are too large to be a packet: how many, and the numbers of the first ones.
class TooLarge {
  public:
    void add(std::uint64_t line) {
        if (count_++ < kShownMax) first_.push_back(line);
    }
    bool empty() const { return count_ == 0; }
    void report() const {
        fail(fmt::format("too large for a packet, not sent: line{} {}{}", count_ == 1 ? "" : "s",
                         fmt::join(first_, ", "), count_ > kShownMax ? ", …" : ""));
    }
    std::string count_text() const {
        return fmt::format(", {} line{} not sent", format_count(count_), count_ == 1 ? "" : "s");
    }

  private:
    static constexpr std::uint64_t kShownMax = 10;

    std::uint64_t count_ = 0;
    std::vector<std::uint64_t> first_;
};

}  // namespace

int send_lines(PacketSender& sender, std::uint64_t rate, std::size_t packet_bytes_max) {
    LineInput input("");
    const auto began = SteadyClock::now();
    std::uint64_t sent = 0;
    TooLarge too_large;
    {
        SendProgress progress(::isatty(STDERR_FILENO) != 0);
        std::string line;
        for (std::uint64_t number = 1; input.next(line); ++number) {
            if (line.size() > packet_bytes_max) {
                too_large.add(number);
                continue;
            }
            if (rate > 0) {
                std::this_thread::sleep_until(
                    began + std::chrono::nanoseconds(sent * 1'000'000'000 / rate));
            }
            if (const auto done = sender.send(line); done) {
                ++sent;
            } else if (done.error().code == EMSGSIZE) {
                too_large.add(number);
            } else {
                if (!too_large.empty()) too_large.report();
                return fail(
                    fmt::format("{}; {} packets were sent before", done.error().message, sent));
            }
            progress.tell(sent);
        }
    }
    const bool is_read = input.is_read();
    if (!too_large.empty()) too_large.report();
    fmt::print(stderr, "{} packets sent{}\n", format_count(sent),
               too_large.empty() ? "" : too_large.count_text());
    return is_read && too_large.empty() ? kDone : kFailed;
}

}  // namespace eventfwd
