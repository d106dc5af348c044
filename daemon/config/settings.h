// The whole validated configuration. App keeps the one in force; each part of the daemon is given
// its own options.
#pragma once

#include <chrono>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "core/log.h"
#include "daemon/config/diagnostic.h"
#include "daemon/dead_letters/dead_letter_options.h"
#include "daemon/deliver/courier_options.h"
#include "daemon/intake/intake_options.h"
#include "daemon/intake/quota_options.h"
#include "daemon/listen/datagram_options.h"
#include "journal/journal_options.h"
#include "sinks/file/file_options.h"
#include "sinks/hec/hec_options.h"
#include "sinks/stdout/stdout_options.h"
#include "sinks/syslog/syslog_options.h"

namespace eventfwd {

// Each alternative names its type of input.
using Source = std::variant<UdpOptions, UnixDatagramOptions>;

struct InputSettings {
    IntakeOptions intake;
    Source source;

    bool operator==(const InputSettings&) const = default;
};

// What becomes of the datagram sockets that systemd holds.
struct HeldSocketOptions {
    // The configuration names no inputs: there are those that systemd holds a socket for, and no
    // others.
    bool are_all = false;

    // How packets are read at a socket that no input names.
    IntakeOptions intake;

    bool operator==(const HeldSocketOptions&) const = default;
};

// Each alternative names its type of sink.
using Destination =
    std::variant<FileSinkOptions, HecSinkOptions, StdoutSinkOptions, SyslogSinkOptions>;

struct SinkSettings {
    CourierOptions courier;
    Destination destination;

    bool operator==(const SinkSettings&) const = default;
};

struct Settings {
    std::string file;  // where they were read from; empty: defaults
    std::vector<InputSettings> inputs;
    HeldSocketOptions held_sockets;
    std::vector<SinkSettings> sinks;
    JournalOptions journal;
    DeadLetterOptions dead_letters;
    QuotaOptions quotas;
    std::string control_path;
    mode_t control_mode = 0600;
    LogOptions log;
    std::chrono::microseconds stop_timeout = std::chrono::seconds(5);
};

// The directories that the configuration does not name. Empty: unknown.
struct BaseDirectories {
    std::string state;
    std::string logs;
    std::string runtime;

    // Those that systemd sets; else the system's, for root and for any FILE below /etc, which is
    // the system's configuration; else the user's (XDG).
    static BaseDirectories of(const std::string& file);
    static BaseDirectories of_system();
};

struct ReadSettings {
    Settings settings;
    Diagnostics problems;              // empty: the settings hold
    std::set<std::string> known_keys;  // every key that there is, as "journal.path"
    ConfigNode tree;                   // what was read

    // Says MESSAGE of the key at PATH, with its place.
    Diagnostic diagnostic(const std::string& path, const std::string& message) const {
        return {settings.file, tree.place_of(path), path, message};
    }
};

// What helps a user who may not read what is the daemon's.
constexpr std::string_view kAskAsDaemon = "; run this as root or as the daemon's user";

// Reads TEXT, the content of FILE. Relative paths in it are relative to FILE's directory.
ReadSettings read_settings(const std::string& text, const std::string& file,
                           const BaseDirectories& base);

constexpr std::string_view kDefaultSettingsFile = "/etc/eventfwd/eventfwd.yaml";

// The settings in FILE; where FILE is empty, in kDefaultSettingsFile if there is anything of that
// name, else the defaults. A file that cannot be read is a problem, too.
ReadSettings load_settings(const std::string& file);

}  // namespace eventfwd
