#include "daemon/cli/command_line.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <functional>
#include <system_error>

#include "core/result.h"
#include "core/text/whole_number.h"
#include "daemon/cli/commands.h"

namespace eventfwd {
namespace {

// Adds subcommands to an application and remembers which function each of them calls.
class Commands {
  public:
    template <class Command>
    CLI::App* add(CLI::App& parent, const std::string& name, const std::string& what,
                  const std::string& example, Command& command) {
        CLI::App* sub = parent.add_subcommand(name, what);
        sub->footer("Example:\n  " + example);
        sub->callback([this, &command] { chosen_ = [&command] { return run(command); }; });
        return sub;
    }
    int run_chosen() const { return chosen_ ? chosen_() : kWrongUsage; }

  private:
    std::function<int()> chosen_;
};

void add_config(CLI::App* sub, std::string& config) {
    sub->add_option("-c,--config", config,
                    "The configuration file (/etc/eventfwd/eventfwd.yaml if it is there)")
        ->type_name("FILE")
        ->check([](const std::string& file) {
            return file.empty() ? "expected the path of a file, found ''" : "";
        });
}

// CLI11's own tells the range of a double.
std::string is_number(const std::string& text) {
    const auto number = whole_number<std::uint64_t>(text);
    return number ? "" : fmt::format("expected a number, found '{}'", text);
}

// Whoever reads what was printed must not take a part of it for all.
int flush_output(int done) {
    if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0) return done;
    throw std::system_error(errno, std::generic_category(), "write to standard output");
}

int parse_and_run(int argc, char** argv) {
    CLI::App app{
        "eventfwd takes events from local applications, keeps them in a disk journal, and forwards "
        "them."};
    app.footer(
        "Example:\n  eventfwd run &\n  eventfwd send shop login --id u1 plan=free\n  eventfwd "
        "status");
    app.set_version_flag("--version", "eventfwd " EVENTFWD_VERSION);
    app.name("eventfwd");
    app.require_subcommand(1);
    Commands commands;

    RunCommand run_command;
    add_config(commands.add(app, "run", "Run the daemon in the foreground",
                            "eventfwd run -c eventfwd.yaml", run_command),
               run_command.config);

    CheckCommand check;
    auto* sub = commands.add(app, "check", "Validate the configuration and say what would run",
                             "eventfwd check -c eventfwd.yaml", check);
    add_config(sub, check.config);
    sub->add_flag("--json", check.json, "Answer in JSON");

    SendCommand send;
    sub = commands.add(app, "send", "Send an event to a running daemon",
                       "eventfwd send shop login --id u1 plan=free", send);
    add_config(sub, send.config);
    auto* application = sub->add_option("APP", send.application, "The application");
    sub->add_option("EVENT", send.event, "The event");
    sub->add_option("PROPERTY", send.properties, "Properties, each as key=value");
    sub->add_option("--to", send.to,
                    "127.0.0.1:8514, [::1]:8514 or the path of a socket (the first input)")
        ->type_name("ADDR");
    auto* id = sub->add_option("--id", send.id, "Whom the event is about")->type_name("ID");
    auto* time = sub->add_option("--time", send.time, "When it happened (when the daemon gets it)")
                     ->type_name("T");
    sub->add_flag("--stdin", send.from_stdin, "Send every line of standard input as one packet")
        ->excludes(application)
        ->excludes(id)
        ->excludes(time);
    sub->add_option("--rate", send.rate, "At most so many packets a second")
        ->type_name("N")
        ->check(is_number);

    RenderCommand render;
    sub = commands.add(
        app, "render", "Render packets to lines, as the daemon would, and send nothing",
        "echo '{\"application\":\"shop\",\"event\":\"login\"}' | eventfwd render", render);
    sub->add_option("FILE", render.file, "Packets, one a line (standard input)");
    sub->add_flag("--whole", render.whole, "All of the input is one packet");
    sub->add_flag("--json", render.json, "One JSON object a result, in order");
    sub->add_option("--received-at", render.received_at, "When the packets were received (now)")
        ->type_name("T");
    sub->add_option("--naive-time", render.naive_time,
                    "The zone of times that name none: utc or local")
        ->type_name("ZONE")
        ->check(CLI::IsMember({"utc", "local"}));
    sub->add_option("--application", render.application,
                    "The application of packets that name none")
        ->type_name("A");

    ParseCommand parse;
    sub = commands.add(app, "parse", "Turn rendered lines into JSON",
                       "eventfwd parse /var/log/eventfwd/events.log", parse);
    sub->add_option("FILE", parse.file, "Lines (standard input)");

    StatusCommand status;
    sub = commands.add(app, "status",
                       "What the running daemon has taken in, delivered and still holds",
                       "eventfwd status --json", status);
    add_config(sub, status.config);
    sub->add_flag("--json", status.json, "Answer in JSON");
    sub->add_flag("--watch", status.watch, "A live screen, with events a second, until Ctrl-C")
        ->excludes("--json");

    SinkCommand sink;
    sub = commands.add(app, "sink",
                       "Hold a sink until it is resumed, over restarts and reloads, too; or give "
                       "up what waits for it",
                       "eventfwd sink lines pause", sink);
    add_config(sub, sink.config);
    sub->add_option("NAME", sink.name, "The sink's name in the configuration")->required();
    sub->add_option("VERB", sink.verb, "pause, resume or skip-to-end")
        ->required()
        ->check(CLI::IsMember({"pause", "resume", "skip-to-end"}));

    ReplayCommand replay;
    sub = commands.add(app, "replay",
                       "Send journaled events to a sink again, beside what it gets anyhow; "
                       "journal.retain says how long they are there",
                       "eventfwd replay --sink splunk --since 2h", replay);
    add_config(sub, replay.config);
    sub->add_option("--sink", replay.sink, "The sink's name in the configuration")
        ->required()
        ->type_name("NAME");
    auto* since = sub->add_option("--since", replay.since,
                                  "From when on, by when they were journaled: a time, or how long "
                                  "ago, as 2h")
                      ->type_name("T");
    auto* from = sub->add_option("--from", replay.from, "From which number on")
                     ->type_name("SEQ")
                     ->check(is_number)
                     ->excludes(since);
    auto* until = sub->add_option("--until", replay.until, "Up to when (all that the sink has had)")
                      ->type_name("T");
    sub->add_option("--to", replay.to, "Up to which number")
        ->type_name("SEQ")
        ->check(is_number)
        ->excludes(until);
    sub->add_flag("--no-wait", replay.no_wait, "Do not wait until it is over");
    sub->add_flag("--stop", replay.stop, "End the replay that is under way")
        ->excludes(since)
        ->excludes(from);

    CLI::App* journal =
        app.add_subcommand("journal", "Look into the journal; works without a daemon");
    journal->require_subcommand(1);
    journal->footer("Example:\n  eventfwd journal inspect");
    JournalInspectCommand inspect;
    sub = commands.add(*journal, "inspect", "Segments, cursors and damage",
                       "eventfwd journal inspect --path /var/lib/eventfwd/journal", inspect);
    add_config(sub, inspect.config);
    sub->add_option("--path", inspect.path, "The journal's directory (the configuration's)")
        ->type_name("DIR");
    sub->add_flag("--json", inspect.json, "Answer in JSON");

    JournalVerifyCommand verify;
    sub = commands.add(*journal, "verify", "Read all of it and name whatever is damaged or missing",
                       "eventfwd journal verify --path /var/lib/eventfwd/journal", verify);
    add_config(sub, verify.config);
    sub->add_option("--path", verify.path, "The journal's directory (the configuration's)")
        ->type_name("DIR");
    sub->add_flag("--json", verify.json, "Answer in JSON");

    CLI::App* letters = app.add_subcommand("dead-letters", "What was refused, and why");
    letters->require_subcommand(1);
    letters->footer("Example:\n  eventfwd dead-letters list");
    DeadLettersCommand list;
    sub = commands.add(*letters, "list", "One line for each, oldest first",
                       "eventfwd dead-letters list", list);
    add_config(sub, list.config);
    sub->add_flag("--json", list.json, "The letters as they are kept, one JSON object a line");
    sub->add_flag("--all", list.all, "Those, too, that a retry has resolved");
    DeadLettersCommand show;
    std::uint64_t number = 0;
    sub = commands.add(*letters, "show", "One of them, byte for byte",
                       "eventfwd dead-letters show 17", show);
    add_config(sub, show.config);
    sub->add_option("N", number, "Its number")->required()->check(is_number);
    sub->parse_complete_callback([&] { show.show = number; });
    DeadLettersRetryCommand retry;
    sub = commands.add(*letters, "retry",
                       "Try them again: a sink's go to that sink, an input's are decoded as it "
                       "decodes now and journaled; a letter stays until it is resolved",
                       "eventfwd dead-letters retry --sink splunk", retry);
    add_config(sub, retry.config);
    auto* of_sink = sub->add_option("--sink", retry.sink, "Those of this sink only");
    of_sink->type_name("NAME");
    sub->add_option("--input", retry.input, "Those of this input only; its quotas do not count")
        ->type_name("NAME")
        ->excludes(of_sink);
    sub->add_option("N", retry.numbers, "These numbers only, each as 17 or 3-17 (all)");

    TortureCommand torture;
    sub =
        commands.add(app, "torture",
                     "Prove the journal on this disk: load it, kill it, check it, again and again",
                     "eventfwd torture --seconds 60 --path /var/lib/eventfwd/torture", torture);
    sub->add_option("--seconds", torture.seconds, "For how long (10)")
        ->type_name("N")
        ->check(CLI::Range(1, 1'000'000));
    sub->add_option("--path", torture.path,
                    "A directory that is empty, or not there (a fresh one below this one)")
        ->type_name("DIR");
    sub->add_option("--sync", torture.sync, "As journal.sync: never, a duration or always (1s)")
        ->type_name("WHEN");
    sub->add_flag("--json", torture.json, "Answer in JSON");

    DemoCommand demo;
    commands.add(app, "demo",
                 "See it work: a daemon on temporary directories and a few real senders",
                 "eventfwd demo", demo);

    // "help journal inspect" asks for what "journal inspect --help" does.
    std::vector<std::string> arguments(argv + std::min(argc, 1), argv + argc);
    if (!arguments.empty() && arguments.front() == "help") {
        std::erase(arguments, "help");
        arguments.emplace_back("--help");
    }
    const auto is_first = [&](const CLI::App* each) {
        return each->get_name() == arguments.front();
    };
    const auto all = app.get_subcommands([](const CLI::App*) { return true; });
    if (!arguments.empty() && !arguments.front().starts_with('-') &&
        std::ranges::none_of(all, is_first)) {
        fmt::print(stderr, "eventfwd: there is no command '{}'; `eventfwd help` lists them\n",
                   arguments.front());
        return kWrongUsage;
    }
    std::ranges::reverse(arguments);  // as CLI11 wants them

    try {
        app.parse(std::move(arguments));
    } catch (const CLI::ParseError& error) {
        return flush_output(app.exit(error) == 0 ? kDone : kWrongUsage);
    }
    return flush_output(commands.run_chosen());
}

}  // namespace

int run_command_line(int argc, char** argv) {
    try {
        return parse_and_run(argc, argv);
    } catch (const std::system_error& error) {  // of a print: there is nothing that could be told
        const std::string text = fmt::format("eventfwd: {}\n", error.what());
        std::fputs(text.c_str(), stderr);
        return kFailed;
    }
}

}  // namespace eventfwd
