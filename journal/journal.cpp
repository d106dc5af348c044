#include "journal/journal.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "core/check.h"
#include "journal/quarantine.h"

namespace eventfwd {
namespace {

// Makes what is needed, for good: the name of the journal's directory is durable then, and the name
// of that of the cursors is with the first state that is saved.
Result<> make_directories(FileSystem& files, const std::string& path) {
    if (auto made = files.make_directories(path + "/cursors"); !made) return made;
    auto synced = files.sync_directory(parent_path(path));
    if (!synced && synced.error().code == EACCES) return {};  // then it was not made just now
    return synced;
}

}  // namespace

Journal::Journal(const JournalOptions& options, FileSystem& files, const Clock& clock,
                 JournalProbe& probe, JournalLock lock, Recovered recovered)
    : path_(options.path),
      files_(files),
      clock_(clock),
      probe_(probe),
      lock_(std::move(lock)),
      reserve_(files, path_),
      cursors_(files, path_, to_text(recovered.state.id), &reserve_),
      state_(files, path_, reserve_, recovered.state),
      reservation_(state_),
      syncer_({files, path_, probe, [this] { return segment_numbers(); },
               [this](std::uint64_t number) { return finish_segment(number); },
               [this](std::vector<std::uint64_t> numbers) { save_poisoned(std::move(numbers)); },
               [this](const File& file, std::uint64_t number, std::uint64_t begin,
                      std::uint64_t end) { keep_damage(file, number, begin, end); }}),
      id_(recovered.state.id),
      options_(options),
      catalog_(std::move(recovered.catalog)),
      retention_(catalog_, cursors_, probe),
      left_out_(std::move(recovered.state.left_out)),
      active_(files, path_),
      next_sequence_(recovered.next_sequence) {}

Journal::~Journal() = default;

Result<std::unique_ptr<Journal>> Journal::open(const JournalOptions& options, FileSystem& files,
                                               const Clock& clock, JournalProbe& probe,
                                               const std::string& boot_id) {
    const auto opening = [&](const Error& cause) {
        return failure_while(fmt::format("open journal {}", options.path), cause);
    };
    if (auto made = make_directories(files, options.path); !made) return opening(made.error());
    auto lock = JournalLock::take(options.path);
    if (!lock) return std::unexpected(lock.error());
    auto recovered = recover(files, options.path, boot_id, probe);
    if (!recovered) return opening(recovered.error());
    std::unique_ptr<Journal> journal(
        new Journal(options, files, clock, probe, std::move(*lock), *recovered));
    if (auto begun = journal->begin(*recovered); !begun) return opening(begun.error());
    return journal;
}

// The state is durable before the first byte is cut or removed.
Result<> Journal::begin(const Recovered& recovered) {
    retention_.set_lower_end(recovered.state.lower_end);
    if (auto reserved = reservation_.reserve(next_sequence_); !reserved) return reserved;
    if (auto removed = remove_unused(recovered.unused); !removed) return removed;
    reserve_.take();
    bool has_cut = false;
    if (catalog_.empty()) {
        if (auto rolled = roll(); !rolled) return rolled;
    } else {
        const auto gone_on = active_.go_on(catalog_.last());
        if (!gone_on) return std::unexpected(gone_on.error());
        has_cut = *gone_on;
        syncer_.note_appended(active_.file());
    }
    if (recovered.is_same_boot) {
        if (auto taken = take_over_poisoned(recovered.state.poisoned); !taken) return taken;
        syncer_.distrust_all();
    }
    // What was cut off must not come back with a power cut, under no policy: good frames of an
    // unfinished append may be among it.
    if (has_cut) {
        if (auto synced = syncer_.sync(); !synced) return synced;
    }
    // What a crash left in the page cache is made durable before anything is built on it.
    return sync();
}

// For good: a part of an unfinished append may be in them.
Result<> Journal::remove_unused(const std::vector<std::uint64_t>& numbers) {
    for (const std::uint64_t number : numbers) {
        if (auto removed = files_.unlink(segment_path(path_, number)); !removed) return removed;
    }
    return numbers.empty() ? Result<>{} : files_.sync_directory(path_);
}

// What an earlier life in the same boot could not sync is as it was then.
Result<> Journal::take_over_poisoned(const std::vector<std::uint64_t>& poisoned) {
    for (const std::uint64_t number : poisoned) {
        if (!catalog_.numbered(number)) continue;
        auto file = open_segment(number);
        if (!file) return std::unexpected(file.error());
        syncer_.note_poisoned({number, std::move(*file)});
    }
    return {};
}

// Begins a new segment. Nothing here waits for the disk: the next sync makes the file's name
// durable before anything in it.
Result<> Journal::roll() {
    const std::uint64_t number =
        catalog_.empty() ? active_.number() + 1 : catalog_.last().number + 1;
    const Instant now = clock_.now();
    if (auto begun = active_.begin({number, next_sequence_, now, id_}); !begun) return begun;
    syncer_.note_begun(active_.file());
    catalog_.add({number, next_sequence_, active_.bytes(), now, kSegmentVersion});
    return {};
}

void Journal::fire_drop_signal() {
    if (drop_signal_ != nullptr) drop_signal_->fire(clock_.now());
}

// The disk is full below max_size: the same case. Maintenance is woken to remove what can go.
std::unexpected<Error> Journal::refuse_for_full_disk() {
    fire_drop_signal();
    retention_.make_room_on_disk(options_);
    return failure(fmt::format("append to journal {}: {}", path_, error_text(ENOSPC)), ENOSPC);
}

std::unexpected<Error> Journal::refuse(const Error& error) {
    if (is_no_space(error.code)) return refuse_for_full_disk();
    return std::unexpected(error);
}

// Makes room for BYTES with COUNT events: in a segment, below max_size, and in the numbers.
Result<> Journal::prepare_append(std::uint64_t bytes, std::uint64_t count) {
    if (reserve_.is_missing()) return refuse_for_full_disk();
    // First, so that the segment that was full can go for this one.
    if (!active_.has_room(bytes, options_.segment_bytes)) {
        if (auto rolled = roll(); !rolled) return refuse(rolled.error());
    }
    const std::size_t leaving = retention_.leaving().size();
    const bool has_room = retention_.make_room(options_, bytes);
    if (retention_.leaving().size() > leaving) fire_drop_signal();
    if (!has_room) {
        return failure(fmt::format("append to journal {}: max_size is reached", path_), ENOSPC);
    }
    const std::uint64_t end = next_sequence_ + count;
    if (reservation_.covers(end)) return {};
    const auto reserved = reservation_.reserve(end);
    return reserved ? Result<>{} : refuse(reserved.error());
}

Result<SequenceRange> Journal::append(std::string_view lines, std::size_t count) {
    EVENTFWD_CHECK(count > 0 && lines.size() <= kFrameBytesMax);
    FrameHeader header;
    header.count = static_cast<std::uint32_t>(count);
    header.bytes = static_cast<std::uint32_t>(lines.size());
    const std::uint64_t lines_checksum = checksum_of(lines);
    std::unique_lock lock(mutex_);
    if (auto prepared = prepare_append(header.frame_bytes(), count); !prepared) {
        return std::unexpected(prepared.error());
    }
    header.first_sequence = next_sequence_;
    header.instant = clock_.now();
    const auto head = encode_plain(header, lines_checksum, active_.number());
    iovec parts[] = {as_iovec({head.data(), head.size()}), as_iovec(lines)};
    return write_append(lock, parts, header.frame_bytes(), count, header.instant);
}

Result<SequenceRange> Journal::append(std::span<const LineBlock> blocks) {
    EVENTFWD_CHECK(!blocks.empty());
    // The smallest frame says all of it.
    if (blocks.size() == 1 && blocks[0].message_ids.empty()) {
        return append(blocks[0].lines, blocks[0].count);
    }
    BlockFrames frames(blocks);
    EVENTFWD_CHECK(frames.lines_bytes() <= kAppendBytesMax);
    std::unique_lock lock(mutex_);
    if (auto prepared = prepare_append(frames.bytes(), frames.count()); !prepared) {
        return std::unexpected(prepared.error());
    }
    const Instant now = clock_.now();
    const auto parts = frames.encode(next_sequence_, now, active_.number());
    return write_append(lock, parts, frames.bytes(), frames.count(), now);
}

// Writes PARTS, BYTES with COUNT events, for which there is room. LOCK, of mutex_, is released.
Result<SequenceRange> Journal::write_append(std::unique_lock<std::mutex>& lock,
                                            std::span<iovec> parts, std::uint64_t bytes,
                                            std::uint64_t count, Instant instant) {
    if (auto written = active_.write(parts, bytes, options_.segment_bytes); !written) {
        return refuse(written.error());
    }
    const SequenceRange range{next_sequence_, next_sequence_ + count - 1};
    next_sequence_ += count;
    catalog_.last().bytes = active_.bytes();
    syncer_.note_appended(active_.file());
    for (AppendSignal* signal : signals_)
        signal->fire(instant);
    const bool is_never_synced = options_.sync.when == SyncPolicy::When::never;
    lock.unlock();
    if (is_never_synced) synced_.reach(range.last);
    return range;
}

void Journal::add_signal(AppendSignal& signal) {
    const std::lock_guard lock(mutex_);
    signals_.push_back(&signal);
}

void Journal::set_drop_signal(AppendSignal* signal) {
    const std::lock_guard lock(mutex_);
    drop_signal_ = signal;
}

void Journal::remove_signal(AppendSignal& signal) {
    const std::lock_guard lock(mutex_);
    std::erase(signals_, &signal);
}

Result<> Journal::sync() {
    std::uint64_t covered = 0;
    SyncPolicy::When when{};
    {
        const std::lock_guard lock(mutex_);
        when = options_.sync.when;
        covered = next_sequence_ - 1;
    }
    if (when == SyncPolicy::When::never) {
        syncer_.let_go();
    } else {
        if (auto synced = syncer_.sync(); !synced) return synced;
        const std::lock_guard lock(mutex_);
        synced_sequence_ = std::max(synced_sequence_, covered);
    }
    synced_.reach(covered);
    return {};
}

Result<> Journal::number_above(std::uint64_t number) {
    if (number > kSequenceMax) {
        return failure(
            fmt::format("number journal {} above {}: no event has such a number", path_, number),
            EINVAL);
    }
    const std::lock_guard lock(mutex_);
    if (number >= next_sequence_) leave_out_up_to(number);
    // A save that failed may have been done all the same: nothing is taken back, and the next call
    // saves it again.
    if (!left_out_.contains(number) || state_.state().left_out.contains(number)) return {};
    return reservation_.reserve(next_sequence_,
                                [&](JournalState& state) { state.left_out = left_out_; });
}

void Journal::leave_out_up_to(std::uint64_t number) {
    const std::uint64_t last = next_sequence_ - 1;
    left_out_.add(next_sequence_, number + 1);
    next_sequence_ = number + 1;
    if (synced_sequence_ == last) synced_sequence_ = number;  // there is nothing to sync
    probe_.numbering_raised(last, number);
    for (AppendSignal* signal : signals_)
        signal->fire(clock_.now());
}

std::vector<std::uint64_t> Journal::segment_numbers() const {
    const std::lock_guard lock(mutex_);
    std::vector<std::uint64_t> numbers;
    for (const Segment& segment : catalog_.all())
        numbers.push_back(segment.number);
    return numbers;
}

// Appends go on in another segment than NUMBER. What it holds then; nothing if it is not there.
Result<std::optional<Segment>> Journal::finish_segment(std::uint64_t number) {
    const std::lock_guard lock(mutex_);
    if (number == active_.number()) {
        if (auto rolled = roll(); !rolled) return std::unexpected(rolled.error());
    }
    return catalog_.numbered(number);
}

// Best effort: the state only matters if this life ends before all are rescued.
void Journal::save_poisoned(std::vector<std::uint64_t> numbers) {
    const auto saved =
        state_.change([&](JournalState& state) { state.poisoned = std::move(numbers); });
    if (!saved) report_failure(saved.error());
}

// Removes the files that retention lets go; gives their numbers. The new lower end is durable
// before the first byte goes.
std::vector<std::uint64_t> Journal::remove_leaving() {
    std::vector<std::uint64_t> leaving, removed;
    std::uint64_t lower_end = 0;
    {
        const std::lock_guard lock(mutex_);
        leaving = retention_.leaving();
        lower_end = retention_.lower_end();
    }
    if (leaving.empty()) return removed;
    const auto saved = state_.change([&](JournalState& state) { state.lower_end = lower_end; });
    // But a disk without room for that gets its room from the segments: the cursors, or at worst a
    // gap that is reported as damage, say what was there.
    if (!saved && !is_no_space(saved.error().code)) {
        report_failure(saved.error());
        return removed;
    }
    for (const std::uint64_t number : leaving) {
        if (auto unlinked = files_.unlink(segment_path(path_, number));
            !unlinked && unlinked.error().code != ENOENT) {
            report_failure(unlinked.error());
            return removed;
        }
        probe_.segment_removed(number);
        removed.push_back(number);
    }
    if (auto synced = files_.sync_directory(path_); !synced) report_failure(synced.error());
    return removed;
}

void Journal::report_failure(const Error& error) {
    has_failed_ = true;
    if (std::exchange(reported_failure_, error.message) != error.message) {
        probe_.maintenance_failed(error);
    }
}

void Journal::maintain() {
    has_failed_ = false;
    {
        const std::lock_guard lock(mutex_);
        retention_.release_delivered(options_, clock_.now());
    }
    const auto removed = remove_leaving();
    reserve_.take();
    std::uint64_t next = 0;
    {
        // Only now may a full disk cost the next segment: what the last ones gave can be used.
        const std::lock_guard lock(mutex_);
        retention_.forget(removed);
        next = next_sequence_;
    }
    if (auto reserved = reservation_.reserve_ahead(next); !reserved) {
        report_failure(reserved.error());
    }
    if (has_failed_ || reported_failure_.empty()) return;
    reported_failure_.clear();
    probe_.maintenance_recovered();
}

void Journal::change_options(const JournalOptions& options) {
    EVENTFWD_CHECK(options.path == path_);
    std::uint64_t journaled = 0;
    {
        const std::lock_guard lock(mutex_);
        if (options_.sync.when == SyncPolicy::When::never) syncer_.distrust_all();
        options_ = options;
        journaled = next_sequence_ - 1;
    }
    if (options.sync.when == SyncPolicy::When::never) synced_.reach(journaled);
}

SyncPolicy Journal::sync_policy() const {
    const std::lock_guard lock(mutex_);
    return options_.sync;
}

JournalEnd Journal::end() const {
    const std::lock_guard lock(mutex_);
    return {active_.number(), active_.bytes(), next_sequence_};
}

JournalStatus Journal::status() const {
    const std::lock_guard lock(mutex_);
    return {catalog_.empty() ? next_sequence_ : catalog_.first().first_sequence,
            next_sequence_ - 1,
            catalog_.bytes(),
            catalog_.size(),
            synced_sequence_,
            left_out_.total()};
}

std::uint64_t Journal::bytes_above(std::uint64_t sequence) const {
    const std::lock_guard lock(mutex_);
    return catalog_.bytes_between(sequence + 1, next_sequence_);
}

ReadingPlace Journal::place(std::uint64_t sequence, std::uint64_t number) const {
    const std::lock_guard lock(mutex_);
    ReadingPlace place{retention_.lower_end(), next_sequence_, std::nullopt, std::nullopt};
    place.segment = number == 0 ? catalog_.holding(sequence) : catalog_.numbered(number);
    place.after = catalog_.after(place.segment ? place.segment->number : number);
    return place;
}

JournalSnapshot Journal::snapshot() const {
    const std::lock_guard lock(mutex_);
    return {catalog_, next_sequence_};
}

Gap Journal::explain_gap(std::uint64_t begin, std::uint64_t end) const {
    const std::lock_guard lock(mutex_);
    if (left_out_.contains(begin)) {
        return {Gap::Why::left_out, begin, std::min(left_out_.end_of(begin), end)};
    }
    end = std::min(end, left_out_.next(begin).value_or(end));
    const std::uint64_t lower = retention_.lower_end();
    if (begin < lower) return {Gap::Why::shed, begin, std::min(lower, end)};
    return {Gap::Why::damaged, begin, end};
}

bool Journal::was_left_out(std::uint64_t number) const {
    const std::lock_guard lock(mutex_);
    return left_out_.contains(number);
}

Result<std::unique_ptr<File>> Journal::open_segment(std::uint64_t number) const {
    return files_.open(segment_path(path_, number), OpenMode::read);
}

void Journal::keep_damage(const File& file, std::uint64_t number, std::uint64_t begin,
                          std::uint64_t end) const {
    const std::lock_guard lock(quarantine_mutex_);
    if (files_.status(quarantine_path(path_, number, begin, end))) return;
    const auto kept = quarantine(files_, path_, file, number, begin, end);
    probe_.damage_found(segment_path(path_, number), begin, end, kept.value_or(""));
}

std::vector<std::string> Journal::known_sinks() const {
    return state_.state().known_sinks;
}

Result<> Journal::remember_sinks(const std::vector<std::string>& sinks) {
    const auto known = known_sinks();
    const auto is_known = [&](const std::string& sink) {
        return std::ranges::find(known, sink) != known.end();
    };
    if (std::ranges::all_of(sinks, is_known)) return {};
    return state_.change([&](JournalState& state) {
        std::ranges::copy_if(sinks, std::back_inserter(state.known_sinks), std::not_fn(is_known));
    });
}

Result<> Journal::close() {
    if (auto synced = sync(); !synced) return synced;
    const std::lock_guard lock(mutex_);
    if (auto cut = active_.cut_leftover(); !cut) return cut;
    return reservation_.give_back(next_sequence_);
}

}  // namespace eventfwd
