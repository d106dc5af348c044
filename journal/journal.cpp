#include "journal/journal.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "core/check.h"
#include "journal/quarantine.h"
#include "journal/recovery.h"

namespace eventfwd {
namespace {

// Few enough that nobody misses them on a disk that is almost full.
constexpr std::uint64_t kPreallocatedBytes = 8 << 20;

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
                 JournalProbe& probe, JournalLock lock)
    : path_(options.path),
      files_(files),
      clock_(clock),
      probe_(probe),
      lock_(std::move(lock)),
      reserve_(files, path_),
      cursors_(files, path_, reserve_),
      syncer_({files, path_, probe, [this] { return segment_numbers(); },
               [this](std::uint64_t number) { return finish_segment(number); },
               [this](std::vector<std::uint64_t> numbers) { save_poisoned(std::move(numbers)); },
               [this](const File& file, std::uint64_t number, std::uint64_t begin,
                      std::uint64_t end) { keep_damage(file, number, begin, end); }}),
      options_(options) {}

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

    std::unique_ptr<Journal> journal(new Journal(options, files, clock, probe, std::move(*lock)));
    journal->state_ = std::move(recovered->state);
    journal->catalog_ = std::move(recovered->catalog);
    journal->next_sequence_ = recovered->next_sequence;
    // A crash came between giving these up and removing them.
    while (journal->catalog_.size() > 1 &&
           journal->catalog_.all()[1].first_sequence <= journal->state_.lower_end) {
        journal->drop_first_segment();
    }
    if (auto reserved = journal->reserve(journal->next_sequence_ + kReservationBlock); !reserved) {
        return opening(reserved.error());
    }
    for (const std::uint64_t number : recovered->unused) {
        if (auto removed = files.unlink(segment_path(options.path, number)); !removed) {
            return opening(removed.error());
        }
    }
    journal->reserve_.take();
    const Result<> begun =
        journal->catalog_.empty() ? journal->roll() : journal->go_on_in_last_segment();
    if (!begun) return opening(begun.error());
    if (recovered->is_same_boot) {
        if (auto taken = journal->take_over_poisoned(); !taken) return opening(taken.error());
        journal->syncer_.distrust_all();
    }
    // What a crash left in the page cache is made durable before anything is built on it.
    if (auto synced = journal->sync(); !synced) return opening(synced.error());
    return journal;
}

// Cuts off what stands behind the last frame and appends from there on.
Result<> Journal::go_on_in_last_segment() {
    const Segment& last = catalog_.last();
    auto file = files_.open(segment_path(path_, last.number), OpenMode::write);
    if (!file) return std::unexpected(file.error());
    active_ = {{last.number, std::move(*file)}, last.bytes, last.bytes};
    syncer_.note_appended(active_);
    return active_.file->truncate(last.bytes);
}

// What an earlier life in the same boot could not sync is as it was then.
Result<> Journal::take_over_poisoned() {
    for (const std::uint64_t number : state_.poisoned) {
        if (!catalog_.numbered(number)) continue;
        auto file = files_.open(segment_path(path_, number), OpenMode::read);
        if (!file) return std::unexpected(file.error());
        syncer_.note_poisoned({number, std::move(*file)});
    }
    return {};
}

// Makes WANTED durable. A reservation, a lower end and a sink that are durable already are not
// taken back by somebody who copied the state before.
Result<> Journal::write_state(JournalState wanted) {
    const std::lock_guard lock(state_file_mutex_);
    if (!wanted.is_closed) wanted.ceiling = std::max(wanted.ceiling, durable_.ceiling);
    wanted.lower_end = std::max(wanted.lower_end, durable_.lower_end);
    if (wanted.known_sinks.size() < durable_.known_sinks.size()) {
        wanted.known_sinks = durable_.known_sinks;  // they only become more
    }
    const auto saved = reserve_.with_reserve([&] { return save_state(files_, path_, wanted); });
    if (saved) durable_ = std::move(wanted);
    return saved;
}

