// Knows what the journal has promised to the crash test's loader, and holds what is found on the
// disk after each kill against it. It only looks: the next life recovers.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "core/file_system.h"
#include "daemon/torture/torture_lines.h"
#include "daemon/torture/torture_loader.h"
#include "journal/frame_scanner.h"

namespace eventfwd {

class TortureChecker {
  public:
    // FILES outlives the checker.
    TortureChecker(const TortureOptions& options, FileSystem& files);

    // What the loader of LIFE (1, 2, …) said before it died.
    void hear(std::uint32_t life, const LoaderMessage& message);

    // After a kill: every acknowledged event is in the journal or was delivered, once, in order and
    // byte for byte; nothing else is there but what was on its way. IS_LAST: all is delivered.
    void check(bool is_last);

    // What was broken, and where. Nothing is checked any more after the first that was.
    const std::vector<std::string>& faults() const { return faults_; }
    void fault(std::string text) { faults_.push_back(std::move(text)); }

    std::uint64_t acknowledged() const { return acknowledged_; }  // the newest number
    std::uint64_t synced() const { return synced_; }
    std::uint64_t delivered() const { return delivered_; }
    std::uint64_t torn_tails() const { return torn_tails_; }

  private:
    void check_journal();
    void check_frame(const std::string& segment, const Frame& frame);
    void check_delivered(bool is_last);
    void check_lines(const std::string& file, std::string_view text, std::uint64_t offset);
    const std::string& expected_line(std::uint64_t number);

    const TortureOptions options_;
    FileSystem& files_;
    const TortureLines lines_;
    std::vector<std::string> faults_;
    std::string expected_;  // the last one asked for

    std::map<std::uint64_t, std::uint32_t> lives_;  // by the first number of each
    std::uint64_t acknowledged_ = 0;
    std::uint64_t synced_ = 0;
    std::uint64_t journaled_ = 0;   // the newest number seen in the journal
    std::uint64_t delivered_ = 0;   // lines, all checked: the newest number
    std::uint64_t live_bytes_ = 0;  // checked of the file that is being written
    std::uint64_t torn_tails_ = 0;
};

}  // namespace eventfwd
