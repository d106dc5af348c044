// Reads what a subject of the benchmark wrote.
//
// `lines count FILE…` counts lines and distinct sequence numbers, so that neither a loss nor a
// duplicate hides behind the other. `lines follow FILE` tails a file while stamped load runs and
// tells how long after its sending a line became visible: it looks every 200 µs and takes the stamp
// of every tenth line, so that it hardly disturbs what it measures.

#include "sample_event.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace {

constexpr std::size_t chunk_bytes = 4 << 20;
constexpr std::uint64_t seq_limit = 1ULL << 32;
constexpr auto usage =
    "usage: lines count FILE...\n"
    "       lines follow FILE --seconds S [--poll-us 200] [--every 10] [--skip-ms 300]\n";

[[noreturn]] void fail(std::string_view text, int error = 0) {
    std::fprintf(stderr, "lines: %.*s%s%s\n", static_cast<int>(text.size()), text.data(),
                 error != 0 ? ": " : "", error != 0 ? std::strerror(error) : "");
    std::exit(1);
}

// The number of `digits` digits that follows `name` (`name":"` in JSON, `name="` in a line).
std::optional<std::uint64_t> number_behind(std::string_view line, std::string_view name,
                                           std::size_t digits) {
    const auto at = line.find(name);
    if (at == std::string_view::npos) {
        return std::nullopt;
    }
    const auto first = line.find_first_of("0123456789", at + name.size());
    if (first == std::string_view::npos || first - at > name.size() + 4 ||
        first + digits > line.size()) {
        return std::nullopt;
    }
    std::uint64_t value = 0;
    for (const char c : line.substr(first, digits)) {
        if (c < '0' || c > '9') {
            return std::nullopt;
        }
        value = value * 10 + static_cast<std::uint64_t>(c - '0');
    }
    return value;
}

// Cuts a stream of chunks into lines; keeps the piece behind the last line feed for the next one.
class Lines {
  public:
    Lines() : buffer_(2 * chunk_bytes) {}

    // Reads one chunk and calls `take` with each line that is whole. False at the end of the file.
    template <typename Take>
    bool read_from(int fd, Take take) {
        if (kept_ > chunk_bytes) {
            fail("a line is longer than 4 MiB");
        }
        const auto count = read(fd, buffer_.data() + kept_, chunk_bytes);
        if (count < 0 && errno != EINTR) {
            fail("read", errno);
        }
        if (count <= 0) {
            return false;
        }
        std::string_view rest(buffer_.data(), kept_ + static_cast<std::size_t>(count));
        for (auto end = rest.find('\n'); end != std::string_view::npos; end = rest.find('\n')) {
            take(rest.substr(0, end));
            rest.remove_prefix(end + 1);
        }
        std::memmove(buffer_.data(), rest.data(), rest.size());
        kept_ = rest.size();
        return true;
    }

  private:
    std::vector<char> buffer_;
    std::size_t kept_ = 0;
};

struct Tally {
    std::uint64_t lines = 0;
    std::uint64_t distinct = 0;
    std::uint64_t without_seq = 0;
    std::uint64_t first_bytes = 0;
    std::uint64_t other_sizes = 0;
    std::vector<bool> seen;

    void take(std::string_view line) {
        ++lines;
        first_bytes = first_bytes != 0 ? first_bytes : line.size() + 1;
        other_sizes += line.size() + 1 != first_bytes;
        const auto seq = number_behind(line, "seq", bench::sequence_digits);
        if (!seq || *seq >= seq_limit) {
            ++without_seq;
            return;
        }
        if (*seq >= seen.size()) {
            seen.resize(std::max<std::size_t>(2 * seen.size(), *seq + 1));
        }
        distinct += !seen[*seq];
        seen[*seq] = true;
    }
};

int count_lines(char** files, int file_count) {
    Tally tally;
    for (int i = 0; i < file_count; ++i) {
        const int fd = open(files[i], O_RDONLY | O_CLOEXEC);
        if (fd < 0) {
            fail(std::string("open ") + files[i], errno);
        }
        Lines lines;
        while (lines.read_from(fd, [&](std::string_view line) { tally.take(line); })) {
        }
        close(fd);
    }
    std::printf(
        "{\"lines\":%llu,\"distinct\":%llu,\"without_seq\":%llu,\"line_bytes\":%llu,"
        "\"other_sizes\":%llu}\n",
        static_cast<unsigned long long>(tally.lines),
        static_cast<unsigned long long>(tally.distinct),
        static_cast<unsigned long long>(tally.without_seq),
        static_cast<unsigned long long>(tally.first_bytes),
        static_cast<unsigned long long>(tally.other_sizes));
    return 0;
}

