// Says when a file may be gone from its path: it was removed, replaced or moved, or a directory
// above it was moved. By inotify, so that nothing wakes up while nothing happens.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <functional>
#include <string>
#include <vector>

#include "core/result.h"

namespace eventfwd {

// Used on the io_context's thread.
class FileWatch {
  public:
    using Handler = std::function<void()>;

    // CHANGED is called once at most for each watch(), and not before that has returned.
    FileWatch(boost::asio::io_context& io, Handler changed);
    ~FileWatch() { stop(); }

    // Watches the files at PATHS, and nothing else from now on. One that is not there is passed
    // over. Fails where the system cannot watch.
    Result<> watch(const std::vector<std::string>& paths);
    void stop();

  private:
    boost::asio::posix::stream_descriptor events_;
    const Handler changed_;
};

}  // namespace eventfwd
