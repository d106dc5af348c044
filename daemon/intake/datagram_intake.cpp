#include "daemon/intake/datagram_intake.h"

#include "core/contains.h"

namespace eventfwd {

static_assert(LineBuffer::kBytesMax <= kFrameBytesMax, "a block of lines fits a frame");

std::size_t line_count(const WaitingBlocks& blocks) {
    std::size_t sum = 0;
    for (const WaitingLines& block : blocks)
        sum += block.count;
    return sum;
}

DatagramIntake::DatagramIntake(const IntakeOptions& options, Journal& journal,
                               const Intake::Parts& parts, WaitingBlocks waiting)
    : options_(options),
      journal_(journal),
      probe_(parts.probe),
      intake_(options, parts, [this] { append_lines(); }),
      room_(options.name, parts.probe),
      waiting_(std::move(waiting)) {}

void DatagramIntake::begin() {
    while (!waiting_.empty()) {
        const WaitingLines& block = waiting_.front();
        const auto appended = append(block.bytes, block.count);
        if (!appended && room_.is_halted()) return;
        if (!appended) probe_.events_lost(name(), block.count, appended.error());
        waiting_.pop_front();
    }
}

bool DatagramIntake::receive(std::span<const Datagram> datagrams) {
    has_lost_ = false;
    intake_.look_at_clock();
    for (const Datagram& datagram : datagrams) {
        if (!is_allowed(datagram)) {
            intake_.refuse_sender();
            continue;
        }
        intake_.take(
            {datagram.bytes, datagram.true_bytes, datagram.received_at, options_.application},
            datagram.uid);
    }
    append_lines();
    intake_.keep_letters();
    return !has_lost_;
}

bool DatagramIntake::is_allowed(const Datagram& datagram) const {
    return options_.allow_uids.empty() || contains(options_.allow_uids, datagram.uid);
}

// Brings the block to the journal. Where that has no room, it is kept for the intake that takes
// over, or lost.
void DatagramIntake::append_lines() {
    LineBuffer& lines = intake_.lines();
    if (lines.empty()) return;
    // What waits already goes first.
    const auto appended = waiting_.empty()
                              ? append(lines.bytes(), lines.count())
                              : failure("lines before these wait for room in the journal");
    if (!appended && room_.is_halted()) {
        waiting_.push_back({std::string(lines.bytes()), lines.count()});
    } else if (!appended) {  // never taken: the sender's loss
        has_lost_ = true;
        probe_.events_lost(name(), lines.count(), appended.error());
    }
    lines.clear();
}

Result<SequenceRange> DatagramIntake::append(std::string_view lines, std::size_t count) {
    return room_.append(
        [&] { return intake_.append(count, [&] { return journal_.append(lines, count); }); });
}

}  // namespace eventfwd
