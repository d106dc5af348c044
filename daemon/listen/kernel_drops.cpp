#include "daemon/listen/kernel_drops.h"

namespace eventfwd {
namespace {

constexpr std::uint32_t kFreshMax = std::uint32_t{1} << 31;  // between two counts

}  // namespace

void KernelDrops::add(const DatagramListener& listener) {
    const std::lock_guard lock(mutex_);
    for (const DatagramSocket& socket : listener.sockets()) {
        const std::uint64_t cookie = socket_cookie(socket.fd.get());
        if (counters_.contains(cookie)) continue;  // handed on from another listener
        const auto before = before_.find(cookie);
        const bool is_known = socket.is_inherited && before != before_.end();
        counters_[cookie] = {is_known ? before->second : 0, 0};
    }
}

std::uint64_t KernelDrops::count(const DatagramListener& listener) {
    const std::lock_guard lock(mutex_);
    return count_locked(listener);
}

std::uint64_t KernelDrops::take(const DatagramListener& listener) {
    const std::lock_guard lock(mutex_);
    const std::uint64_t sum = count_locked(listener);
    for (const DatagramSocket& socket : listener.sockets())
        counters_[socket_cookie(socket.fd.get())].total = 0;
    return sum;
}

std::uint64_t KernelDrops::count_locked(const DatagramListener& listener) {
    std::uint64_t sum = 0;
    for (const DatagramSocket& socket : listener.sockets()) {
        Counter& counter = counters_[socket_cookie(socket.fd.get())];
        const std::uint32_t now = kernel_drops(socket.fd.get());
        const auto fresh = static_cast<std::uint32_t>(now - counter.last);  // also over the wrap
        // A counter that lies behind is not of the socket that was counted before.
        counter.total += fresh > kFreshMax ? now : fresh;
        counter.last = now;
        sum += counter.total;
    }
    return sum;
}

void KernelDrops::forget(const DatagramListener& listener) {
    const std::lock_guard lock(mutex_);
    for (const DatagramSocket& socket : listener.sockets())
        counters_.erase(socket_cookie(socket.fd.get()));
}

KernelDrops::Counted KernelDrops::counted() const {
    const std::lock_guard lock(mutex_);
    Counted counted;
    for (const auto& [cookie, counter] : counters_)
        counted[cookie] = counter.last;
    return counted;
}

}  // namespace eventfwd
