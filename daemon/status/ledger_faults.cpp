#include "daemon/status/ledger_faults.h"

#include <fmt/format.h>

#include <numeric>

namespace eventfwd {
namespace {

class Faults {
  public:
    // LEFT and RIGHT are equal where the ledger closes.
    void compare(std::string_view what, std::string_view equation, std::uint64_t left,
                 std::uint64_t right) {
        if (left != right) {
            found_.push_back(fmt::format("{}: {}: {} is not {}", what, equation, left, right));
        }
    }
    std::vector<std::string> take() { return std::move(found_); }

  private:
    std::vector<std::string> found_;
};

}  // namespace

std::vector<std::string> ledger_faults(const Status& status) {
    Faults faults;
    std::uint64_t counted = status.recovered + status.retried_events;
    for (const InputStatus& input : status.inputs) {
        const IntakeCounts& counts = input.counts.intake;
        faults.compare(
            "input " + input.name, "received = accepted + refused", counts.received,
            std::accumulate(counts.refused.begin(), counts.refused.end(), counts.accepted));
        counted += counts.accepted;
    }
    const JournalStatus& journal = status.journal;
    faults.compare("journal", "accepted + recovered + retried_events = last - left_out + lost",
                   counted, journal.last - journal.left_out + status.lost);
    for (const SinkStatus& sink : status.sinks) {
        const Ledger& ledger = sink.courier.ledger;
        faults.compare("sink " + sink.name,
                       "accepted = delivered + filtered + dead_lettered + shed + pending",
                       journal.last - ledger.joined,
                       ledger.delivered + ledger.filtered + ledger.dead_lettered +
                           ledger.shed_full + ledger.shed_skipped + ledger.shed_damaged +
                           ledger.shed_unknown + sink.courier.pending(journal.last));
    }
    return faults.take();
}

}  // namespace eventfwd
