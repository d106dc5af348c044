// The one place that knows which class is a type of sink.
#pragma once

#include <memory>
#include <string>

#include "core/clock.h"
#include "core/file_system.h"
#include "daemon/config/settings.h"
#include "sinks/file/file_sink.h"
#include "sinks/hec/hec_probe.h"
#include "sinks/sink.h"

namespace eventfwd {

// All of them outlive the sinks.
struct SinkParts {
    FileSystem& files;
    const Clock& clock;
    FileSinkProbe& file_probe;
    HecSinkProbe& hec_probe;
};

// JOURNAL_ID tells this journal's numbers from those of others.
Result<std::unique_ptr<Sink>> make_sink(const Destination& destination,
                                        const std::string& journal_id, const SinkParts& parts);

}  // namespace eventfwd
