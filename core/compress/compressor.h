// The thread that compresses rotated files, at the lowest priority, one after the other. It begins
// with the first file; what a stop leaves uncompressed is found again at the next start.
#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <set>
#include <string>
#include <thread>

#include "core/compress/compression.h"

namespace eventfwd {

class Compressor {
  public:
    // FILES outlives the compressor. FAILED is called on its thread, once for a file until that is
    // compressed, or gone.
    using Failed = std::function<void(const std::string& path, const Error& error)>;
    Compressor(CompressOptions options, FileSystem& files, Failed failed);
    // Stops within a block.
    ~Compressor();

    void add(std::string path);

  private:
    void note(const std::string& path, const Result<>& compressed);
    void run();

    const CompressOptions options_;
    FileSystem& files_;
    const Failed failed_;
    std::atomic<bool> is_stopping_ = false;
    std::mutex mutex_;  // guards paths_
    std::condition_variable changed_;
    std::deque<std::string> paths_;
    std::set<std::string> failing_;  // of the thread
    std::thread thread_;
};

}  // namespace eventfwd
