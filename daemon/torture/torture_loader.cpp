#include "daemon/torture/torture_loader.h"

#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <random>
#include <thread>

#include "core/text/printable.h"
#include "daemon/deliver/courier.h"
#include "daemon/torture/torture_lines.h"
#include "daemon/upkeep/journal_maintenance.h"
#include "sinks/file/file_sink.h"

namespace eventfwd {
namespace {

using SteadyClock = std::chrono::steady_clock;

// The parent looks at what is there afterwards; what the parts say meanwhile does not matter.
class SilentProbe final : public JournalProbe, public CourierProbe, public FileSinkProbe {};

int fail(const Error& error) {
    fmt::print(stderr, "eventfwd: {}\n", printable(error.message));
    return 1;
}

// A journal with its courier and its keeper: the part of the daemon that must survive a kill.
class Loader {
  public:
    explicit Loader(const TortureOptions& options)
        : options_(options),
          lines_(options.seed),
          dead_letters_({.path = options.directory + "/dead-letters"}, files_) {}

    Result<> open(int pipe) {
        pipe_ = pipe;
        const auto began = SteadyClock::now();
        auto journal = Journal::open(torture_journal_options(options_), files_, clock_, probe_,
                                     current_boot_id());
        if (!journal) return std::unexpected(journal.error());
        const auto took = SteadyClock::now() - began;
        journal_ = std::move(*journal);
        if (auto started = start_courier(); !started) return started;
        maintenance_ = std::make_unique<JournalMaintenance>(
            *journal_, probe_, std::vector<JournalMaintenance::Task>{});
        maintenance_->start();
        const auto microseconds =
            std::chrono::duration_cast<std::chrono::microseconds>(took).count();
        return tell({LoaderMessage::Kind::opened, journal_->end().next_sequence, 0, 0,
                     static_cast<std::uint64_t>(microseconds)});
    }

    Result<> append_for_ever(std::uint32_t life) {
        std::mt19937_64 random(options_.seed + life);
        std::string frame;
        for (std::uint64_t next = journal_->end().next_sequence;;) {
            const std::size_t count = 1 + random() % 256;
            frame.clear();
            for (std::size_t at = 0; at < count; ++at)
                lines_.append(life, next + at, frame);
            const auto range = append(frame, count);
            if (!range) return std::unexpected(range.error());
            const std::uint64_t synced = journal_->status().synced;
            if (auto told =
                    tell({LoaderMessage::Kind::appended, range->first, range->last, synced, 0});
                !told) {
                return told;
            }
            next = range->last + 1;
        }
    }

    Result<> stop() {
        courier_->stop(SteadyClock::now() + std::chrono::minutes(2));
        courier_->join();
        maintenance_->stop();
        journal_->maintain();
        return journal_->close();
    }

  private:
    Result<> start_courier() {
        FileSinkOptions file;
        file.path = torture_output_directory(options_.directory) + "/" + kTortureOutputName;
        file.rotate = {.bytes_max = 4 << 20, .age_max = {}, .keep = 0};
        auto sink = FileSink::make(file, files_, clock_, probe_);
        if (!sink) return std::unexpected(sink.error());
        CourierOptions courier;
        courier.name = "lines";
        courier.durable_cursor = options_.sync.when != SyncPolicy::When::never;
        courier.save_interval = std::chrono::milliseconds(50);
        courier_ = std::make_unique<Courier>(courier, std::move(*sink), *journal_, dead_letters_,
                                             clock_, probe_);
        if (auto saved = courier_->save_first_cursor(); !saved) return saved;
        if (auto known = journal_->remember_sinks({courier.name}); !known) return known;
        courier_->start();
        return {};
    }

    // A full journal makes an input wait, too.
    Result<SequenceRange> append(const std::string& frame, std::size_t count) {
        while (true) {
            auto range = journal_->append(frame, count);
            if (range || range.error().code != ENOSPC) return range;
            std::this_thread::sleep_for(std::chrono::milliseconds(1));
        }
    }

    Result<> tell(const LoaderMessage& message) const {
        const ssize_t written = ::write(pipe_, &message, sizeof(message));
        if (written == static_cast<ssize_t>(sizeof(message))) return {};
        return system_failure("write to", "the pipe to the parent");
    }

    const TortureOptions& options_;
    const TortureLines lines_;
    PosixFileSystem files_;
    SystemClock clock_;
    SilentProbe probe_;
    DeadLetters dead_letters_;  // nothing is refused
    std::unique_ptr<Journal> journal_;
    std::unique_ptr<Courier> courier_;
    std::unique_ptr<JournalMaintenance> maintenance_;
    int pipe_ = -1;
};

}  // namespace

std::string torture_output_directory(const std::string& directory) {
    return directory + "/out";
}

JournalOptions torture_journal_options(const TortureOptions& options) {
    JournalOptions journal;
    journal.path = options.directory + "/journal";
    journal.segment_bytes = 1 << 20;  // small, so that a kill often comes between two
    journal.bytes_max = 8 << 20;
    journal.when_full = WhenFull::refuse;
    journal.sync = options.sync;
    return journal;
}

int run_torture_loader(const TortureOptions& options, std::uint32_t life, int pipe) {
    Loader loader(options);
    if (const auto opened = loader.open(pipe); !opened) return fail(opened.error());
    return fail(loader.append_for_ever(life).error());
}

int run_torture_last_life(const TortureOptions& options, int pipe) {
    Loader loader(options);
    if (const auto opened = loader.open(pipe); !opened) return fail(opened.error());
    if (const auto stopped = loader.stop(); !stopped) return fail(stopped.error());
    return 0;
}

}  // namespace eventfwd
