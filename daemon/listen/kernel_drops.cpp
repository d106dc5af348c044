#include "daemon/listen/kernel_drops.h"

#include "core/record_file.h"

namespace eventfwd {

KernelDrops::KernelDrops(FileSystem& files, std::string path)
    : files_(files), path_(std::move(path)) {}

void KernelDrops::add(const DatagramListener& listener) {
    const auto record = read_record(files_, path_);
    const std::lock_guard lock(mutex_);
    for (const DatagramSocket& socket : listener.sockets()) {
        const std::uint64_t cookie = socket_cookie(socket.fd.get());
        if (counters_.contains(cookie)) continue;  // handed on from another listener
        Counter counter;
        if (record && socket.is_inherited) {
            const auto told = record->number(std::to_string(cookie));
            counter.last = static_cast<std::uint32_t>(told.value_or(0));
        }
        counters_[cookie] = counter;
    }
}

void KernelDrops::update(const DatagramSocket& socket, Counter& counter) {
    const std::uint32_t now = kernel_drops(socket.fd.get());
    const std::uint32_t fresh = now - counter.last;  // right over the wrap, too
    counter.total += fresh;
    counter.last = now;
    has_changed_ |= fresh > 0;
}

std::uint64_t KernelDrops::count(const DatagramListener& listener) {
    const std::lock_guard lock(mutex_);
    std::uint64_t sum = 0;
    for (const DatagramSocket& socket : listener.sockets()) {
        Counter& counter = counters_[socket_cookie(socket.fd.get())];
        update(socket, counter);
        sum += counter.total;
    }
    return sum;
}

Result<> KernelDrops::save() {
    const std::lock_guard lock(mutex_);
    if (!has_changed_) return {};
    Record record;
    for (const auto& [cookie, counter] : counters_)
        record.add(std::to_string(cookie), counter.last);
    if (auto written = write_record(files_, path_, record, false); !written) return written;
    has_changed_ = false;
    return {};
}

}  // namespace eventfwd
