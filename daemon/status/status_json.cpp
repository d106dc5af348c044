#include "daemon/status/status_json.h"

#include <boost/json.hpp>

#include "daemon/status/ledger_faults.h"

namespace eventfwd {
namespace {

namespace json = boost::json;

json::object input_json(const InputStatus& input) {
    json::object refused;
    for (std::size_t at = 0; at < kRefusalNames.size(); ++at) {
        if (input.counts.intake.refused[at] > 0)
            refused[kRefusalNames[at]] = input.counts.intake.refused[at];
    }
    json::array addresses;
    for (const std::string& address : input.listens_on)
        addresses.emplace_back(address);
    return {{"listen", std::move(addresses)},
            {"packets", input.counts.intake.packets},
            {"received", input.counts.intake.received},
            {"accepted", input.counts.intake.accepted},
            {"refused", std::move(refused)},
            {"deduplicated", 0},
            {"not_allowed", input.counts.intake.not_allowed},
            {"kernel_drops", input.counts.kernel_drops},
            {"waits_for_room", input.waits_for_room}};
}

json::object ledger_json(const Status& status) {
    json::array faults;
    for (const std::string& fault : ledger_faults(status))
        faults.emplace_back(fault);
    const bool closes = faults.empty();
    return {{"closes", closes}, {"faults", std::move(faults)}};
}

json::object letter_counts_json(const DeadLetters::Counts& counts) {
    return {{"kept", counts.kept},
            {"lost", counts.lost},
            {"expired", counts.expired},
            {"retried", counts.retried}};
}

json::object letters_json(const Status& status) {
    DeadLetters::Counts sum;
    json::object origins;
    for (const auto& [origin, counts] : status.dead_letters) {
        sum.add(counts);
        origins[origin] = letter_counts_json(counts);
    }
    json::object letters = letter_counts_json(sum);
    letters["retried_events"] = status.retried_events;
    letters["origins"] = std::move(origins);
    return letters;
}

json::value text_or_null(const std::string& text) {
    return text.empty() ? json::value(nullptr) : json::value(text);
}

json::object redelivery_json(const RedeliveryStatus& redelivery) {
    return {{"what", redelivery.what},
            {"total", redelivery.total},
            {"done", redelivery.done},
            {"sent", redelivery.sent},
            {"refused", redelivery.refused},
            {"left_out", redelivery.left_out},
            {"gone", redelivery.gone},
            {"last_refusal", text_or_null(redelivery.last_refusal)},
            {"failure", text_or_null(redelivery.failure)},
            {"is_over", redelivery.is_over}};
}

json::object sink_json(const SinkStatus& sink, const Status& status) {
    const CourierStatus& courier = sink.courier;
    const Ledger& ledger = courier.ledger;
    const std::uint64_t last = std::max(status.journal.last, courier.cursor);
    const std::uint64_t pending = courier.pending(last);
    const double lag = pending == 0 ? 0.0 : std::chrono::duration<double>(sink.lag).count();
    json::array connections;
    for (const ConnectionStatus& connection : courier.connections) {
        json::object entry{{"peer", connection.peer}, {"state", connection.state}};
        if (!connection.last_error.empty()) entry["last_error"] = connection.last_error;
        connections.push_back(std::move(entry));
    }
    json::value redelivery = nullptr;
    if (courier.redelivery) {
        redelivery = redelivery_json(*courier.redelivery);
    }
    return {{"state", name_of(courier.state)},
            {"cursor", courier.cursor},
            {"durable", courier.durable},
            {"accepted", last - ledger.joined},
            {"delivered", ledger.delivered},
            {"filtered", ledger.filtered},
            {"dead_lettered", ledger.dead_lettered},
            {"shed", json::object{{"full", ledger.shed_full},
                                  {"skipped", ledger.shed_skipped},
                                  {"damaged", ledger.shed_damaged},
                                  {"unknown", ledger.shed_unknown}}},
            {"pending", pending},
            {"pending_bytes", sink.pending_bytes},
            {"in_doubt", ledger.in_doubt},
            {"replayed", ledger.replayed},
            {"letters_delivered", ledger.letters_delivered},
            {"retries", ledger.retries},
            {"lag_seconds", lag},
            {"last_error", text_or_null(courier.last_error)},
            {"connections", std::move(connections)},
            {"redelivery", std::move(redelivery)}};
}

}  // namespace

std::string to_json(const Status& status) {
    json::object inputs;
    for (const InputStatus& input : status.inputs)
        inputs[input.name] = input_json(input);
    json::object sinks;
    for (const SinkStatus& sink : status.sinks)
        sinks[sink.name] = sink_json(sink, status);
    const JournalStatus& journal = status.journal;
    const json::object whole{{"version", status.version},
                             {"uptime_seconds", status.uptime_seconds},
                             {"journal", json::object{{"first", journal.first},
                                                      {"last", journal.last},
                                                      {"bytes", journal.bytes},
                                                      {"segments", journal.segments},
                                                      {"synced", journal.synced},
                                                      {"left_out", journal.left_out},
                                                      {"recovered", status.recovered},
                                                      {"lost", status.lost}}},
                             {"ledger", ledger_json(status)},
                             {"inputs", std::move(inputs)},
                             {"sinks", std::move(sinks)},
                             {"dead_letters", letters_json(status)}};
    return json::serialize(whole);
}

}  // namespace eventfwd
