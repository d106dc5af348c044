// The dead letters of an input, decoded once more as that input decodes now, and journaled as new
// events. A letter counts as resolved when the journal has its events on stable storage, as far as
// `sync` asks for that: a crash before can bring them twice, and never loses one.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "daemon/dead_letters/dead_letters.h"
#include "daemon/intake/intake.h"
#include "formatter/line/line_buffer.h"
#include "formatter/packet/decoder.h"
#include "journal/journal.h"

namespace eventfwd {

// What came of some letters.
struct LettersTaken {
    std::uint64_t accepted = 0;  // letters, of which all is in the journal
    std::uint64_t events = 0;    // in those
    std::uint64_t refused = 0;   // letters, of which nothing is
    std::array<std::uint64_t, kRefusalNames.size()> reasons{};  // of those, the first one each
    std::uint64_t unreadable = 0;
    std::uint64_t last = 0;      // the number of the last one that was tried
    bool is_over = false;        // there is none behind it
    std::uint64_t unsynced = 0;  // letters that wait for the journal before they count as resolved
    std::string failure;         // why it ended before its time; empty: nothing was in the way
};

// Thread-safe. Quotas are not asked: a person wants these events.
class DeadLetterIntake final : private DecodeHandler {
  public:
    // JOURNAL and LETTERS outlive it.
    DeadLetterIntake(Journal& journal, DeadLetters& letters)
        : journal_(journal), letters_(letters) {}

    // Takes the next letters that CHOICE means, about BYTES_MAX of them, decoded by OPTIONS: all
    // events of a letter, or none. It does not wait for room in the journal. A letter of more than
    // a frame can be taken in part where the journal gets full in its midst; it stays, and comes
    // whole the next time.
    Result<LettersTaken> take(const IntakeOptions& options, const LetterChoice& choice,
                              std::size_t bytes_max);

    // Marks those whose events are synced by now. What could not be marked is tried again by the
    // next call.
    Result<> mark_synced();

    // How many events were journaled by this, in all lives; BEFORE are those of earlier ones.
    std::uint64_t journaled() const { return journaled_; }
    void go_on_counting(std::uint64_t before) { journaled_ = before; }

  private:
    // Lines that a frame holds.
    struct Block {
        std::string lines;
        std::size_t count = 0;
    };

    Result<> take_letter(const KeptLetter& kept, const IntakeOptions& options, Decoder& decoder,
                         LettersTaken& taken);
    Result<std::uint64_t> append_blocks();
    void end_block();
    Result<> mark();
    void accept(const Event& event, std::string_view piece) override;
    void refuse(const Fault& fault, std::string_view piece) override;

    Journal& journal_;
    DeadLetters& letters_;
    std::atomic<std::uint64_t> journaled_ = 0;
    std::mutex mutex_;  // guards all below
    // Letters that are not marked yet, by number, with the number of their last event.
    std::map<std::uint64_t, std::uint64_t> unsynced_;
    std::vector<Block> blocks_;       // of the letter at hand
    LineBuffer lines_;                // behind those
    std::optional<Refusal> refusal_;  // the first one of it
};

}  // namespace eventfwd
