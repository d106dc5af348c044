// The thread of one datagram input: takes what its sockets hold, batch by batch, to a Receiver, and
// takes no further batch before that one is dealt with.
#pragma once

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "daemon/listen/datagram_batch.h"
#include "daemon/listen/datagram_socket.h"
#include "daemon/listen/receiver.h"

namespace eventfwd {

struct DatagramListenerOptions {
    std::string name;  // the input's, in the configuration
    std::size_t packet_bytes_max = 64 * 1024;
    // Where no batch was full the thread rests, so that under a steady load it wakes up some
    // hundred times a second and not for every datagram: so long after a few datagrams, shorter
    // after many, which fill the socket's buffer sooner. Never before a full batch, never idle.
    std::chrono::microseconds pause = std::chrono::microseconds(2500);
    std::chrono::microseconds busy_pause = std::chrono::milliseconds(1);
    // Sleep inside the receiving call itself, without a pause: right for a Unix socket, whose queue
    // is ten datagrams long and whose senders wait meanwhile. Needs exactly one socket.
    bool sleep_in_receive = false;
};

class DatagramListener {
  public:
    // RECEIVER outlives the listener.
    DatagramListener(DatagramListenerOptions options, std::vector<DatagramSocket> sockets,
                     Receiver& receiver);
    ~DatagramListener();

    void start();
    // From another thread: takes what the kernel holds already, and ends. Sockets of our own are
    // closed when the listener is destroyed.
    void stop();
    void join();

    // Ends without taking what the kernel holds: whoever is given the sockets then has it.
    void halt();
    // After halt(): gives away the sockets of these names.
    std::vector<DatagramSocket> release_sockets(const std::vector<std::string>& names);
    // After halt(): takes what the kernel holds at the sockets that are left, on this thread.
    void drain();

    const std::string& name() const { return options_.name; }
    const std::vector<DatagramSocket>& sockets() const { return sockets_; }

  private:
    void run_with_poll();
    void run_in_receive();
    std::span<const Datagram> receive_flood(DatagramBatch& batch, int fd);
    std::size_t receive_all(DatagramBatch& batch);
    void drain_into(DatagramBatch& batch);

    const DatagramListenerOptions options_;
    std::vector<DatagramSocket> sockets_;
    Receiver& receiver_;
    UniqueFd stop_event_;
    std::atomic<bool> is_stopping_ = false;
    std::atomic<bool> is_halting_ = false;
    std::atomic<bool> has_ended_ = false;
    bool is_refused_ = false;  // the receiver could not take all; of the listener's thread
    std::thread thread_;
};

}  // namespace eventfwd
