// What the journal reports about itself. The daemon turns it into log lines; tests listen to it.
#pragma once

#include <cstdint>
#include <string>

#include "core/clock.h"
#include "core/result.h"

namespace eventfwd {

class JournalProbe {
  public:
    virtual ~JournalProbe() = default;
    // A crash left BYTES of a frame that was never finished behind the last one: cut off.
    virtual void torn_tail_cut(const std::string& /*path*/, std::uint64_t /*bytes*/) {}
    // Bytes [BEGIN, END) of a segment are no frame. SAVED_AS is the copy that was kept, or empty.
    virtual void damage_found(const std::string& /*path*/, std::uint64_t /*begin*/,
                              std::uint64_t /*end*/, const std::string& /*saved_as*/) {}
    // The numbers [BEGIN, END) are not in the journal any more, by damage or a power cut.
    virtual void numbers_lost(std::uint64_t /*begin*/, std::uint64_t /*end*/) {}
    // A durable position of this journal, ABOVE, is higher than its last number, LAST, as where it
    // was taken back from a backup: numbering goes on behind that position.
    virtual void numbering_raised(std::uint64_t /*last*/, std::uint64_t /*above*/) {}
    // The file "state" could not be used; what it says was found in another way.
    virtual void state_rebuilt(const std::string& /*why*/) {}
    // Segment NUMBER of an earlier life was begun at CREATED, which is still to come. Reported for
    // the first one, at the start.
    virtual void segment_from_future(std::uint64_t /*number*/, Instant /*created*/) {}
    virtual void segment_removed(std::uint64_t /*number*/) {}
    // max_size is reached: a segment goes that not every sink has.
    virtual void segment_dropped(std::uint64_t /*number*/, std::string_view /*why*/) {}
    // Reported once until a sync succeeds again.
    virtual void sync_failed(const Error& /*error*/) {}
    // The sync of a segment failed: it will be written once more, and until that is done nothing
    // from its events on counts as synced.
    virtual void segment_poisoned(std::uint64_t /*number*/, const Error& /*error*/) {}
    virtual void segment_rescued(std::uint64_t /*number*/) {}
    // Maintenance failed; reported once until it succeeds again, or fails in another way.
    virtual void maintenance_failed(const Error& /*error*/) {}
    virtual void maintenance_recovered() {}
};

}  // namespace eventfwd
