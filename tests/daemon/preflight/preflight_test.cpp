#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "daemon/listen/datagram_socket.h"
#include "daemon/preflight/ask_destinations.h"
#include "daemon/preflight/inspect_machine.h"
#include "support/any_user.h"
#include "support/environment.h"
#include "support/hec_server.h"
#include "support/temporary_directory.h"

namespace eventfwd {
namespace {

using test::AnyUser;
using test::HecAct;
using test::HecServer;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class PreflightTest : public testing::Test {
  protected:
    void SetUp() override {
        variables_.unset("CREDENTIALS_DIRECTORY");
        variables_.unset("EVENTFWD_TEST_TOKEN");
    }

    ReadSettings read(const std::string& text) {
        ReadSettings read =
            read_settings(text, directory_ / "f.yaml",
                          {directory_ / "state", directory_ / "logs", directory_.path()});
        EXPECT_TRUE(read.problems.empty()) << read.problems[0].text();
        return read;
    }
    // The texts of what is found, as "PATH: MESSAGE".
    std::vector<std::string> problems(const std::string& text) {
        return texts_of(inspect_machine(read(text)).problems);
    }
    std::vector<std::string> warnings(const std::string& text) {
        return texts_of(inspect_machine(read(text)).warnings);
    }
    std::vector<std::string> answers(const std::string& sinks) {
        std::vector<std::string> texts;
        for (const DestinationAnswer& answer : ask_destinations(read("sinks: " + sinks).settings))
            texts.push_back(answer.sink + ": " + answer.problem);
        return texts;
    }
    std::string make_file(const std::string& name, mode_t mode = 0600,
                          const std::string& text = "secret") {
        std::ofstream(directory_ / name) << text;
        ::chmod((directory_ / name).c_str(), mode);
        return directory_ / name;
    }

    const std::string inputs_ = "inputs: {u: {type: udp, listen: '127.0.0.1:0'}}\n";
    test::TemporaryDirectory directory_;
    test::Environment variables_;

  private:
    static std::vector<std::string> texts_of(const Diagnostics& diagnostics) {
        std::vector<std::string> texts;
        for (const Diagnostic& each : diagnostics)
            texts.push_back(each.path + ": " + each.message);
        return texts;
    }
};

TEST_F(PreflightTest, FindsNothingWrongWhereAllCanBeMade) {
    EXPECT_THAT(problems(inputs_), IsEmpty());
    EXPECT_THAT(warnings(inputs_), IsEmpty());
    EXPECT_FALSE(std::filesystem::exists(directory_ / "state"));
}

TEST_F(PreflightTest, SeesWhatStandsInTheWayOfADirectory) {
    const std::string file = make_file("state");
    EXPECT_THAT(
        problems(inputs_),
        ElementsAre("journal.path: look at " + file + "/journal: Not a directory",
                    "dead_letters.path: look at " + file + "/dead-letters: Not a directory"));
}

TEST_F(PreflightTest, SeesADirectoryInThePlaceOfAFile) {
    ::mkdir((directory_ / "events.log").c_str(), 0700);
    EXPECT_THAT(
        problems(inputs_ + "sinks: {a: {type: file, path: events.log}}"),
        ElementsAre("sinks.a.path: write to " + directory_.path() + "/events.log: Is a directory"));
}

TEST_F(PreflightTest, LooksAtTheRootOfATemplate) {
    const std::string file = make_file("root");
    EXPECT_THAT(problems(inputs_ + "sinks: {a: {type: file, path: 'root/{application}.log'}}"),
                ElementsAre("sinks.a.path: make directory " + file + ": Not a directory"));
}

TEST_F(PreflightTest, SaysWhereItStands) {
    ::mkdir((directory_ / "x").c_str(), 0700);
    const ReadSettings read = this->read(inputs_ + "sinks:\n  a:\n    type: file\n    path: x\n");
    const Diagnostics found = inspect_machine(read).problems;
    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(found[0].text(), directory_.path() + "/f.yaml:5:11: sinks.a.path: write to " +
                                   directory_.path() + "/x: Is a directory");
}

TEST_F(PreflightTest, OnlyWarnsOfWhatAnotherUserMayBeAllowedTo) {
    make_file("token");
    ::chmod(directory_.path().c_str(), 0755);
    const std::string text =
        inputs_ + "sinks: {a: {type: hec, urls: 'https://a:1', token_file: token}}";
    const ReadSettings settings = read(text);
    const AnyUser any_user;
    const Preflight found = inspect_machine(settings);
    EXPECT_THAT(found.problems, IsEmpty());
    ASSERT_EQ(found.warnings.size(), 4U);
    EXPECT_THAT(found.warnings[0].message, HasSubstr("make a directory in " + directory_.path() +
                                                     ": Permission denied, for user"));
    EXPECT_THAT(found.warnings[3].path, "sinks.a.token_file");
    EXPECT_THAT(found.warnings[3].message, HasSubstr("the daemon's user may be allowed to"));
}

TEST_F(PreflightTest, ReadsTokens) {
    const auto with = [this](const std::string& token) {
        return inputs_ + "sinks: {a: {type: hec, urls: 'https://a:1', " + token + "}}";
    };
    make_file("token");
    make_file("empty", 0600, "");
    EXPECT_THAT(problems(with("token_file: token")), IsEmpty());
    EXPECT_THAT(
        problems(with("token_file: ./none")),
        ElementsAre(HasSubstr("sinks.a.token_file: open " + directory_.path() + "/none: No")));
    EXPECT_THAT(problems(with("token_file: empty")), ElementsAre(HasSubstr("/empty is empty")));
    EXPECT_THAT(problems(with("token_file: none")), IsEmpty());
    EXPECT_THAT(warnings(with("token_file: none")), ElementsAre(HasSubstr("LoadCredential=")));
    EXPECT_THAT(problems(with("token_env: EVENTFWD_TEST_TOKEN")), IsEmpty());
    EXPECT_THAT(warnings(with("token_env: EVENTFWD_TEST_TOKEN")),
                ElementsAre(HasSubstr("sinks.a.token_env: the variable EVENTFWD_TEST_TOKEN")));
    variables_.set("CREDENTIALS_DIRECTORY", directory_.path());
    EXPECT_THAT(problems(with("token_file: none")), ElementsAre(HasSubstr("none: No such file")));
}

TEST_F(PreflightTest, TakesASocketThatIsThereForOneInUse) {
    const std::string path = directory_ / "events.sock";
    const std::string text = "inputs: {l: {type: unix_datagram, path: events.sock}}";
    const auto socket = open_unix_socket(path, 0666, 4096);
    ASSERT_TRUE(socket);
    EXPECT_THAT(problems(text), IsEmpty());
    ::unlink(path.c_str());
    make_file("events.sock");
    EXPECT_THAT(problems(text),
                ElementsAre("inputs.l.path: make socket " + path + ": something else is there"));
}

TEST_F(PreflightTest, FindsAddressesThatAreNotThisMachines) {
    EXPECT_THAT(
        problems("inputs: {u: {type: udp, listen: '192.0.2.1:8514'}}"),
        ElementsAre("inputs.u.listen: listen on udp 192.0.2.1:8514: Cannot assign requested "
                    "address"));
    const auto address = Address::parse("127.0.0.1:0");
    const auto in_use = open_udp_socket(*address, 4096);
    ASSERT_TRUE(in_use);
    EXPECT_THAT(problems("inputs: {u: {type: udp, listen: '" + in_use->name + "'}}"), IsEmpty());
}

TEST_F(PreflightTest, AsksAHecWhetherItTakesTheToken) {
    make_file("token");
    HecServer server;
    const std::string sinks =
        "{a: {type: hec, urls: '" + server.url() + "', token_file: token, acknowledgements: on}}";
    EXPECT_THAT(answers(sinks), ElementsAre("a: "));
    server.always(HecAct::refuse(400, R"({"text":"No data","code":5})"));
    EXPECT_THAT(answers(sinks), ElementsAre("a: "));
    server.want_token("another");
    EXPECT_THAT(answers(sinks), ElementsAre(HasSubstr("a: ")));
    EXPECT_THAT(answers(sinks), ElementsAre(HasSubstr("HTTP 403")));
    EXPECT_THAT(server.events(), IsEmpty());
}

TEST_F(PreflightTest, AsksEachUrlOfAHec) {
    make_file("token");
    HecServer server;
    EXPECT_THAT(answers("{a: {type: hec, urls: ['http://127.0.0.1:1', '" + server.url() +
                        "'], token_file: token}}"),
                ElementsAre(HasSubstr("Connection refused"), "a: "));
}

TEST_F(PreflightTest, ConnectsToASyslogServer) {
    HecServer any_server;
    EXPECT_THAT(
        answers(
            "{s: {type: syslog, address: 'tcp://127.0.0.1:" + std::to_string(any_server.port()) +
            "'}, t: {type: syslog, address: 'tcp://127.0.0.1:1'}, f: {type: file, path: x}}"),
        ElementsAre("s: ", HasSubstr("t: connect to tcp://127.0.0.1:1: Connection refused")));
}

}  // namespace
}  // namespace eventfwd
