#include "daemon/listen/datagram_batch.h"

#include <algorithm>
#include <cstring>
#include <ctime>

namespace eventfwd {

DatagramBatch::DatagramBatch(std::size_t packet_bytes_max)
    : packet_bytes_max_(std::max(packet_bytes_max, kHeadBytes)),
      heads_(std::make_unique_for_overwrite<char[]>(kHeadStride * kDatagramsMax)),
      wholes_(std::make_unique_for_overwrite<char[]>(packet_bytes_max_ * kDatagramsMax)),
      vectors_(kDatagramsMax),
      controls_(kDatagramsMax),
      headers_(kDatagramsMax) {
    datagrams_.reserve(kDatagramsMax);
    for (std::size_t at = 0; at < kDatagramsMax; ++at) {
        vectors_[at] = {iovec{head(at), kHeadBytes},
                        iovec{whole(at) + kHeadBytes, packet_bytes_max_ - kHeadBytes}};
        headers_[at].msg_hdr.msg_iov = vectors_[at].data();
        headers_[at].msg_hdr.msg_iovlen = vectors_[at].size();
        headers_[at].msg_hdr.msg_control = controls_[at].data();
        headers_[at].msg_hdr.msg_controllen = sizeof(Control);
    }
}

std::span<const Datagram> DatagramBatch::receive(int fd, Wait wait) {
    // What the last call used up.
    for (std::size_t at = 0; at < datagrams_.size(); ++at) {
        headers_[at].msg_hdr.msg_controllen = sizeof(Control);
    }
    datagrams_.clear();
    fill(fd, wait == Wait::no ? MSG_DONTWAIT : MSG_WAITFORONE);
    return datagrams_;
}

std::span<const Datagram> DatagramBatch::receive_more(int fd) {
    fill(fd, MSG_DONTWAIT);
    return datagrams_;
}

void DatagramBatch::fill(int fd, int flags) {
    const std::size_t held = datagrams_.size();
    const int received =
        ::recvmmsg(fd, headers_.data() + held, static_cast<unsigned>(kDatagramsMax - held),
                   MSG_TRUNC | flags, nullptr);
    for (int at = 0; at < received; ++at) {
        datagrams_.push_back(describe(held + static_cast<std::size_t>(at)));
    }
}

Datagram DatagramBatch::describe(std::size_t at) const {
    const mmsghdr& header = headers_[at];
    Datagram datagram;
    datagram.true_bytes = header.msg_len;
    const std::size_t received = std::min<std::size_t>(header.msg_len, packet_bytes_max_);
    if (received > kHeadBytes) std::memcpy(whole(at), head(at), kHeadBytes);
    datagram.bytes = {received > kHeadBytes ? whole(at) : head(at), received};
    bool has_time = false;
    auto* message = const_cast<msghdr*>(&header.msg_hdr);
    for (cmsghdr* control = CMSG_FIRSTHDR(message); control != nullptr;
         control = CMSG_NXTHDR(message, control)) {
        if (control->cmsg_level != SOL_SOCKET) continue;
        if (control->cmsg_type == SCM_TIMESTAMPNS) {
            timespec time{};
            std::memcpy(&time, CMSG_DATA(control), sizeof(time));
            datagram.received_at = Instant{std::chrono::seconds(time.tv_sec) +
                                           std::chrono::microseconds(time.tv_nsec / 1000)};
            has_time = true;
        } else if (control->cmsg_type == SCM_CREDENTIALS) {
            ucred sender{};
            std::memcpy(&sender, CMSG_DATA(control), sizeof(sender));
            datagram.uid = sender.uid;
        }
    }
    if (!has_time) datagram.received_at = clock_.now();
    return datagram;
}

}  // namespace eventfwd
