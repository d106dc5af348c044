#include "core/compress/compressor.h"

#include <cerrno>
#include <system_error>

#include "core/contains.h"
#include "core/thread.h"

namespace eventfwd {

Compressor::Compressor(CompressOptions options, FileSystem& files, Failed failed)
    : options_(std::move(options)), files_(files), failed_(std::move(failed)) {}

Compressor::~Compressor() {
    {
        const std::lock_guard lock(mutex_);
        is_stopping_ = true;
        changed_.notify_one();
    }
    if (thread_.joinable()) thread_.join();
}

void Compressor::add(std::string path) {
    const std::lock_guard lock(mutex_);
    if (contains(paths_, path)) return;
    paths_.push_back(std::move(path));
    changed_.notify_one();
    if (thread_.joinable()) return;
    try {
        thread_ = std::thread([this] { run(); });
    } catch (const std::system_error& error) {
        failed_(paths_.back(), {error.what(), error.code().value()});
        paths_.clear();
    }
}

void Compressor::run() {
    constexpr int kNicest = 19;
    name_this_thread("compress");
    make_this_thread_nice(kNicest);
    std::unique_lock lock(mutex_);
    while (true) {
        changed_.wait(lock, [this] { return is_stopping_ || !paths_.empty(); });
        if (is_stopping_) return;
        const std::string path = paths_.front();
        lock.unlock();
        const auto compressed = compress_file(files_, path, options_, is_stopping_);
        // One that retention has removed meanwhile is no failure.
        const int code = compressed ? 0 : compressed.error().code;
        if (code != 0 && code != ECANCELED && code != ENOENT) failed_(path, compressed.error());
        lock.lock();
        paths_.pop_front();
    }
}

}  // namespace eventfwd
