#include "sinks/stdout_sink.h"

#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <cerrno>

namespace eventfwd {
namespace {

// Writes TEXT; how much of it went out before an error.
std::pair<std::size_t, int> write_out(std::string_view text) {
    std::size_t done = 0;
    while (done < text.size()) {
        const ssize_t written = ::write(STDOUT_FILENO, text.data() + done, text.size() - done);
        if (written > 0) {
            done += static_cast<std::size_t>(written);
        } else if (errno == EAGAIN) {  // somebody made the terminal or pipe non-blocking
            pollfd ready{STDOUT_FILENO, POLLOUT, 0};
            ::poll(&ready, 1, 1000);
        } else if (errno != EINTR) {
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
