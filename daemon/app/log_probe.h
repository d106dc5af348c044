// Every probe of the daemon's parts, as log lines. What repeats is said once, and again when it
// ends.
#pragma once

#include "daemon/deliver/courier.h"
#include "daemon/intake/intake.h"
#include "journal/journal_probe.h"
#include "sinks/file/file_sink.h"
#include "sinks/hec/hec_probe.h"

namespace eventfwd {

class LogProbe final : public JournalProbe,
                       public IntakeProbe,
                       public CourierProbe,
                       public FileSinkProbe,
                       public HecSinkProbe {
  public:
    void torn_tail_cut(const std::string& path, std::uint64_t bytes) override;
    void damage_found(const std::string& path, std::uint64_t begin, std::uint64_t end,
                      const std::string& saved_as) override;
    void numbers_lost(std::uint64_t begin, std::uint64_t end) override;
    void numbering_raised(std::uint64_t last, std::uint64_t above) override;
    void state_rebuilt(const std::string& why) override;
    void segment_from_future(std::uint64_t number, Instant created) override;
    void segment_removed(std::uint64_t number) override;
    void segment_dropped(std::uint64_t number, std::string_view why) override;
    void sync_failed(const Error& error) override;
    void segment_poisoned(std::uint64_t number, const Error& error) override;
    void segment_rescued(std::uint64_t number) override;
    void maintenance_failed(const Error& error) override;
    void maintenance_recovered() override;

    void journal_full(const std::string& input, const Error& error) override;
    void journal_has_room(const std::string& input) override;
    void events_lost(const std::string& input, std::size_t count, const Error& error) override;
    void dead_letters_failed(const Error& error) override;

    void trouble_began(const std::string& sink, const std::string& reason) override;
    void held(const std::string& sink, const std::string& reason) override;
    void trouble_ended(const std::string& sink, std::uint64_t attempts,
                       std::chrono::microseconds after) override;
    void shed(const std::string& sink, const Gap& gap) override;
    void refused(const std::string& sink, std::size_t count, const RefusedLine& first) override;
    void skipped(const std::string& sink, std::uint64_t up_to) override;
    void redelivery_failed(const std::string& sink, const Error& error) override;
    void redelivery_ended(const std::string& sink, const RedeliveryStatus& status) override;
    void cursor_missing(const std::string& sink, const std::string& why,
                        std::uint64_t begins_at) override;
    void cursor_not_saved(const std::string& sink, const Error& error) override;

    void rotated(const std::string& path) override;
    void found_elsewhere(const std::string& path) override;
    void not_compressed(const std::string& path, const Error& error) override;
    void met_foreign_bytes(const std::string& path) override;
    void chore_failed(const std::string& path, std::string_view what, const Error& error) override;
    void chore_recovered(const std::string& path, std::string_view what) override;

    void url_failed(const std::string& url, const std::string& error) override;
    void url_recovered(const std::string& url) override;
};

}  // namespace eventfwd