Result<> Journal::reserve(std::uint64_t ceiling) {
    JournalState wanted = state_;
    wanted.ceiling = ceiling;
    if (auto saved = write_state(wanted); !saved) return saved;
    state_ = std::move(wanted);
    return {};
}

// Begins a new segment. Nothing here waits for the disk: the next sync makes the file's name
// durable before anything in it.
Result<> Journal::roll() {
    const std::uint64_t number = catalog_.empty() ? active_.number + 1 : catalog_.last().number + 1;
    const std::string path = segment_path(path_, number);
    auto opened = files_.open(path, OpenMode::create);
    // There is one already where a roll failed half way.
    if (!opened && opened.error().code == EEXIST) opened = files_.open(path, OpenMode::write);
    if (!opened) return std::unexpected(opened.error());
    const std::shared_ptr<File> file = std::move(*opened);
    const Instant now = clock_.now();
    const auto header = encode(SegmentHeader{number, next_sequence_, now, state_.id});
    iovec part = as_iovec({header.data(), header.size()});
    if (auto written = write_all_at(*file, 0, {&part, 1}); !written) return written;
    active_ = {{number, file}, kSegmentHeaderBytes, kSegmentHeaderBytes};
    syncer_.note_begun(active_);
    catalog_.add({number, next_sequence_, kSegmentHeaderBytes, now});
    return {};
}

// Sees to it that the next BYTES of the active segment have their blocks. On ext4 a write into
// blocks that are still to be found waits while a sync finds them for all that was written before:
// 10 ms and more at full speed, and a socket's buffer lasts no longer.
void Journal::preallocate(std::uint64_t bytes) {
    if (active_.offset + bytes <= active_.preallocated) return;
    const std::uint64_t left =
        options_.segment_bytes - std::min(active_.offset, options_.segment_bytes);
    const std::uint64_t step = std::max(bytes, std::min(kPreallocatedBytes, left));
    active_.file->preallocate(active_.offset, step);
    active_.preallocated = active_.offset + step;
}

// Whether no sink needs an event below BEFORE any more.
bool Journal::every_sink_had(std::uint64_t before) const {
    const auto lowest = cursors_.lowest();
    return !lowest || *lowest + 1 >= before;
}

// There must be another segment behind the first.
void Journal::drop_first_segment() {
    dropped_.push_back(catalog_.first().number);
    catalog_.drop_first();
    state_.lower_end = std::max(state_.lower_end, catalog_.first().first_sequence);
}

// The disk is full below max_size: the same case. One segment at a time is given up, and the next
// one only when that is gone. Whoever keeps the journal is woken to remove what can be.
std::unexpected<Error> Journal::refuse_for_full_disk() {
    if (drop_signal_ != nullptr) drop_signal_->fire(clock_.now());
    if (dropped_.empty() && catalog_.size() > 1) {
        const bool retained = every_sink_had(catalog_.all()[1].first_sequence);
        if (retained || options_.when_full == WhenFull::drop_oldest) {
            if (!retained) probe_.segment_dropped(catalog_.first().number, "the disk is full");
            drop_first_segment();
        }
    }
    return failure(fmt::format("append to journal {}: {}", path_, error_text(ENOSPC)), ENOSPC);
}

// Makes BYTES more fit under max_size.
Result<> Journal::make_room(std::uint64_t bytes) {
    while (catalog_.bytes() + bytes > options_.bytes_max) {
        const bool is_last = catalog_.size() < 2;
        const bool retained = !is_last && every_sink_had(catalog_.all()[1].first_sequence);
        if (is_last || (!retained && options_.when_full == WhenFull::refuse)) {
            return failure(fmt::format("append to journal {}: max_size is reached", path_), ENOSPC);
        }
        if (!retained) probe_.segment_dropped(catalog_.first().number, "max_size is reached");
        drop_first_segment();
        if (drop_signal_ != nullptr) drop_signal_->fire(clock_.now());
    }
    return {};
}

