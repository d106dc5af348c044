#include "daemon/cli/command_line.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>

#include "support/golden.h"
#include "support/temporary_directory.h"

namespace eventfwd {
namespace {

struct Ran {
    int status = 0;
    std::string out;
    std::string errors;
};

Ran run_with(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "eventfwd");
    std::vector<char*> raw;
    for (std::string& argument : arguments)
        raw.push_back(argument.data());
    testing::internal::CaptureStdout();
    testing::internal::CaptureStderr();
    Ran ran;
    ran.status = run_command_line(static_cast<int>(raw.size()), raw.data());
    std::fflush(stdout);
    ran.out = testing::internal::GetCapturedStdout();
    ran.errors = testing::internal::GetCapturedStderr();
    return ran;
}

class CommandLineTest : public testing::Test {
  protected:
    std::string file(const std::string& content) {
        const std::string path = directory_ / ("file" + std::to_string(files_++));
        std::ofstream(path, std::ios::binary) << content;
        return path;
    }
    test::TemporaryDirectory directory_;
    int files_ = 0;
};

TEST_F(CommandLineTest, EveryCommandExplainsItselfWithAnExample) {
    for (const auto& command : std::vector<std::vector<std::string>>{{"run"},
                                                                     {"check"},
                                                                     {"send"},
                                                                     {"render"},
                                                                     {"parse"},
                                                                     {"status"},
                                                                     {"sink"},
                                                                     {"replay"},
                                                                     {"journal"},
                                                                     {"journal", "inspect"},
                                                                     {"journal", "verify"},
                                                                     {"dead-letters"},
                                                                     {"dead-letters", "list"},
                                                                     {"dead-letters", "show"},
                                                                     {"dead-letters", "retry"},
                                                                     {"torture"},
                                                                     {"demo"}}) {
        auto arguments = command;
        arguments.emplace_back("--help");
        const Ran ran = run_with(arguments);
        EXPECT_EQ(ran.status, 0);
        EXPECT_TRUE(ran.out.contains("Example:\n")) << command.front();
    }
    EXPECT_TRUE(run_with({"--version"}).out.starts_with("eventfwd "));
}

TEST_F(CommandLineTest, HelpListsTheCommandsInTheOrderOfUse) {
    const std::string help = run_with({"help"}).out;
    std::size_t at = 0;
    for (const char* name : {"run", "check", "send", "render", "parse", "status", "sink", "replay",
                             "journal", "dead-letters", "torture", "demo"}) {
        const std::size_t found = help.find("\n  " + std::string(name) + " ");
        ASSERT_NE(found, std::string::npos) << name;
        EXPECT_GT(found, at) << name;
        at = found;
    }
}

TEST_F(CommandLineTest, HelpTakesTheWordsOfACommand) {
    EXPECT_EQ(run_with({"help", "journal", "inspect"}).out,
              run_with({"journal", "inspect", "--help"}).out);
    EXPECT_EQ(run_with({"help"}).out, run_with({"--help"}).out);
}

TEST_F(CommandLineTest, AGroupNeedsOneOfItsCommands) {
    EXPECT_EQ(run_with({"journal"}).status, 2);
    EXPECT_EQ(run_with({"dead-letters", "fly"}).status, 2);
}

TEST_F(CommandLineTest, NamesTheConfigurationsProblemsWhateverTheCommand) {
    const std::string path = file("foo: 1\n");
    using Arguments = std::vector<std::string>;
    for (auto arguments :
         {Arguments{"run"}, Arguments{"status"}, Arguments{"sink", "a", "pause"},
          Arguments{"replay", "--sink", "a", "--from", "1"}, Arguments{"journal", "inspect"},
          Arguments{"journal", "verify"}, Arguments{"dead-letters", "list"},
          Arguments{"dead-letters", "show", "1"}, Arguments{"dead-letters", "retry"},
          Arguments{"send", "a", "e"}}) {
        arguments.insert(arguments.end(), {"-c", path});
        const Ran ran = run_with(arguments);
        EXPECT_EQ(ran.status, 2) << arguments.front();
        EXPECT_TRUE(ran.errors.contains(path + ":1:1: foo: unknown key")) << ran.errors;
        EXPECT_TRUE(ran.errors.contains("1 problem in the configuration\n")) << ran.errors;
    }
}

TEST_F(CommandLineTest, WrongUsageIsTwo) {
    EXPECT_EQ(run_with({}).status, 2);
    using Arguments = std::vector<std::string>;
    for (const auto& arguments : {Arguments{"fly"}, Arguments{"help", "fly"}}) {
        const Ran ran = run_with(arguments);
        EXPECT_EQ(ran.status, 2);
        EXPECT_TRUE(ran.errors.starts_with("eventfwd: there is no command 'fly'")) << ran.errors;
    }
    EXPECT_EQ(run_with({"render", "--naive-time", "mars"}).status, 2);
    EXPECT_EQ(run_with({"send"}).status, 2);
    EXPECT_EQ(run_with({"send", "a", "e", "no-pair", "--to", "127.0.0.1:9"}).status, 2);
}

TEST_F(CommandLineTest, RenderGivesTheGoldenLinesAndRefusals) {
    for (const test::GoldenPacket& golden : test::load_golden_packets()) {
        std::vector<std::string> arguments{
            "render",           "--whole", "--json", "--received-at", "2011-08-10T18:13:20.123456Z",
            file(golden.packet)};
        if (!golden.default_application.empty()) {
            arguments.insert(arguments.end(), {"--application", golden.default_application});
        }
        const Ran ran = run_with(arguments);
        EXPECT_EQ(static_cast<std::size_t>(std::ranges::count(ran.out, '\n')),
                  golden.expected.size())
            << golden.name;
        const bool refuses = std::ranges::any_of(golden.expected, [](const std::string& expected) {
            return expected.starts_with("refused: ");
        });
        EXPECT_EQ(ran.status, refuses ? 1 : 0) << golden.name;
    }
}

TEST_F(CommandLineTest, RenderTakesOnePacketALineAndSaysWhichWasRefused) {
    const Ran ran = run_with(
        {"render", "--received-at", "2011-08-08", file("application=a event=e\n{broken\n")});
    EXPECT_EQ(ran.out, "2011-08-08T00:00:00.000000Z application=\"a\" event=\"e\"\n");
    EXPECT_EQ(ran.errors, "packet 2: refused: syntax: \"{broken\"\n");
    EXPECT_EQ(ran.status, 1);
}

TEST_F(CommandLineTest, ParseTurnsLinesIntoJson) {
    const Ran ran = run_with(
        {"parse", file("2011-08-08T00:00:00.000000Z application=\"a\" event=\"e\"\nnonsense\n")});
    EXPECT_EQ(
        ran.out,
        "{\"timestamp\":\"2011-08-08T00:00:00.000000Z\",\"application\":\"a\",\"event\":\"e\"}\n");
    EXPECT_EQ(ran.errors, "line 2: not a rendered line: \"nonsense\"\n");
    EXPECT_EQ(ran.status, 1);
}

TEST_F(CommandLineTest, CheckPrintsAllThatIsWrong) {
    const std::string path = file("inputs: {}\nfoo: 1\njournal: {sync: never, sync: always}\n");
    const Ran ran = run_with({"check", "-c", path});
    EXPECT_EQ(ran.status, 2);
    EXPECT_EQ(ran.errors,
              path + ":1:9: inputs: expected at least one\n" + path +
                  ":2:1: foo: unknown key; known here: application, control, dead_letters, host, "
                  "inputs, journal, log, quotas, sinks, stop_timeout\n" +
                  path + ":3:24: journal.sync: given twice\n3 problems in the configuration\n");
}

TEST_F(CommandLineTest, SaysWhatToDoWhereNoDaemonAnswers) {
    const std::string path = file("control: {path: none.sock}\n");
    const Ran status = run_with({"status", "-c", path});
    EXPECT_EQ(status.status, 1);
    EXPECT_TRUE(status.errors.ends_with(
        "none.sock: No such file or directory; is `eventfwd run` running, with the "
        "same -c?\n"))
        << status.errors;
    const Ran send = run_with({"send", "a", "e", "--to", directory_ / "none.sock"});
    EXPECT_EQ(send.status, 1);
    EXPECT_TRUE(send.errors.contains("is `eventfwd run` running?")) << send.errors;
}

}  // namespace
}  // namespace eventfwd
