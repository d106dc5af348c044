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

void Compressor::note(const std::string& path, const Result<>& compressed) {
    const int code = compressed ? 0 : compressed.error().code;
    if (code == ECANCELED) return;
    if (code == 0 || code == ENOENT) {  // retention has removed it meanwhile
        failing_.erase(path);
    } else if (failing_.insert(path).second) {
        failed_(path, compressed.error());
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
        note(path, compress_file(files_, path, options_, is_stopping_));
        lock.lock();
        paths_.pop_front();
    }
}

}  // namespace eventfwd
