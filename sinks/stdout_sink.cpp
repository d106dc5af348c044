#include "sinks/stdout_sink.h"

#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace eventfwd {
namespace {

// A pipe takes this much without blocking when it says that it is ready (PIPE_BUF), and no promise
// is made for more.
constexpr std::size_t kAtOnce = 4096;
constexpr int kPatienceMs = 500;

// Writes TEXT; how much of it went out before an error. Waits for a reader, but not for ever: the
// courier has to hear of a stop.
std::pair<std::size_t, int> write_out(std::string_view text) {
    std::size_t done = 0;
    while (done < text.size()) {
        pollfd ready{STDOUT_FILENO, POLLOUT, 0};
        if (::poll(&ready, 1, kPatienceMs) == 0) return {done, ETIMEDOUT};
        const std::size_t size = std::min(text.size() - done, kAtOnce);
        const ssize_t written = ::write(STDOUT_FILENO, text.data() + done, size);
        if (written > 0) {
            done += static_cast<std::size_t>(written);
        } else if (errno != EINTR && errno != EAGAIN) {
            return {done, errno};
        }
    }
    return {done, 0};
}

}  // namespace

boost::asio::awaitable<Outcome> StdoutSink::send(const Batch& batch, Checkpoint&) {
    const std::uint64_t first = batch.runs.front().first_sequence;
    std::size_t skip = first == begun_sequence_ ? begun_bytes_ : 0;
    begun_sequence_ = first;
    begun_bytes_ = skip;
    for (const LineRun& run : batch.runs) {
        const std::size_t skipped = std::min(skip, run.lines.size());
        skip -= skipped;
        const auto [done, error] = write_out(run.lines.substr(skipped));
        begun_bytes_ += done;
        if (error != 0) {
            co_return Outcome::try_again(fmt::format("write to stdout: {}", error_text(error)));
        }
    }
    begun_sequence_ = 0;
    co_return Outcome::delivered();
}

}  // namespace eventfwd
