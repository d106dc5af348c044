// Keeps the files of the daemon's Unix sockets in place: one that was removed is noticed by an
// event of the kernel, and made anew.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <map>
#include <string>

#include "core/failure_edge.h"
#include "daemon/control/control_server.h"
#include "daemon/inputs/input_set.h"
#include "net/file_watch.h"

namespace eventfwd {

// Used on the io_context's thread, as the inputs and the control socket are. It is idle while the
// files are in place.
class SocketKeeper {
  public:
    // All of them outlive the keeper.
    SocketKeeper(boost::asio::io_context& io, InputSet& inputs, ControlServer& control);

    // At once: what is not in place is made anew, and what is there now is watched from here on.
    void check();
    void stop();

  private:
    void check_after(std::chrono::milliseconds wait);
    bool report(const std::vector<LostSocketFile>& lost);

    InputSet& inputs_;
    ControlServer& control_;
    FileWatch watch_;
    boost::asio::steady_timer timer_;
    FailureEdge unwatched_;
    std::map<std::string, FailureEdge> edges_;  // by path
};

}  // namespace eventfwd