Result<SequenceRange> Journal::append(std::string_view lines, std::size_t count) {
    EVENTFWD_CHECK(count > 0 && lines.size() <= kFrameBytesMax);
    const std::lock_guard lock(mutex_);
    const std::uint64_t frame_bytes = kFrameHeaderBytes + lines.size();
    if (reserve_.is_missing()) return refuse_for_full_disk();
    if (auto room = make_room(frame_bytes + kSegmentHeaderBytes); !room)
        return std::unexpected(room.error());
    if (active_.offset + frame_bytes > options_.segment_bytes &&
        active_.offset > kSegmentHeaderBytes) {
        if (auto rolled = roll(); !rolled) {
            if (rolled.error().code == ENOSPC) return refuse_for_full_disk();
            return std::unexpected(rolled.error());
        }
    }
    if (next_sequence_ + count > state_.ceiling) {
        if (auto reserved = reserve(next_sequence_ + count + kReservationBlock); !reserved) {
            return std::unexpected(reserved.error());
        }
    }

    preallocate(frame_bytes);
    const FrameHeader header{next_sequence_, clock_.now(), static_cast<std::uint32_t>(count),
                             static_cast<std::uint32_t>(lines.size())};
    const auto head = encode(header, lines, active_.number);
    iovec parts[] = {as_iovec({head.data(), head.size()}), as_iovec(lines)};
    if (auto written = write_all_at(*active_.file, active_.offset, parts); !written) {
        // What is there of the frame goes again, or is overwritten by the next one: the end that
        // readers see has not moved.
        [[maybe_unused]] const auto cut = active_.file->truncate(active_.offset);
        if (written.error().code == ENOSPC) return refuse_for_full_disk();
        return std::unexpected(written.error());
    }
    active_.offset += frame_bytes;
    catalog_.last().bytes = active_.offset;
    next_sequence_ += count;
    syncer_.note_appended(active_);
    for (AppendSignal* signal : signals_)
        signal->fire(header.instant);
    return SequenceRange{header.first_sequence, next_sequence_ - 1};
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
        return {};
    }
    if (auto synced = syncer_.sync(); !synced) return synced;
    const std::lock_guard lock(mutex_);
    synced_sequence_ = std::max(synced_sequence_, covered);
    return {};
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
    if (number == active_.number) {
        if (auto rolled = roll(); !rolled) return std::unexpected(rolled.error());
    }
    return catalog_.numbered(number);
}

// Best effort: the state only matters if this life ends before all are rescued.
void Journal::save_poisoned(std::vector<std::uint64_t> numbers) {
    JournalState wanted;
    {
        const std::lock_guard lock(mutex_);
        state_.poisoned = std::move(numbers);
        wanted = state_;
    }
    if (auto saved = write_state(wanted); !saved) report_failure(saved.error());
}

// Takes segments out of the catalog that nobody needs any more.
void Journal::remove_delivered() {
    const std::lock_guard lock(mutex_);
    const Instant retain_from = clock_.now() - options_.retain;
    while (catalog_.size() > 1) {
        const Segment& next = catalog_.all()[1];
        // The next segment was begun right after the last frame of the first.
        if (!every_sink_had(next.first_sequence) ||
            (options_.retain.count() > 0 && next.created > retain_from))
            return;
        drop_first_segment();
    }
}

// Unlinks what is out of the catalog; gives the numbers. The new lower end is durable before the
// first byte goes.
std::vector<std::uint64_t> Journal::remove_dropped() {
    std::vector<std::uint64_t> numbers, removed;
    JournalState wanted;
    {
        const std::lock_guard lock(mutex_);
        if (dropped_.empty()) return removed;
        numbers = dropped_;
        wanted = state_;
    }
    // But a disk without room for that gets its room from the segments: the cursors, or at worst a
    // gap that is told as damage, say what was there.
    if (auto saved = write_state(wanted); !saved && saved.error().code != ENOSPC) {
        report_failure(saved.error());
        return removed;
    }
    for (const std::uint64_t number : numbers) {
        if (auto unlinked = files_.unlink(segment_path(path_, number));
            !unlinked && unlinked.error().code != ENOENT) {
            report_failure(unlinked.error());
            return removed;
        }
        probe_.segment_removed(number);
        removed.push_back(number);
    }
    if (auto synced = files_.sync_directory(path_); !synced) {
        report_failure(synced.error());
    }
    return removed;
}

