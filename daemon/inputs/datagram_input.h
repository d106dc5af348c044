// An input by datagrams, UDP or Unix: its sockets, its thread, its intake.
#pragma once

#include <string>
#include <vector>

#include "daemon/inputs/input.h"
#include "daemon/listen/datagram_listener.h"
#include "daemon/listen/kernel_drops.h"

namespace eventfwd {

class DatagramInput final : public Input {
  public:
    // All of them outlive the input.
    struct Parts {
        Journal& journal;
        Intake::Parts intake;
        KernelDrops& kernel_drops;
    };
    // SOCKETS are open. WAITING is what an input before this one was halted with: it comes first.
    // SLEEPS_IN_RECEIVE: as DatagramListenerOptions has it.
    DatagramInput(const IntakeOptions& options, std::vector<DatagramSocket> sockets,
                  bool sleeps_in_receive, const Parts& parts, WaitingBlocks waiting);

    ~DatagramInput() override { kernel_drops_.forget(listener_); }

    const std::string& name() const override { return intake_.name(); }
    void start() override { listener_.start(); }
    void request_halt() override { intake_.halt(); }
    void halt() override;
    std::uint64_t take_kernel_drops() override { return kernel_drops_.take(listener_); }
    std::vector<DatagramSocket> hand_over(const std::vector<std::string>& names) override;
    WaitingBlocks retire() override;
    void stop(std::chrono::steady_clock::time_point deadline) override;
    void join() override { listener_.join(); }
    const std::vector<DatagramSocket>& sockets() const override { return listener_.sockets(); }
    InputStatus status(CountsLocks& locks) override;

  private:
    KernelDrops& kernel_drops_;
    DatagramIntake intake_;
    DatagramListener listener_;
};

}  // namespace eventfwd
