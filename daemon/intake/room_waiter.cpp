#include "daemon/intake/room_waiter.h"

namespace eventfwd {
namespace {

constexpr auto kRoomPoll = std::chrono::milliseconds(20);

}  // namespace

void RoomWaiter::halt() {
    const std::lock_guard lock(mutex_);
    is_halted_ = true;
    changed_.notify_all();
}

bool RoomWaiter::is_halted() const {
    const std::lock_guard lock(mutex_);
    return is_halted_;
}

void RoomWaiter::stop(std::chrono::steady_clock::time_point deadline) {
    const std::lock_guard lock(mutex_);
    deadline_ = deadline;
    changed_.notify_all();
}

bool RoomWaiter::has_ended() const {
    return is_halted_ || (deadline_ && std::chrono::steady_clock::now() >= *deadline_);
}

bool RoomWaiter::is_over() const {
    const std::lock_guard lock(mutex_);
    return has_ended();
}

bool RoomWaiter::is_over_after_pause() {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, kRoomPoll, [this] { return has_ended(); });
}

}  // namespace eventfwd
