#include "daemon/intake/intake.h"

namespace eventfwd {
namespace {

// A packet can hold thousands of events to refuse: their letters do not wait for its end.
constexpr std::size_t kLettersAtOnce = 32 * 1024;
constexpr auto kSampleInterval = std::chrono::seconds(1);
// What seems to have waited longer in the kernel was received by a clock that was set since.
constexpr auto kQueuedMax = std::chrono::hours(1);

}  // namespace

void IntakeCounts::add(const IntakeCounts& counts) {
    packets += counts.packets;
    received += counts.received;
    accepted += counts.accepted;
    not_allowed += counts.not_allowed;
    for (std::size_t at = 0; at < refused.size(); ++at)
        refused[at] += counts.refused[at];
}

Intake::Intake(const IntakeOptions& options, const Parts& parts, std::function<void()> block_full)
    : options_(options),
      parts_(parts),
      block_full_(std::move(block_full)),
      decoder_(options.decode),
      letters_("input " + options.name) {}

void Intake::look_at_clock() {
    wall_now_ = parts_.clock.now();
    steady_now_ = parts_.clock.steady_now();
}

// When the packet at hand was received, by the steady clock: never later than now.
SteadyInstant Intake::received_at() const {
    const auto queued = wall_now_ - packet_->received_at;
    const bool is_queued = queued.count() > 0 && queued <= kQueuedMax;
    return is_queued ? steady_now_ - queued : steady_now_;
}

void Intake::take(const Packet& packet, uid_t uid) {
    ++batch_.packets;
    packet_ = &packet;
    uid_ = uid;
    decoder_.decode(packet, *this);
}

void Intake::refuse_sender() {
    ++batch_.packets;
    ++batch_.not_allowed;
}

// The quota is asked first: an event over it costs no rendering.
void Intake::accept(const Event& event, std::string_view piece) {
    if (!parts_.quotas.admits(event.application, uid_, received_at())) {
        if (is_sample_due()) return refuse({Refusal::over_quota}, piece);
        return count_refused(Refusal::over_quota);
    }
    if (!lines_.has_room()) block_full_();
    if (const auto rendered = lines_.append(event); !rendered) {
        refuse({rendered.error(), nullptr, "a line of at most 64 KiB"}, piece);
    }
}

// One sample a second is kept: a flood must not drive everything else out of the dead letters.
bool Intake::is_sample_due() {
    const SteadyInstant now = received_at();
    if (sampled_at_ && now - *sampled_at_ < kSampleInterval) return false;
    sampled_at_ = now;
    return true;
}

void Intake::count_refused(Refusal reason) {
    ++batch_.received;
    ++batch_.refused[static_cast<std::size_t>(reason)];
}

void Intake::refuse(const Fault& fault, std::string_view piece) {
    count_refused(fault.reason);
    const bool is_whole = fault.reason != Refusal::oversize;
    letters_.add({.time = packet_->received_at,
                  .reason = name_of(fault.reason),
                  .bytes = piece,
                  .true_bytes = is_whole ? piece.size() : packet_->true_bytes});
    if (letters_.bytes() >= kLettersAtOnce) keep_letters();
}

// What is counted is kept right behind; it is never kept before it is counted.
void Intake::keep_letters() {
    const bool has_counted = batch_.packets + batch_.received > 0;
    {
        const std::lock_guard lock(mutex_);
        publish();
    }
    if (has_counted && parts_.counted) parts_.counted();
    if (letters_.count() == 0) return;
    if (const auto kept = parts_.dead_letters.keep_or_lose(letters_); !kept) {
        parts_.probe.dead_letters_failed(kept.error());
    }
    letters_.clear();
}

void Intake::publish() {
    counts_.add(batch_);
    batch_ = {};
}

Intake::Held Intake::hold() const {
    std::unique_lock lock(mutex_);
    return {std::move(lock), counts_};
}

}  // namespace eventfwd