// Only now may a full disk cost the next segment: what the last ones gave is there to be used.
void Journal::forget_dropped(const std::vector<std::uint64_t>& removed) {
    const std::lock_guard lock(mutex_);
    for (const std::uint64_t number : removed)
        std::erase(dropped_, number);
}

// Reserves numbers in good time, so that no append has to wait for that.
void Journal::reserve_ahead() {
    JournalState wanted;
    {
        const std::lock_guard lock(mutex_);
        if (next_sequence_ + kReservationBlock <= state_.ceiling) return;
        wanted = state_;
        wanted.ceiling = next_sequence_ + 2 * kReservationBlock;
    }
    if (auto saved = write_state(wanted); !saved) return report_failure(saved.error());
    const std::lock_guard lock(mutex_);
    state_.ceiling = std::max(state_.ceiling, wanted.ceiling);
}

void Journal::report_failure(const Error& error) {
    has_failed_ = true;
    if (std::exchange(reported_failure_, error.message) != error.message) {
        probe_.maintenance_failed(error);
    }
}

void Journal::maintain() {
    has_failed_ = false;
    remove_delivered();
    const auto removed = remove_dropped();
    reserve_.take();
    forget_dropped(removed);
    reserve_ahead();
    if (has_failed_ || reported_failure_.empty()) return;
    reported_failure_.clear();
    probe_.maintenance_recovered();
}

void Journal::change_options(const JournalOptions& options) {
    EVENTFWD_CHECK(options.path == path_);
    const std::lock_guard lock(mutex_);
    if (options_.sync.when == SyncPolicy::When::never) syncer_.distrust_all();
    options_ = options;
}

SyncPolicy Journal::sync_policy() const {
    const std::lock_guard lock(mutex_);
    return options_.sync;
}

JournalEnd Journal::end() const {
    const std::lock_guard lock(mutex_);
    return {active_.number, active_.offset, next_sequence_};
}

JournalStatus Journal::status() const {
    const std::lock_guard lock(mutex_);
    return {catalog_.empty() ? next_sequence_ : catalog_.first().first_sequence, next_sequence_ - 1,
            catalog_.bytes(), catalog_.size(), synced_sequence_};
}

std::uint64_t Journal::bytes_above(std::uint64_t sequence) const {
    const std::lock_guard lock(mutex_);
    return catalog_.bytes_between(sequence + 1, next_sequence_);
}

ReadingPlace Journal::place(std::uint64_t sequence, std::uint64_t number) const {
    const std::lock_guard lock(mutex_);
    ReadingPlace place{state_.lower_end, next_sequence_, std::nullopt, std::nullopt};
    place.segment = number == 0 ? catalog_.holding(sequence) : catalog_.numbered(number);
    place.after = catalog_.after(place.segment ? place.segment->number : number);
    return place;
}

JournalSnapshot Journal::snapshot() const {
    const std::lock_guard lock(mutex_);
    return {catalog_, next_sequence_};
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
    const std::lock_guard lock(mutex_);
    return state_.known_sinks;
}

Result<> Journal::remember_sinks(const std::vector<std::string>& sinks) {
    const std::lock_guard lock(mutex_);
    JournalState wanted = state_;
    for (const std::string& sink : sinks) {
        const bool known = std::ranges::find(wanted.known_sinks, sink) != wanted.known_sinks.end();
        if (!known) wanted.known_sinks.push_back(sink);
    }
    if (wanted.known_sinks == state_.known_sinks) return {};
    if (auto saved = write_state(wanted); !saved) return saved;
    state_ = std::move(wanted);
    return {};
}

Result<> Journal::close() {
    if (auto synced = sync(); !synced) return synced;
    const std::lock_guard lock(mutex_);
    state_.is_closed = true;
    return reserve(next_sequence_);
}

}  // namespace eventfwd
