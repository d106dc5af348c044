// The subcommands, each a function from its options to the process's exit status.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "daemon/cli/complaints.h"

namespace eventfwd {

struct RunCommand {
    std::string config;
};
int run(const RunCommand& command);

struct CheckCommand {
    std::string config;
    bool json = false;
};
int run(const CheckCommand& command);

struct SendCommand {
    std::string config;
    std::string to;  // empty: the first input of the configuration
    std::string application;
    std::string event;
    std::vector<std::string> properties;  // key=value
    std::string id;
    std::string time;
    bool from_stdin = false;
    std::uint64_t rate = 0;  // packets a second; 0: as fast as it goes
};
int run(const SendCommand& command);

struct RenderCommand {
    std::string file;  // empty or "-": stdin
    bool whole = false;
    bool json = false;
    std::string received_at;
    std::string naive_time = "utc";
    std::string application;
};
int run(const RenderCommand& command);

struct ParseCommand {
    std::string file;
};
int run(const ParseCommand& command);

struct StatusCommand {
    std::string config;
    bool json = false;
    bool watch = false;
};
int run(const StatusCommand& command);

struct SinkCommand {
    std::string config;
    std::string name;
    std::string verb;  // pause, resume or skip-to-end
};
int run(const SinkCommand& command);

struct ReplayCommand {
    std::string config;
    std::string sink;
    std::string since;  // a time, or how long ago
    std::string until;
    std::optional<std::uint64_t> from;
    std::optional<std::uint64_t> to;
    bool stop = false;     // the replay that is under way
    bool no_wait = false;  // until it is over
};
int run(const ReplayCommand& command);

struct JournalInspectCommand {
    std::string config;
    std::string path;  // empty: the configuration's journal
    bool json = false;
};
int run(const JournalInspectCommand& command);

struct JournalVerifyCommand {
    std::string config;
    std::string path;  // empty: the configuration's journal
    bool json = false;
};
int run(const JournalVerifyCommand& command);

// PATH, or else the journal of the configuration. Nothing where that is wrong, which has been said.
std::optional<std::string> journal_path(const std::string& config, const std::string& path);

struct DeadLettersCommand {
    std::string config;
    bool json = false;
    bool all = false;                   // list those, too, that a retry has resolved
    std::optional<std::uint64_t> show;  // the number of the one to show; none: list them
};
int run(const DeadLettersCommand& command);

struct DeadLettersRetryCommand {
    std::string config;
    std::string sink;                  // letters of this one only; or else
    std::string input;                 // of this one
    std::vector<std::string> numbers;  // 17 or 3-17; none: all
};
int run(const DeadLettersRetryCommand& command);

struct TortureCommand {
    std::uint32_t seconds = 10;
    std::string path;         // empty: a fresh directory below the current one
    std::string sync = "1s";  // never, a duration or always
    bool json = false;
};
int run(const TortureCommand& command);

struct DemoCommand {};
int run(const DemoCommand& command);

}  // namespace eventfwd
