// How far something long is, on standard error where that is a terminal; else nothing at all.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace eventfwd {

class ProgressBar {
  public:
    ProgressBar();
    ProgressBar(const ProgressBar&) = delete;
    ProgressBar& operator=(const ProgressBar&) = delete;
    ~ProgressBar();  // takes it off the screen

    // DONE of TOTAL, with TEXT behind the bar. Drawn ten times a second at most.
    void tell(std::uint64_t done, std::uint64_t total, const std::string& text);

  private:
    const bool is_shown_;
    std::chrono::steady_clock::time_point told_;
};

}  // namespace eventfwd
