#include "sinks/stdout/stdout_sink.h"

#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <random>

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

// What tells this life of the daemon from every other; a process id comes again.
std::uint64_t life() {
    static const std::uint64_t kLife = [] {
        std::random_device device;
        return std::uniform_int_distribution<std::uint64_t>()(device);
    }();
    return kLife;
}

}  // namespace

boost::asio::awaitable<Outcome> StdoutSink::send(const Batch& batch, Checkpoint&) {
    co_return write(batch);
}

Outcome StdoutSink::write(const Batch& batch) {
    const auto failed = [](int error) {
        return Outcome::try_again(fmt::format("write to stdout: {}", error_text(error)));
    };
    const auto [finished, cause] = write_out(rest_);
    rest_.erase(0, finished);
    if (cause != 0) return failed(cause);
    const std::uint64_t first = batch.runs.front().first_sequence;
    const bool is_same = begun_sequence_ == first && is_begun_replay_ == batch.is_replay;
    if (!is_same) next_sequence_ = first;
    begun_sequence_ = first;
    is_begun_replay_ = batch.is_replay;
    for (const LineRun& run : batch.runs) {
        if (run.end_sequence() <= next_sequence_) continue;
        std::uint64_t sequence = std::max(run.first_sequence, next_sequence_);
        const std::string_view lines = without_lines(run.lines, sequence - run.first_sequence);
        const auto [done, error] = write_out(lines);
        const std::string_view out = lines.substr(0, done);
        sequence += static_cast<std::uint64_t>(std::ranges::count(out, '\n'));
        if (!out.empty() && out.back() != '\n') {
            const std::string_view left = lines.substr(done);
            rest_ = left.substr(0, left.find('\n') + 1);
            ++sequence;
        }
        next_sequence_ = sequence;
        if (error != 0) return failed(error);
    }
    begun_sequence_ = 0;
    return Outcome::delivered();
}

// Only for this life of the daemon: another one writes to another place.
void StdoutSink::save_state(Record& cursor) const {
    if (begun_sequence_ == 0 || is_begun_replay_) return;
    cursor.add("stdout_life", life());
    cursor.add("stdout_begun", begun_sequence_);
    cursor.add("stdout_next", next_sequence_);
    if (!rest_.empty()) {
        cursor.add("stdout_rest", std::string_view(rest_).substr(0, rest_.size() - 1));
    }
}

void StdoutSink::restore_state(const Record& cursor) {
    if (cursor.number("stdout_life") != life()) return;
    begun_sequence_ = cursor.number("stdout_begun").value_or(0);
    next_sequence_ = cursor.number("stdout_next").value_or(0);
    if (const auto rest = cursor.text("stdout_rest")) rest_ = std::string(*rest) + '\n';
}

}  // namespace eventfwd
