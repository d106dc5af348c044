#include "daemon/config/sinks_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "daemon/config/file_sink_reader.h"
#include "daemon/config/hec_sink_reader.h"
#include "daemon/config/syslog_sink_reader.h"

namespace eventfwd {
namespace {

using namespace std::chrono_literals;

// In the order of kTypes.
enum class Type { file, hec, standard_output, syslog };
constexpr std::array<std::string_view, 4> kTypes{"file", "hec", "stdout", "syslog"};

// What is sensible for a sink of a type where the configuration does not say.
CourierOptions default_courier(Type type) {
    CourierOptions courier;
    if (type != Type::hec && type != Type::syslog) return courier;
    courier.from_start = false;  // what others keep does not want the past
    if (type == Type::hec) courier.batch = {512_KiB, 5000, 200ms};
    return courier;
}

Destination read_destination(Type type, Section& section, ReadContext& context) {
    switch (type) {
        case Type::file:
            return read_file_sink(section, context);
        case Type::hec:
            return read_hec_sink(section, context);
        case Type::syslog:
            return read_syslog_sink(section, context);
        case Type::standard_output:
            break;
    }
    context.take_once(section, "type", "stdout");
    return StdoutSinkOptions{};
}

void read_courier(Section& section, CourierOptions& courier) {
    constexpr std::array<std::string_view, 3> kForms{"line", "sdk_line", "json"};
    constexpr std::array<std::string_view, 2> kFrom{"end", "start"};
    courier.form = section.choice("format", kForms, courier.form);
    courier.from_start = section.choice("from", kFrom, courier.from_start) == 1;
    Section match = section.section("match");
    courier.match.application = GlobList(match.texts("application", {"*"}));
    courier.match.event = GlobList(match.texts("event", {"*"}));
    match.refuse_unknown();
    Section batch = section.section("batch");
    BatchOptions& limits = courier.batch;
    limits.bytes_max = batch.size("bytes", limits.bytes_max, 1, 16_MiB);
    limits.count_max = batch.number("events", limits.count_max, 1, 1'000'000);
    limits.linger = batch.duration("linger", limits.linger, 0s, 1min);
    batch.refuse_unknown();
    Section retry = section.section("retry");
    courier.retry.initial = retry.duration("initial", courier.retry.initial, 1ms, 1h);
    courier.retry.max = retry.duration("max", courier.retry.max, 1ms, 24h);
    if (!retry.has("initial")) {
        courier.retry.initial = std::min(courier.retry.initial, courier.retry.max);
    } else if (courier.retry.initial > courier.retry.max) {
        retry.problem("initial", fmt::format("expected at most what `max` is, {}",
                                             format_duration(courier.retry.max)));
    }
    retry.refuse_unknown();
}

SinkSettings read_sink(const std::string& name, Section& section, ReadContext& context) {
    if (!section.has("type")) {
        section.problem("type", "missing; expected file, hec, stdout or syslog");
    }
    SinkSettings sink;
    const std::size_t chosen = section.choice("type", kTypes, kTypes.size());
    const bool is_known = chosen < kTypes.size();
    const auto type = is_known ? static_cast<Type>(chosen) : Type::file;
    sink.courier = default_courier(type);
    sink.courier.name = name;
    read_courier(section, sink.courier);
    if (!is_known) {  // what is common to all types has been read
        section.accept_unknown();
        return sink;
    }
    sink.destination = read_destination(type, section, context);
    if (auto* const hec = std::get_if<HecSinkOptions>(&sink.destination)) {
        hec->envelope.has_objects = sink.courier.form == Form::json;
    }
    return sink;
}

SinkSettings default_sink(const ReadContext& context) {
    FileSinkOptions file;
    file.path = context.base.logs + "/events.log";
    SinkSettings lines;
    lines.courier.name = "lines";
    lines.destination = std::move(file);
    return lines;
}

}  // namespace

std::vector<SinkSettings> read_sinks(Section& root, ReadContext& context, bool durable_cursors) {
    std::vector<SinkSettings> sinks;
    if (!root.has("sinks")) {
        root.section("sinks");
        sinks.push_back(default_sink(context));
    } else {
        each_named(root, "sinks", [&](const std::string& name, Section& section) {
            sinks.push_back(read_sink(name, section, context));
        });
    }
    for (SinkSettings& sink : sinks)
        sink.courier.durable_cursor = durable_cursors;
    return sinks;
}

}  // namespace eventfwd