struct FollowOptions {
    double seconds = 0;
    std::uint64_t poll_us = 200;
    std::uint64_t every = 10;
    std::uint64_t skip_ms = 300;
};

std::uint64_t now_us(clockid_t clock) {
    timespec now{};
    clock_gettime(clock, &now);
    return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000 +
           static_cast<std::uint64_t>(now.tv_nsec) / 1000;
}

void print_latencies(std::vector<std::uint64_t>& waits_us, std::uint64_t lines) {
    if (waits_us.empty()) {
        std::printf("{\"lines\":%llu,\"samples\":0}\n", static_cast<unsigned long long>(lines));
        return;
    }
    std::ranges::sort(waits_us);
    const auto at = [&](double share) {
        const auto index = share * static_cast<double>(waits_us.size() - 1);
        return static_cast<double>(waits_us[static_cast<std::size_t>(index)]) / 1000;
    };
    std::printf(
        "{\"lines\":%llu,\"samples\":%zu,\"p50_ms\":%.3f,\"p90_ms\":%.3f,"
        "\"p99_ms\":%.3f,\"max_ms\":%.3f}\n",
        static_cast<unsigned long long>(lines), waits_us.size(), at(0.5), at(0.9), at(0.99), at(1));
}

// The file may appear only with the first event.
int open_when_there(const char* file, std::uint64_t end_us) {
    for (;;) {
        const int fd = open(file, O_RDONLY | O_CLOEXEC);
        if (fd >= 0) {
            return fd;
        }
        if (errno != ENOENT || now_us(CLOCK_MONOTONIC) >= end_us) {
            fail(std::string("open ") + file, errno);
        }
        usleep(1000);
    }
}

int follow(const char* file, const FollowOptions& options) {
    prctl(PR_SET_TIMERSLACK, 1UL, 0UL, 0UL, 0UL);
    const auto end = now_us(CLOCK_MONOTONIC) + static_cast<std::uint64_t>(options.seconds * 1e6);
    const int fd = open_when_there(file, end);
    Lines lines;
    std::vector<std::uint64_t> waits_us;
    waits_us.reserve(1 << 20);
    std::uint64_t count = 0;
    std::uint64_t first_at = 0;
    while (now_us(CLOCK_MONOTONIC) < end) {
        std::uint64_t seen_at = 0;  // One look at the clock for all lines of a read.
        const auto take = [&](std::string_view line) {
            if (++count % options.every != 0) {
                return;
            }
            const auto sent = number_behind(line, "sent", bench::stamp_digits);
            seen_at = seen_at != 0 ? seen_at : now_us(CLOCK_REALTIME);
            first_at = first_at != 0 ? first_at : seen_at;
            if (sent && *sent != 0 && seen_at - first_at >= options.skip_ms * 1000) {
                waits_us.push_back(seen_at > *sent ? seen_at - *sent : 0);
            }
        };
        lines.read_from(fd, take);
        usleep(static_cast<useconds_t>(options.poll_us));
    }
    print_latencies(waits_us, count);
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    const std::string_view mode = argc > 2 ? argv[1] : "";
    if (mode == "count") {
        return count_lines(argv + 2, argc - 2);
    }
    FollowOptions options;
    bool good = mode == "follow" && argc % 2 == 1;
    for (int i = 3; good && i + 1 < argc; i += 2) {
        const std::string_view name = argv[i];
        const auto value = std::strtod(argv[i + 1], nullptr);
        if (name == "--seconds") {
            options.seconds = value;
        } else if (name == "--poll-us") {
            options.poll_us = static_cast<std::uint64_t>(value);
        } else if (name == "--every") {
            options.every = std::max<std::uint64_t>(1, static_cast<std::uint64_t>(value));
        } else if (name == "--skip-ms") {
            options.skip_ms = static_cast<std::uint64_t>(value);
        } else {
            good = false;
        }
    }
    if (!good || options.seconds <= 0) {
        std::fputs(usage, stderr);
        return 2;
    }
    return follow(argv[2], options);
}
