#include "daemon/config/sinks_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "daemon/config/file_sink_reader.h"
#include "daemon/config/hec_sink_reader.h"
#include "daemon/config/stdout_sink_reader.h"
#include "daemon/config/syslog_sink_reader.h"

namespace eventfwd {
namespace {

using namespace std::chrono_literals;

// A type of sink: the value of `type`, what is sensible for its courier where the configuration
// does not say, and the reader of what it alone has.
struct SinkType {
    std::string_view name;
    bool from_start = true;  // false: what others keep does not want the past
    BatchOptions batch;
    Destination (*read)(Section& section, ReadContext& context, const CourierOptions& courier);
};

// The one list of types. A new type is a line here, and an alternative of Destination (settings.h).
constexpr std::array kSinkTypes{
    SinkType{"file", true, {}, read_file_sink},
    SinkType{"hec", false, {512_KiB, 5000, 200ms}, read_hec_sink},
    SinkType{"stdout", true, {}, read_stdout_sink},
    SinkType{"syslog", false, {}, read_syslog_sink},
};

constexpr std::array<std::string_view, 3> kForms{"line", "sdk_line", "json"};  // as Form

// A list that is not there passes all.
MatchOptions read_match(Section section) {
    MatchOptions match;
    match.application = GlobList(section.texts("application", {}));
    match.event = GlobList(section.texts("event", {}));
    section.refuse_unknown();
    return match;
}

BatchOptions read_batch(Section section, BatchOptions batch) {
    batch.bytes_max = section.size("bytes", batch.bytes_max, 1, 16_MiB);
    batch.count_max = section.number("events", batch.count_max, 1, 1'000'000);
    batch.linger = section.duration("linger", batch.linger, 0s, 1min);
    section.refuse_unknown();
    return batch;
}

RetryOptions read_retry(Section section) {
    RetryOptions retry;
    retry.initial = section.duration("initial", retry.initial, 1ms, 1h);
    retry.max = section.duration("max", retry.max, 1ms, 24h);
    if (!section.has("initial")) {
        retry.initial = std::min(retry.initial, retry.max);
    } else if (retry.initial > retry.max) {
        section.problem("initial", fmt::format("expected at most what `max` is, {}",
                                               format_duration(retry.max)));
    }
    section.refuse_unknown();
    return retry;
}

// What every sink has, whatever its type; COURIER holds what it falls back to.
void read_courier(Section& section, CourierOptions& courier) {
    constexpr std::array<std::string_view, 2> kFrom{"end", "start"};
    courier.form = section.choice("format", kForms, courier.form);
    courier.from_start = section.choice("from", kFrom, courier.from_start) == 1;
    courier.match = read_match(section.section("match"));
    courier.batch = read_batch(section.section("batch"), courier.batch);
    courier.retry = read_retry(section.section("retry"));
}

SinkSettings read_sink(const std::string& name, Section& section, ReadContext& context) {
    const SinkType* const type = find_type(section, kSinkTypes);
    SinkSettings sink;
    sink.courier.name = name;
    if (type != nullptr) {
        sink.courier.from_start = type->from_start;
        sink.courier.batch = type->batch;
    }
    read_courier(section, sink.courier);
    if (type != nullptr) {
        sink.destination = type->read(section, context, sink.courier);
    } else {  // what is common to all types has been read
        section.accept_unknown();
    }
    return sink;
}

// ABSENT holds nothing.
SinkSettings default_sink(Section absent, const ReadContext& context) {
    Section section = absent.section("lines");
    FileSinkOptions file;
    file.path = context.path(section, "path", context.base.logs, "events.log");
    SinkSettings lines;
    lines.courier.name = "lines";
    lines.destination = std::move(file);
    return lines;
}

}  // namespace

std::vector<SinkSettings> read_sinks(Section& root, ReadContext& context, bool durable_cursors) {
    std::vector<SinkSettings> sinks;
    if (!root.has("sinks")) {
        sinks.push_back(default_sink(root.section("sinks"), context));
    } else {
        each_named(root, "sinks", [&](const std::string& name, Section& section) {
            sinks.push_back(read_sink(name, section, context));
        });
    }
    for (SinkSettings& sink : sinks)
        sink.courier.durable_cursor = durable_cursors;
    return sinks;
}

std::vector<std::string_view> sink_types() {
    return names_of(kSinkTypes);
}

std::string describe(const SinkSettings& sink) {
    const auto describe_it = [](const auto& options) { return describe(options); };
    return fmt::format("{} (format: {})", std::visit(describe_it, sink.destination),
                       kForms[static_cast<std::size_t>(sink.courier.form)]);
}

Warnings warnings_of(const SinkSettings& sink) {
    return std::visit([](const auto& options) { return warnings_of(options); }, sink.destination);
}

}  // namespace eventfwd
