// The intervals of the journal's own thread, with their defaults.
#pragma once

#include <chrono>

namespace eventfwd {

struct MaintenanceOptions {
    // Between rounds, where no sync is due sooner; and how often maintenance is done at most.
    std::chrono::microseconds interval = std::chrono::seconds(1);

    // Between rounds while the disk is full: every append that is refused asks for one.
    std::chrono::microseconds full_disk_interval = std::chrono::milliseconds(100);

    // After the last event, cursors are still on their way: rounds go on for so long, then sleep.
    std::chrono::microseconds quiet_after = std::chrono::seconds(3);
};

}  // namespace eventfwd
