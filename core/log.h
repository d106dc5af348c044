// The daemon's own log, by spdlog on standard error. ERROR: data lost or a person is needed. WARN:
// surprising, nothing lost. INFO: life cycle. DEBUG: per batch. It never enters the event pipeline.
#pragma once

namespace eventfwd {

enum class LogLevel { debug, info, warn, error };
enum class LogFormat { text, json };

struct LogOptions {
    // Messages below it are left out.
    LogLevel level = LogLevel::info;

    // text: a line for people, or for journald; json: an object on a line.
    LogFormat format = LogFormat::text;
};

// Sets up the process's logger. Where standard error goes to journald (JOURNAL_STREAM), the text
// form carries its priorities ("<3>") in place of a time and a level.
void set_up_log(const LogOptions& options);

}  // namespace eventfwd
