// The dead letters of an input, decoded once more as that input decodes now, and journaled as new
// events. A letter counts as resolved when the journal has its events on stable storage, as far as
// `sync` asks for that: a crash before can bring them twice, and never loses one.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>

#include "daemon/dead_letters/dead_letters.h"
#include "daemon/intake/intake_options.h"
#include "daemon/intake/request_events.h"
#include "journal/journal.h"

namespace eventfwd {

// What came of some letters.
struct LettersTaken {
    std::uint64_t accepted = 0;  // letters, each time that one came, of which all is in the journal
    std::uint64_t events = 0;    // in those
    std::uint64_t refused = 0;   // letters, likewise, of which nothing is
    std::array<std::uint64_t, kRefusalNames.size()> reasons{};  // of those, the first one each
    std::uint64_t unreadable = 0;
    std::uint64_t last = 0;      // the number of the last one that was tried to its end
    bool is_over = false;        // there is none behind it
    std::uint64_t unsynced = 0;  // letters that wait for the journal before they count as resolved
    std::string failure;         // why it ended before its time; empty: nothing was in the way
};

// Thread-safe. Quotas are not asked: a person wants these events.
class DeadLetterIntake {
  public:
    // JOURNAL and LETTERS outlive it.
    DeadLetterIntake(Journal& journal, DeadLetters& letters)
        : journal_(journal), letters_(letters) {}

    // Takes the next letters that CHOICE means, about BYTES_MAX of them, decoded by OPTIONS: all
    // events of a letter, or none. It does not wait for room in the journal.
    Result<LettersTaken> take(const IntakeOptions& options, const LetterChoice& choice,
                              std::size_t bytes_max);

    // Marks those whose events are synced by now. What could not be marked is tried again by the
    // next call.
    Result<> mark_synced();

    // How many events were journaled by this, in all lives; BEFORE are those of earlier ones.
    std::uint64_t journaled() const { return journaled_; }
    void go_on_counting(std::uint64_t before) { journaled_ = before; }

  private:
    // Events of some letter that are in the journal, and not marked yet.
    struct Unsynced {
        std::uint64_t last = 0;   // the number of the last one
        std::uint64_t times = 0;  // how often the letter was taken
    };
    // How often a letter was tried, and may be.
    struct Times {
        std::uint64_t left = 0;  // that it came, and was not taken yet
        std::uint64_t max = 0;   // that it may be taken now
    };
    Result<std::uint64_t> take_letter(const KeptLetter& kept, const Times& times,
                                      const IntakeOptions& options, RequestEvents& events,
                                      LettersTaken& taken);
    Result<std::uint64_t> append(const RequestEvents& events, std::uint64_t times,
                                 Unsynced& unsynced);
    Result<> mark();

    Journal& journal_;
    DeadLetters& letters_;
    std::atomic<std::uint64_t> journaled_ = 0;
    std::mutex mutex_;                            // guards all below
    std::map<std::uint64_t, Unsynced> unsynced_;  // by the letter's number
};

}  // namespace eventfwd
