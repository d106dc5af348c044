#include "daemon/listen/datagram_listener.h"

#include <poll.h>
#include <sys/eventfd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <iterator>

#include "core/check.h"
#include "core/contains.h"
#include "core/thread.h"

namespace eventfwd {
namespace {

// Sent to a listener that sleeps in its receiving call. Its handler does nothing: it interrupts.
const int kWakeSignal = SIGRTMIN;

void ignore_signal(int) {}

constexpr auto kDrainMax = std::chrono::seconds(1);

// Half of what a Unix socket queues by default (net.unix.max_dgram_qlen).
constexpr std::size_t kQueueIsBusy = 5;

// What a small datagram takes of a receive buffer.
constexpr std::size_t kDatagramCost = 768;

// So many datagrams in one rest that a longer one could come to fill a buffer: a full batch, or a
// sixteenth of the smallest buffer.
std::size_t many_datagrams(const std::vector<DatagramSocket>& sockets) {
    std::size_t many = DatagramBatch::kDatagramsMax;
    for (const DatagramSocket& socket : sockets)
        many = std::min(many, socket.receive_buffer_bytes / kDatagramCost / 16);
    return many;
}

}  // namespace

DatagramListener::DatagramListener(DatagramListenerOptions options,
                                   std::vector<DatagramSocket> sockets, Receiver& receiver)
    : options_(std::move(options)),
      sockets_(std::move(sockets)),
      receiver_(receiver),
      stop_event_(::eventfd(0, EFD_CLOEXEC)) {
    EVENTFWD_CHECK(!options_.sleep_in_receive || sockets_.size() == 1);
}

DatagramListener::~DatagramListener() {
    stop();
    join();
}

void DatagramListener::start() {
    if (options_.sleep_in_receive) {
        struct sigaction action{};
        action.sa_handler = ignore_signal;  // without SA_RESTART: the call must return
        ::sigaction(kWakeSignal, &action, nullptr);
    }
    thread_ = std::thread([this] {
        name_this_thread("from " + options_.name);
        receiver_.begin();
        options_.sleep_in_receive ? run_in_receive() : run_with_poll();
        has_ended_ = true;
    });
}

void DatagramListener::stop() {
    is_stopping_ = true;
    const std::uint64_t one = 1;
    [[maybe_unused]] const ssize_t written = ::write(stop_event_.get(), &one, sizeof(one));
}

void DatagramListener::join() {
    if (!thread_.joinable()) return;
    // A signal that comes just before the thread goes to sleep would be missed: so it is repeated.
    while (options_.sleep_in_receive && !has_ended_) {
        ::pthread_kill(thread_.native_handle(), kWakeSignal);
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    thread_.join();
}

void DatagramListener::halt() {
    is_halting_ = true;
    stop();
    join();
}

std::vector<DatagramSocket> DatagramListener::release_sockets(
    const std::vector<std::string>& names) {
    const auto stays = [&](const DatagramSocket& socket) { return !contains(names, socket.name); };
    const auto released = std::ranges::stable_partition(sockets_, stays);
    std::vector<DatagramSocket> given(std::make_move_iterator(released.begin()),
                                      std::make_move_iterator(released.end()));
    sockets_.erase(released.begin(), released.end());
    return given;
}

void DatagramListener::drain() {
    DatagramBatch batch(options_.packet_bytes_max);
    drain_into(batch);
}

void DatagramListener::run_with_poll() {
    DatagramBatch batch(options_.packet_bytes_max);
    const std::size_t many = many_datagrams(sockets_);
    std::vector<pollfd> ready;
    for (const DatagramSocket& socket : sockets_)
        ready.push_back({socket.fd.get(), POLLIN, 0});
    ready.push_back({stop_event_.get(), POLLIN, 0});
    while (!is_stopping_ && !is_refused_) {
        const std::size_t taken = receive_all(batch);
        if (taken == 0) {
            ::poll(ready.data(), ready.size(), -1);
        } else {
            const bool is_busy = taken > many;
            std::this_thread::sleep_for(is_busy ? options_.busy_pause : options_.pause);
        }
    }
    if (!is_halting_) drain_into(batch);
}

void DatagramListener::run_in_receive() {
    DatagramBatch batch(options_.packet_bytes_max);
    while (!is_stopping_ && !is_refused_) {
        const auto datagrams = receive_flood(batch, sockets_[0].fd.get());
        if (!datagrams.empty()) is_refused_ = !receiver_.receive(datagrams);
    }
    if (!is_halting_) drain_into(batch);
}

// Sleeps until there is a datagram. Senders that wait for room in a short queue fill it while it is
// emptied: what they bring joins the batch, so that a flood is not journaled a handful at a time.
std::span<const Datagram> DatagramListener::receive_flood(DatagramBatch& batch, int fd) {
    auto datagrams = batch.receive(fd, DatagramBatch::Wait::for_first);
    std::size_t taken = datagrams.size();
    while (taken >= kQueueIsBusy && datagrams.size() < DatagramBatch::kDatagramsMax) {
        const std::size_t held = datagrams.size();
        datagrams = batch.receive_more(fd);
        taken = datagrams.size() - held;
    }
    return datagrams;
}

// Takes batches from all sockets until none is full. How many datagrams that were.
std::size_t DatagramListener::receive_all(DatagramBatch& batch) {
    std::size_t taken = 0;
    for (bool full = true; full && !is_stopping_;) {
        full = false;
        for (const DatagramSocket& socket : sockets_) {
            if (is_refused_) break;
            const auto datagrams = batch.receive(socket.fd.get(), DatagramBatch::Wait::no);
            if (datagrams.empty()) continue;
            taken += datagrams.size();
            full |= datagrams.size() == DatagramBatch::kDatagramsMax;
            is_refused_ = !receiver_.receive(datagrams);
        }
    }
    return taken;
}

// What the kernel holds at the end is ours to journal. Senders that do not stop do not keep us.
// What cannot be journaled waits at a socket that systemd holds; it goes with one of our own, and
// then it is to be told.
void DatagramListener::drain_into(DatagramBatch& batch) {
    const auto deadline = std::chrono::steady_clock::now() + kDrainMax;
    for (const DatagramSocket& socket : sockets_) {
        refuse_more(socket);
    }
    // In turns, so that a flood at one socket takes nothing from another.
    for (bool found = true; found && std::chrono::steady_clock::now() < deadline;) {
        found = false;
        for (const DatagramSocket& socket : sockets_) {
            if (is_refused_ && socket.is_inherited) continue;
            const auto datagrams = batch.receive(socket.fd.get(), DatagramBatch::Wait::no);
            if (datagrams.empty()) continue;
            found = true;
            is_refused_ |= !receiver_.receive(datagrams);
        }
    }
}

}  // namespace eventfwd
