#include "daemon/listen/kernel_drops.h"

namespace eventfwd {

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
    std::uint64_t sum = 0;
    for (const DatagramSocket& socket : listener.sockets()) {
        Counter& counter = counters_[socket_cookie(socket.fd.get())];
        const std::uint32_t now = kernel_drops(socket.fd.get());
        counter.total +=
            static_cast<std::uint32_t>(now - counter.last);  // right over the wrap, too
        counter.last = now;
        sum += counter.total;
    }
    return sum;
}

KernelDrops::Counted KernelDrops::counted() const {
    const std::lock_guard lock(mutex_);
    Counted counted;
    for (const auto& [cookie, counter] : counters_)
        counted[cookie] = counter.last;
    return counted;
}

}  // namespace eventfwd
