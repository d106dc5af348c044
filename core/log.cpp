#include "core/log.h"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <cstdlib>
#include <memory>

#include "core/text/json_escape.h"
#include "core/text/printable.h"

namespace eventfwd {
namespace {

spdlog::level::level_enum to_spdlog(LogLevel level) {
    switch (level) {
        case LogLevel::debug:
            return spdlog::level::debug;
        case LogLevel::info:
            return spdlog::level::info;
        case LogLevel::warn:
            return spdlog::level::warn;
        case LogLevel::error:
            return spdlog::level::err;
    }
    return spdlog::level::info;
}

std::string_view level_name(spdlog::level::level_enum level) {
    switch (level) {
        case spdlog::level::trace:
        case spdlog::level::debug:
            return "DEBUG";
        case spdlog::level::warn:
            return "WARN";
        case spdlog::level::err:
        case spdlog::level::critical:
            return "ERROR";
        default:
            return "INFO";
    }
}

// journald's priorities are those of syslog (RFC 5424, section 6.2.1).
int priority(spdlog::level::level_enum level) {
    switch (level) {
        case spdlog::level::trace:
        case spdlog::level::debug:
            return 7;
        case spdlog::level::warn:
            return 4;
        case spdlog::level::err:
            return 3;
        case spdlog::level::critical:
            return 2;
        default:
            return 6;
    }
}

class LineFormatter final : public spdlog::formatter {
  public:
    LineFormatter(LogFormat format, bool journald) : format_(format), journald_(journald) {}

    void format(const spdlog::details::log_msg& message, spdlog::memory_buf_t& out) override {
        const std::string_view text(message.payload.data(), message.payload.size());
        const auto micros = std::chrono::time_point_cast<std::chrono::microseconds>(message.time);
        const std::time_t seconds = std::chrono::system_clock::to_time_t(message.time);
        std::tm utc{};
        ::gmtime_r(&seconds, &utc);
        char time[32];
        const std::size_t length = std::strftime(time, sizeof(time), "%Y-%m-%dT%H:%M:%S", &utc);
        const std::string stamp = fmt::format("{}.{:06}Z", std::string_view(time, length),
                                              micros.time_since_epoch().count() % 1'000'000);
        if (format_ == LogFormat::json) {
            fmt::format_to(std::back_inserter(out), R"({{"time":"{}","level":"{}","message":{}}})",
                           stamp, level_name(message.level), json_quoted(text));
        } else if (journald_) {
            fmt::format_to(std::back_inserter(out), "<{}>{}", priority(message.level),
                           printable(text));
        } else {
            fmt::format_to(std::back_inserter(out), "{} {:5} {}", stamp, level_name(message.level),
                           printable(text));
        }
        out.push_back('\n');
    }

    std::unique_ptr<spdlog::formatter> clone() const override {
        return std::make_unique<LineFormatter>(format_, journald_);
    }

  private:
    LogFormat format_;
    bool journald_;
};

}  // namespace

void set_up_log(const LogOptions& options) {
    auto sink = std::make_shared<spdlog::sinks::stderr_sink_mt>();
    auto logger = std::make_shared<spdlog::logger>("eventfwd", std::move(sink));
    logger->set_formatter(
        std::make_unique<LineFormatter>(options.format, std::getenv("JOURNAL_STREAM") != nullptr));
    logger->set_level(to_spdlog(options.level));
    logger->flush_on(spdlog::level::trace);
    spdlog::set_default_logger(std::move(logger));
}

}  // namespace eventfwd
