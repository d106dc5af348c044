#include "daemon/outputs/make_sink.h"

#include <variant>

#include "sinks/hec/hec_sink.h"
#include "sinks/stdout/stdout_sink.h"
#include "sinks/syslog/syslog_sink.h"

namespace eventfwd {
namespace {

using Made = Result<std::unique_ptr<Sink>>;

// One function for each type.
struct Maker {
    const std::string& journal_id;
    const SinkParts& parts;

    Made operator()(const FileSinkOptions& options) const {
        return FileSink::make(options, parts.files, parts.clock, parts.file_probe);
    }
    Made operator()(const HecSinkOptions& options) const {
        return std::make_unique<HecSink>(options, journal_id, parts.clock, parts.hec_probe);
    }
    Made operator()(const StdoutSinkOptions&) const { return std::make_unique<StdoutSink>(); }
    Made operator()(const SyslogSinkOptions& options) const {
        return std::make_unique<SyslogSink>(options);
    }
};

}  // namespace

Made make_sink(const Destination& destination, const std::string& journal_id,
               const SinkParts& parts) {
    return std::visit(Maker{journal_id, parts}, destination);
}

}  // namespace eventfwd
