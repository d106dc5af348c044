#include "daemon/intake/intake.h"

#include <algorithm>

namespace eventfwd {
namespace {

// A packet can hold thousands of events to refuse: their letters do not wait for its end.
constexpr std::size_t kLettersAtOnce = 32 * 1024;
constexpr auto kSampleInterval = std::chrono::seconds(1);
constexpr auto kRoomPoll = std::chrono::milliseconds(20);

}  // namespace

void IntakeCounts::add(const IntakeCounts& counts) {
    packets += counts.packets;
    received += counts.received;
    accepted += counts.accepted;
    not_allowed += counts.not_allowed;
    for (std::size_t at = 0; at < refused.size(); ++at)
        refused[at] += counts.refused[at];
}

std::size_t line_count(const WaitingBlocks& blocks) {
    std::size_t sum = 0;
    for (const WaitingLines& block : blocks)
        sum += block.count;
    return sum;
}

Intake::Intake(IntakeOptions options, Journal& journal, DeadLetters& dead_letters, Quotas& quotas,
               IntakeProbe& probe, WaitingBlocks waiting)
    : options_(std::move(options)),
      origin_("input " + options_.name),
      journal_(journal),
      dead_letters_(dead_letters),
      quotas_(quotas),
      probe_(probe),
      decoder_(options_.decode),
      waiting_(std::move(waiting)) {}

void Intake::begin() {
    while (!waiting_.empty()) {
        const WaitingLines& block = waiting_.front();
        const auto appended = append_when_there_is_room(block.bytes, block.count);
        const std::lock_guard lock(mutex_);
        if (!appended && is_halting_) return;
        if (appended) {
            counts_.received += block.count;
            counts_.accepted += block.count;
        } else {
            probe_.events_lost(options_.name, block.count, appended.error());
        }
        waiting_.pop_front();
    }
}

bool Intake::receive(std::span<const Datagram> datagrams) {
    batch_ = {};
    has_lost_ = false;
    for (const Datagram& datagram : datagrams) {
        ++batch_.packets;
        if (!is_allowed(datagram)) {
            ++batch_.not_allowed;
            continue;
        }
        datagram_ = &datagram;
        decoder_.decode({datagram.bytes, datagram.true_bytes, datagram.received_at}, *this);
    }
    append_lines();
    if (letter_count_ > 0) keep_letters();

    const std::lock_guard lock(mutex_);
    counts_.add(batch_);
    return !has_lost_;
}

bool Intake::is_allowed(const Datagram& datagram) const {
    return options_.allow_uids.empty() ||
           std::ranges::find(options_.allow_uids, datagram.uid) != options_.allow_uids.end();
}

void Intake::accept(const Event& event, std::string_view piece) {
    if (!lines_.has_room()) append_lines();
    if (const auto rendered = lines_.append(event); !rendered)
        return refuse(rendered.error(), piece);
    if (!quotas_.admits(event.application, datagram_->uid, datagram_->received_at)) {
        lines_.take_back();
        return refuse_for_quota(piece);
    }
    ++batch_.received;
}

// One sample a second is kept: a flood must not drive everything else out of the dead letters.
void Intake::refuse_for_quota(std::string_view piece) {
    const Instant now = datagram_->received_at;
    if (now >= sampled_at_ && now - sampled_at_ < kSampleInterval) {
        ++batch_.received;
        ++batch_.refused[static_cast<std::size_t>(Refusal::over_quota)];
        return;
    }
    sampled_at_ = now;
    refuse(Refusal::over_quota, piece);
}

void Intake::refuse(Refusal refusal, std::string_view piece) {
    ++batch_.received;
    ++batch_.refused[static_cast<std::size_t>(refusal)];
    const bool is_whole = refusal != Refusal::oversize;
    letters_ += to_json_line({datagram_->received_at,
                              origin_,
                              name_of(refusal),
                              {},
                              piece,
                              is_whole ? piece.size() : datagram_->true_bytes});
    ++letter_count_;
    if (letters_.size() >= kLettersAtOnce) keep_letters();
}

void Intake::append_lines() {
    if (lines_.empty()) return;
    // What waits already goes first.
    const auto appended = waiting_.empty()
                              ? append_when_there_is_room(lines_.bytes(), lines_.count())
                              : failure("lines before these wait for room in the journal");
    if (appended) {
        batch_.accepted += lines_.count();
    } else {
        batch_.received -= lines_.count();
        const std::lock_guard lock(mutex_);
        if (is_halting_) {
            waiting_.push_back({std::string(lines_.bytes()), lines_.count()});
        } else {  // never taken: the sender's loss
            has_lost_ = true;
            probe_.events_lost(options_.name, lines_.count(), appended.error());
        }
    }
    lines_.clear();
}

// A full journal stops the input here, and with it its sender or, over UDP, the kernel's buffer.
Result<SequenceRange> Intake::append_when_there_is_room(std::string_view lines, std::size_t count) {
    auto appended = journal_.append(lines, count);
    if (appended) return appended;
    {
        const std::lock_guard lock(mutex_);
        if (must_not_wait()) return appended;
    }
    probe_.journal_full(options_.name, appended.error());
    waits_for_room_ = true;
    while (!appended) {
        {
            std::unique_lock lock(mutex_);
            if (wish_changed_.wait_for(lock, kRoomPoll, [this] { return must_not_wait(); })) break;
        }
        appended = journal_.append(lines, count);
    }
    waits_for_room_ = false;
    if (appended) probe_.journal_has_room(options_.name);
    return appended;
}

bool Intake::must_not_wait() const {
    return is_halting_ || (deadline_ && std::chrono::steady_clock::now() >= *deadline_);
}

void Intake::keep_letters() {
    if (const auto kept = dead_letters_.keep_or_lose(letters_, letter_count_); !kept) {
        probe_.dead_letters_failed(kept.error());
    }
    letters_.clear();
    letter_count_ = 0;
}

void Intake::stop(std::chrono::steady_clock::time_point deadline) {
    const std::lock_guard lock(mutex_);
    deadline_ = deadline;
    wish_changed_.notify_all();
}

void Intake::halt() {
    const std::lock_guard lock(mutex_);
    is_halting_ = true;
    wish_changed_.notify_all();
}

IntakeCounts Intake::counts() const {
    const std::lock_guard lock(mutex_);
    return counts_;
}

}  // namespace eventfwd
