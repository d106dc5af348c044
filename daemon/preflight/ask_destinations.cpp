#include "daemon/preflight/ask_destinations.h"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <memory>

#include "core/clock.h"
#include "core/file_system.h"
#include "daemon/outputs/make_sink.h"

namespace eventfwd {
namespace {

constexpr std::chrono::microseconds kPatienceMax = std::chrono::seconds(5);

struct Question {
    DestinationAnswer answer;
    std::unique_ptr<Sink> sink;
};

class NoCheckpoint final : public Checkpoint {
  public:
    Result<> save() override { return {}; }
};

// What a destination says of no events at all may be that there are none.
bool is_answer(const Outcome& outcome) {
    return outcome.kind == Outcome::Kind::delivered || outcome.kind == Outcome::Kind::reject;
}

boost::asio::awaitable<void> ask(Question& question) {
    NoCheckpoint checkpoint;
    const Batch nothing;
    const Outcome outcome = co_await question.sink->send(nothing, checkpoint);
    if (!is_answer(outcome)) question.answer.problem = outcome.reason;
}

// A sink for each address, in its simplest form.
class Questions {
  public:
    void add(const std::string& sink, const Destination& destination) {
        sink_ = sink;
        std::visit([this](const auto& options) { add(options); }, destination);
    }

    std::vector<Question> questions;

  private:
    void add(const HecSinkOptions& hec) {
        for (const Url& url : hec.urls) {
            HecSinkOptions one = hec;
            one.urls = {url};
            one.acknowledgements = false;
            one.is_gzip = false;
            one.timeout = std::min(one.timeout, kPatienceMax);
            ask_later(url.text(), one);
        }
    }
    void add(const SyslogSinkOptions& syslog) {
        SyslogSinkOptions one = syslog;
        one.peer.timeout = std::min(one.peer.timeout, kPatienceMax);
        ask_later(syslog.peer.address.text(), one);
    }
    void add(const FileSinkOptions&) {}
    void add(const StdoutSinkOptions&) {}

    void ask_later(const std::string& address, const Destination& destination) {
        auto made = make_sink(destination, "", {files_, clock_, file_probe_, hec_probe_});
        Question question{{sink_, address, made ? "" : made.error().message}, nullptr};
        if (made) question.sink = std::move(*made);
        questions.push_back(std::move(question));
    }

    std::string sink_;
    PosixFileSystem files_;
    SystemClock clock_;
    FileSinkProbe file_probe_;
    HecSinkProbe hec_probe_;
};

}  // namespace

std::vector<DestinationAnswer> ask_destinations(const Settings& settings) {
    Questions all;
    for (const SinkSettings& sink : settings.sinks)
        all.add(sink.courier.name, sink.destination);
    boost::asio::io_context io;
    for (Question& question : all.questions) {
        if (question.sink != nullptr) co_spawn(io, ask(question), boost::asio::detached);
    }
    io.run();
    std::vector<DestinationAnswer> answers;
    for (Question& question : all.questions) {
        question.sink.reset();  // before the executor that its sockets live on
        answers.push_back(std::move(question.answer));
    }
    return answers;
}

}  // namespace eventfwd
