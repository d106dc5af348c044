// From a real journal, by a real courier, to a HEC that does as it is told. After each test every
// event is at a server, in the dead letters or pending, and the ledger closes.
#include <gmock/gmock.h>

#include <algorithm>
#include <fstream>
#include <set>

#include "daemon/deliver/courier.h"
#include "sinks/hec/hec_sink.h"
#include "support/certificates.h"
#include "support/dice.h"
#include "support/hec_server.h"
#include "support/journal_fixture.h"
#include "support/wait.h"

namespace eventfwd {
namespace {

using namespace std::chrono_literals;
using test::eventually;
using test::HecAct;
using test::HecServer;
using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using Then = HecAct::Then;

const std::string kBusy = R"({"text":"Server is busy","code":9})";
const std::string kBusyAtThree = R"({"text":"Server is busy","code":9,"invalid-event-number":3})";
const std::string kForbidden = R"({"text":"Token disabled","code":1})";
const std::string kHtml = "<html><body>502 Bad Gateway</body></html>";

// What the courier told, one line each.
class Notes final : public CourierProbe {
  public:
    void trouble_began(const std::string&, const std::string& reason) override {
        add("trouble: " + reason);
    }
    void held(const std::string&, const std::string& reason) override { add("held: " + reason); }
    void trouble_ended(const std::string&, std::uint64_t, std::chrono::microseconds) override {
        add("recovered");
    }
    std::string all() {
        const std::lock_guard lock(mutex_);
        return notes_;
    }

  private:
    void add(const std::string& note) {
        const std::lock_guard lock(mutex_);
        notes_ += note + "\n";
    }
    std::mutex mutex_;
    std::string notes_;
};

class HecDelivery : public test::JournalFixture<> {
  protected:
    HecDelivery() {
        courier_options_.name = "splunk";
        courier_options_.retry = {1ms, 5ms};
        courier_options_.batch.count_max = 10;
        courier_options_.batch.linger = 0us;
        write_token("secret");
        hec_.token.file = directory_ / "token";
        hec_.timeout = 60s;  // sanitizers are slow
        hec_.ack_interval = 1ms;
        hec_.rest_initial = 1ms;
        hec_.rest_max = 5ms;
    }
    // A test that failed leaves its courier running; its servers are gone.
    ~HecDelivery() override {
        if (courier_ == nullptr) return;
        courier_->stop(std::chrono::steady_clock::now());
        courier_->join();
    }

    void write_token(const std::string& token) {
        std::ofstream(directory_ / "token.new") << token << "\n";
        std::filesystem::rename(directory_ / "token.new", directory_ / "token");
    }
    void append_events(int count) {
        std::vector<std::string> lines;
        for (int at = 0; at < count; ++at)
            lines.push_back(line(++appended_));
        append(lines);
    }
    static std::string line(int number) {
        return R"(2011-08-08T11:45:17.735045Z application="shop" event="tick" analytics_prop__n=")" +
               std::to_string(number) + "\"";
    }
    void start(const std::vector<const HecServer*>& servers) {
        std::vector<std::string> urls;
        for (const HecServer* server : servers)
            urls.push_back(server->url());
        servers_ = servers;
        start_at(urls);
    }
    void start_at(const std::vector<std::string>& urls) {
        hec_.urls.clear();
        for (const std::string& url : urls)
            hec_.urls.push_back(HecUrl::parse(url).value());
        courier_ = std::make_unique<Courier>(
            courier_options_, std::make_unique<HecSink>(hec_, journal_->id(), clock_), *journal_,
            dead_letters_, clock_, notes_);
        ASSERT_TRUE(courier_->save_first_cursor());
        ASSERT_TRUE(journal_->remember_sinks({"splunk"}));
        courier_->start();
    }
    void finish(std::chrono::milliseconds patience = 20s) {
        if (courier_ == nullptr) return;
        courier_->stop(std::chrono::steady_clock::now() + patience);
        courier_->join();
        status_ = courier_->status();
        courier_.reset();
        expect_that_nothing_is_missing();
    }
    // Delivers COUNT events to SERVER, which has been told what to do.
    void deliver(const HecServer& server, int count) {
        open();
        append_events(count);
        start({&server});
        finish();
        EXPECT_EQ(status_.cursor, static_cast<std::uint64_t>(count));
    }
    std::vector<std::string> letters() {
        std::vector<std::string> found;
        const auto letters = read_dead_letters(files_, directory_ / "dead-letters");
        for (const auto& letter : letters.value())
            found.push_back(letter.json);
        return found;
    }
    void expect_that_nothing_is_missing() {
        const Ledger& ledger = status_.ledger;
        EXPECT_EQ(status_.cursor - ledger.joined,
                  ledger.delivered + ledger.filtered + ledger.dead_lettered);
        if (hec_.envelope.endpoint == HecEndpoint::raw) return;  // there are no ids
        std::multiset<std::string> arrived;
        for (const HecServer* server : servers_) {
            for (const test::HecEvent& event : server->events())
                arrived.insert(event.id);
        }
        std::string refused;
        for (const std::string& letter : letters())
            refused += letter;
        for (std::uint64_t number = 1; number <= status_.cursor; ++number) {
            const bool has_arrived =
                arrived.contains(journal_->id() + "-" + std::to_string(number));
            const bool is_refused = refused.contains("n=\\\"" + std::to_string(number) + "\\\"");
            EXPECT_TRUE(has_arrived || is_refused) << "number " << number;
            EXPECT_FALSE(has_arrived && is_refused) << "number " << number;
        }
        const std::set<std::string> once(arrived.begin(), arrived.end());
        EXPECT_LE(arrived.size() - once.size(), status_.ledger.in_doubt) << "uncounted duplicates";
    }
    // The TLS options by which a server with AUTHORITY's certificate is trusted.
    test::HecServerOptions tls_server(const std::string& names, int days_valid = 10) {
        hec_.tls.ca = authority_.file();
        const std::string file = "server-" + std::to_string(days_valid) + names.substr(4) + ".pem";
        return {0, authority_.issue(file, names, days_valid), ""};
    }

    CourierOptions courier_options_;
    HecSinkOptions hec_;
    DeadLetters dead_letters_{{directory_ / "dead-letters"}, files_};
    test::Authority authority_{directory_.path()};
    Notes notes_;
    std::vector<const HecServer*> servers_;
    std::unique_ptr<Courier> courier_;
    CourierStatus status_;
    int appended_ = 0;
};

TEST_F(HecDelivery, EveryEventArrivesOnceWithItsId) {
    const HecServer server;
    deliver(server, 95);
    EXPECT_THAT(server.events(), SizeIs(95));
    EXPECT_EQ(status_.ledger.in_doubt, 0U);
    EXPECT_EQ(notes_.all(), "");
    EXPECT_LE(server.connections(), hec_.connections);
    const test::HecSeen seen = server.requests().front();
    EXPECT_EQ(seen.header("Authorization"), "Splunk secret");
    EXPECT_EQ(seen.header("Content-Encoding"), "gzip");
    EXPECT_THAT(seen.header("X-Splunk-Request-Channel"),
                testing::MatchesRegex("[0-9A-F]{8}-[0-9A-F]{4}-4[0-9A-F]{3}-[89AB][0-9A-F]{3}-"
                                      "[0-9A-F]{12}"));
}

TEST_F(HecDelivery, WithoutGzipToo) {
    const HecServer server;
    hec_.is_gzip = false;
    deliver(server, 30);
    EXPECT_THAT(server.events(), SizeIs(30));
    EXPECT_EQ(server.requests().front().header("Content-Encoding"), "");
}

TEST_F(HecDelivery, RawIsTheLinesThemselves) {
    const HecServer server;
    hec_.envelope.endpoint = HecEndpoint::raw;
    hec_.envelope.host = "web 1";
    hec_.connections = 1;
    deliver(server, 25);
    std::vector<std::string> expected;
    for (int number = 1; number <= 25; ++number)
        expected.push_back(line(number));
    EXPECT_EQ(server.lines(), expected);
    const test::HecSeen seen = server.requests().front();
    EXPECT_EQ(seen.target,
              "/services/collector/raw?channel=" + seen.header("X-Splunk-Request-Channel") +
                  "&host=web%201&source=eventfwd&sourcetype=eventfwd");
}

TEST_F(HecDelivery, ABusyServerGetsItAgain) {
    HecServer server;
    server.next({HecAct::refuse(503, kBusy), HecAct::refuse(503, kBusy)});
    deliver(server, 10);
    EXPECT_EQ(status_.ledger.in_doubt, 0U);
    EXPECT_THAT(notes_.all(), AllOf(HasSubstr(server.url() + ": Server is busy (code 9, HTTP 503)"),
                                    HasSubstr("recovered")));
}

TEST_F(HecDelivery, ABusyServerThatTookTheBeginningMayHaveItTwice) {
    HecServer server;
    HecAct busy = HecAct::refuse(503, kBusyAtThree);
    busy.takes = 3;
    server.next({busy});
    deliver(server, 10);
    EXPECT_THAT(server.events(), SizeIs(13));
    EXPECT_EQ(status_.ledger.in_doubt, 3U);
}

TEST_F(HecDelivery, TheEventThatIsNamedGoesToTheDeadLetters) {
    HecServer server;
    server.refuse_containing("n=\"4\"", 6, true);
    server.refuse_containing("n=\"17\"", 12, true);
    deliver(server, 20);
    EXPECT_THAT(server.events(), SizeIs(18));
    ASSERT_THAT(letters(), SizeIs(2));
    const std::string both = letters()[0] + letters()[1];
    EXPECT_THAT(both, AllOf(HasSubstr(R"-("hec_6","text":"Refused by a rule (code 6, HTTP 400)")-"),
                            HasSubstr("hec_12")));
    EXPECT_EQ(status_.ledger.dead_lettered, 2U);
}

TEST_F(HecDelivery, WhereItIsNotNamedTheBatchIsHalvedUntilItIsFound) {
    HecServer server;
    server.refuse_containing("n=\"4\"", 6, false);
    server.refuse_containing("n=\"7\"", 6, false);
    deliver(server, 10);
    EXPECT_THAT(server.events(), SizeIs(8));
    EXPECT_THAT(letters(), SizeIs(2));
}

TEST_F(HecDelivery, WhatWasTakenBeforeARefusedEventIsCountedAsInDoubt) {
    HecServer server;
    server.refuse_containing("n=\"4\"", 6, true, true);
    deliver(server, 10);
    EXPECT_THAT(server.events(), SizeIs(12));  // one to three came twice
    EXPECT_EQ(status_.ledger.in_doubt, 3U);
}

TEST_F(HecDelivery, ABodyThatIsTooLargeIsHalvedAndALineThatIsItRefused) {
    HecServer server;
    server.limit_body(1000);
    open();
    append_events(9);
    append({line(++appended_) + " analytics_prop__more=\"" + std::string(2000, 'x') + "\""});
    start({&server});
    finish();
    EXPECT_THAT(server.events(), SizeIs(9));
    ASSERT_THAT(letters(), SizeIs(1));
    EXPECT_THAT(letters()[0], HasSubstr("too_large"));
}

TEST_F(HecDelivery, ObeysRetryAfter) {
    HecServer server;
    server.next(
        {HecAct::refuse(429, R"({"text":"Queue at capacity","code":26})", "Retry-After: 1\r\n")});
    const auto begin = std::chrono::steady_clock::now();
    open();
    append_events(10);
    start({&server});
    ASSERT_TRUE(eventually([&] { return courier_->status().cursor == 10; }));
    EXPECT_GE(std::chrono::steady_clock::now() - begin, 1s);
    EXPECT_THAT(server.requests(), SizeIs(2));
    finish();
}

TEST_F(HecDelivery, HoldsWhileTheTokenIsForbiddenAndGoesOnWhenItIsNot) {
    HecServer server;
    server.always(HecAct::refuse(403, kForbidden));
    open();
    append_events(20);
    start({&server});
    ASSERT_TRUE(eventually([&] { return server.requests().size() > 4; }));
    EXPECT_EQ(courier_->status().state, "held");
    EXPECT_EQ(courier_->status().cursor, 0U);
    server.always({});
    finish();
    EXPECT_EQ(status_.cursor, 20U);
    EXPECT_THAT(notes_.all(), AllOf(HasSubstr("held: "), HasSubstr("Token disabled (code 1")));
}

TEST_F(HecDelivery, ReadsANewTokenWhenTheOldOneIsForbidden) {
    HecServer server;
    server.want_token("fresh");
    courier_options_.retry = {1h, 1h};  // it is not the courier who tries again
    open();
    write_token("old");
    hec_.connections = 1;
    start({&server});
    write_token("fresh");
    append_events(10);
    ASSERT_TRUE(eventually([&] { return courier_->status().cursor == 10; }));
    EXPECT_THAT(notes_.all(), IsEmpty());
    finish();
}

TEST_F(HecDelivery, HoldsUntilThereIsAToken) {
    const HecServer server;
    std::filesystem::remove(directory_ / "token");
    open();
    append_events(3);
    start({&server});
    ASSERT_TRUE(eventually([&] { return courier_->status().state == "held"; }));
    EXPECT_THAT(courier_->status().last_error, HasSubstr("No such file"));
    write_token("here");
    finish();
    EXPECT_EQ(status_.cursor, 3U);
}

TEST_F(HecDelivery, AProxysWordsAreNotSplunks) {
    HecServer server;
    server.next({HecAct::refuse(200, kHtml), HecAct::refuse(404, kHtml), HecAct::refuse(502, kHtml),
                 HecAct::refuse(400, kHtml), HecAct::refuse(302, "", "Location: /login\r\n")});
    deliver(server, 10);
    EXPECT_THAT(server.events(), SizeIs(10));
    EXPECT_THAT(letters(), IsEmpty());
}

TEST_F(HecDelivery, AnAnswerThatNeverEndsIsNone) {
    HecServer server;
    hec_.timeout = 200ms;
    HecAct pour = HecAct::lose_and(Then::pour);
    pour.status = 503;
    server.next({pour, HecAct::lose_and(Then::drip), HecAct::lose_and(Then::say_nothing),
                 HecAct::take_and(Then::pour)});
    deliver(server, 10);
    EXPECT_GE(status_.ledger.in_doubt, 20U);
}

TEST_F(HecDelivery, AnAnswerThatIsCutIsNone) {
    HecServer server;
    server.next({HecAct::take_and(Then::cut)});
    deliver(server, 10);
    EXPECT_THAT(server.events(), SizeIs(20));
    EXPECT_EQ(status_.ledger.in_doubt, 10U);
}

TEST_F(HecDelivery, AConnectionThatBreaksBehindTheRequestLeavesItInDoubt) {
    HecServer server;
    server.next({HecAct::take_and(Then::reset), HecAct::lose_and(Then::reset)});
    deliver(server, 10);
    EXPECT_THAT(server.events(), SizeIs(20));
    EXPECT_EQ(status_.ledger.in_doubt, 20U);
}

TEST_F(HecDelivery, AConnectionThatBreaksWithinTheRequestDoesNot) {
    HecServer server;
    server.next({HecAct::lose_and(Then::reset_at_once)});
    hec_.is_gzip = false;
    courier_options_.batch.count_max = 1'000'000;
    courier_options_.batch.bytes_max = 16 << 20;  // more than a socket holds
    open();
    const std::string more(60'000, 'x');
    for (int at = 0; at < 200; ++at)
        append({line(++appended_) + " analytics_prop__more=\"" + more + "\""});
    start({&server});
    finish();
    EXPECT_THAT(server.events(), SizeIs(200));
    EXPECT_EQ(status_.ledger.in_doubt, 0U);
}

TEST_F(HecDelivery, AConnectionThatTheServerClosedMeanwhileIsNoTrouble) {
    HecServer server;
    hec_.connections = 1;
    open();
    start({&server});
    for (int batch = 0; batch < 5; ++batch) {
        server.next({HecAct::take_and(Then::answer_and_vanish)});
        append_events(1);
        ASSERT_TRUE(
            eventually([&] { return courier_->status().cursor == journal_->status().last; }));
    }
    finish();
    EXPECT_EQ(notes_.all(), "");
    EXPECT_EQ(status_.ledger.retries, 0U);
    EXPECT_EQ(server.connections(), 5U);
}

TEST_F(HecDelivery, AnOldConnectionThatBreaksIsTriedOnceMoreAtOnce) {
    HecServer server;
    hec_.connections = 1;
    server.next({HecAct::take_and(Then::answer), HecAct::lose_and(Then::reset)});
    deliver(server, 20);
    EXPECT_EQ(notes_.all(), "");
    EXPECT_EQ(status_.ledger.retries, 0U);
    EXPECT_EQ(status_.ledger.in_doubt, 10U);  // it cannot be known
}

TEST_F(HecDelivery, AServerThatIsDownGetsAllWhenItIsBack) {
    auto server = std::make_unique<HecServer>();
    const std::uint16_t port = server->port();
    server.reset();
    open();
    append_events(50);
    start_at({"http://127.0.0.1:" + std::to_string(port)});
    ASSERT_TRUE(eventually([&] { return courier_->status().ledger.retries > 5; }));
    EXPECT_THAT(courier_->status().last_error, HasSubstr("connect: Connection refused"));
    const HecServer back({port, "", ""});
    servers_ = {&back};
    finish();
    EXPECT_EQ(status_.cursor, 50U);
    EXPECT_THAT(back.events(), SizeIs(50));
    EXPECT_EQ(status_.ledger.in_doubt, 0U);
}

TEST_F(HecDelivery, OldConnectionsAreOpenedAnew) {
    const HecServer server;
    hec_.age_max = 0us;
    hec_.connections = 1;
    deliver(server, 50);
    EXPECT_EQ(server.connections(), 5U);
    EXPECT_EQ(notes_.all(), "");
}

TEST_F(HecDelivery, ABalancersCookieComesBack) {
    HecServer server;
    server.set_cookie("SERVERID=indexer-2");
    hec_.connections = 1;
    deliver(server, 20);
    EXPECT_EQ(server.requests()[0].header("Cookie"), "");
    EXPECT_EQ(server.requests()[1].header("Cookie"), "SERVERID=indexer-2");
}

TEST_F(HecDelivery, TwoServersShareTheWork) {
    const HecServer one;
    const HecServer two;
    open();
    append_events(200);
    start({&one, &two});
    finish();
    EXPECT_EQ(one.events().size() + two.events().size(), 200U);
    EXPECT_THAT(one.events(), testing::Not(IsEmpty()));
    EXPECT_THAT(two.events(), testing::Not(IsEmpty()));
}

TEST_F(HecDelivery, AServerThatIsDownIsNoTroubleWhileAnotherIsWell) {
    auto gone = std::make_unique<HecServer>();
    const std::string url = gone->url();
    gone.reset();
    const HecServer well;
    servers_ = {&well};
    open();
    append_events(200);
    start_at({url, well.url()});
    ASSERT_TRUE(eventually([&] { return courier_->status().cursor == 200; }));
    finish();
    EXPECT_THAT(well.events(), SizeIs(200));
    EXPECT_EQ(notes_.all(), "");
}

TEST_F(HecDelivery, AServerThatIsBusyRestsWhileAnotherIsWell) {
    HecServer busy;
    const HecServer well;
    busy.always(HecAct::refuse(503, kBusy));
    hec_.rest_initial = hec_.rest_max = 1h;
    open();
    append_events(200);
    start({&busy, &well});
    finish();
    EXPECT_EQ(status_.cursor, 200U);
    EXPECT_LE(busy.requests().size(), hec_.connections);
}

TEST_F(HecDelivery, WaitsForAcknowledgements) {
    HecServer server;
    server.acknowledge_after(2);
    hec_.acknowledgements = true;
    deliver(server, 200);
    EXPECT_THAT(server.events(), SizeIs(200));
    EXPECT_EQ(notes_.all(), "");
    const test::HecSeen question = server.questions().front();
    EXPECT_EQ(question.target,
              "/services/collector/ack?channel=" + question.header("X-Splunk-Request-Channel"));
}

TEST_F(HecDelivery, ABatchThatWaitsForItsAcknowledgementTakesNoConnection) {
    HecServer server;
    server.acknowledge_after(SIZE_MAX);
    hec_.acknowledgements = true;
    hec_.connections = 1;
    open();
    append_events(60);
    start({&server});
    ASSERT_TRUE(eventually([&] { return server.requests().size() == 6; }));
    EXPECT_EQ(courier_->status().cursor, 0U);
    server.acknowledge_after(0);
    finish();
    EXPECT_EQ(status_.cursor, 60U);
    EXPECT_EQ(server.connections(), 1U);
}

TEST_F(HecDelivery, WhatIsNeverAcknowledgedIsInDoubtAndSentAgain) {
    HecServer server;
    server.acknowledge_after(SIZE_MAX);
    hec_.acknowledgements = true;
    hec_.ack_timeout = 30ms;
    open();
    append_events(10);
    start({&server});
    ASSERT_TRUE(eventually([&] { return server.requests().size() >= 3; }));
    server.acknowledge_after(0);
    finish();
    EXPECT_EQ(status_.cursor, 10U);
    EXPECT_GE(status_.ledger.in_doubt, 20U);
    EXPECT_THAT(notes_.all(), HasSubstr("not acknowledged in time"));
}

TEST_F(HecDelivery, AnotherBackendsAcknowledgementIsNotTakenForOurs) {
    HecServer server;
    server.acknowledge_after(SIZE_MAX);
    hec_.acknowledgements = true;
    hec_.connections = 1;
    open();
    append_events(10);
    start({&server});
    ASSERT_TRUE(eventually([&] { return server.questions().size() > 2; }));
    server.forget_acks();  // what stands behind the balancer now counts from zero
    server.acknowledge_after(0);
    append_events(10);
    finish();
    EXPECT_EQ(status_.cursor, 20U);
    EXPECT_GE(status_.ledger.in_doubt, 10U);
    EXPECT_THAT(notes_.all(), HasSubstr("its channel began anew"));
}

TEST_F(HecDelivery, ATokenThatDoesNotAcknowledgeIsHeld) {
    HecServer server;
    hec_.acknowledgements = true;
    open();
    append_events(10);
    start({&server});
    ASSERT_TRUE(eventually([&] { return courier_->status().state == "held"; }));
    server.acknowledge_after(0);
    finish();
    EXPECT_EQ(status_.cursor, 10U);
    EXPECT_THAT(notes_.all(), HasSubstr("useACK is off"));
}

TEST_F(HecDelivery, EndsAtItsDeadlineWhateverItWaitsFor) {
    HecServer server;
    hec_.timeout = 1h;
    server.always(HecAct::lose_and(Then::say_nothing));
    open();
    append_events(10);
    start({&server});
    ASSERT_TRUE(eventually([&] { return server.requests().size() == 1; }));
    const auto begin = std::chrono::steady_clock::now();
    finish(10ms);
    EXPECT_LT(std::chrono::steady_clock::now() - begin, 10s);
    EXPECT_EQ(status_.cursor, 0U);
    EXPECT_EQ(status_.ledger.in_doubt, 10U);
}

TEST_F(HecDelivery, EndsAtItsDeadlineWhileItWaitsForAcknowledgements) {
    HecServer server;
    server.acknowledge_after(SIZE_MAX);
    hec_.acknowledgements = true;
    hec_.ack_timeout = hec_.ack_interval = 1h;
    open();
    append_events(100);
    start({&server});
    ASSERT_TRUE(eventually([&] { return server.requests().size() == 10; }));
    finish(10ms);
    EXPECT_EQ(status_.cursor, 0U);
    EXPECT_EQ(status_.ledger.in_doubt, 100U);
}

TEST_F(HecDelivery, OverTls) {
    const HecServer server(tls_server("DNS:localhost"));
    deliver(server, 100);
    EXPECT_THAT(server.events(), SizeIs(100));
    EXPECT_EQ(notes_.all(), "");
    EXPECT_LE(server.connections(), hec_.connections);
}

TEST_F(HecDelivery, ATlsPeerThatVanishesWithoutAWordIsNoTrouble) {
    HecServer server(tls_server("DNS:localhost"));
    hec_.connections = 1;
    open();
    start({&server});
    for (int batch = 0; batch < 5; ++batch) {
        server.next({HecAct::take_and(Then::answer_and_vanish)});
        append_events(1);
        ASSERT_TRUE(
            eventually([&] { return courier_->status().cursor == journal_->status().last; }));
    }
    finish();
    EXPECT_EQ(notes_.all(), "");
    EXPECT_EQ(status_.ledger.retries, 0U);
}

TEST_F(HecDelivery, ATlsAnswerThatIsCutIsNone) {
    HecServer server(tls_server("DNS:localhost"));
    server.next({HecAct::take_and(Then::cut), HecAct::take_and(Then::reset)});
    deliver(server, 10);
    EXPECT_EQ(status_.ledger.in_doubt, 20U);
}

// A server that is not who it says it is gets nothing until a person has looked.
TEST_F(HecDelivery, HoldsBeforeACertificateThatIsNotGood) {
    struct Case {
        test::HecServerOptions server;
        const char* why;
    };
    for (const Case& each : {Case{tls_server("DNS:elsewhere.example"), "mismatch"},
                             Case{tls_server("DNS:localhost", 0), "expired"}}) {
        const HecServer server(each.server);
        open();
        append_events(1);
        start({&server});
        ASSERT_TRUE(eventually([&] { return courier_->status().state == "held"; }));
        EXPECT_THAT(courier_->status().last_error, HasSubstr(each.why));
        finish(10ms);
        EXPECT_THAT(server.requests(), IsEmpty());
        EXPECT_EQ(status_.cursor, 0U);
        crash();
    }
}

TEST_F(HecDelivery, HoldsBeforeAnAuthorityThatItDoesNotKnow) {
    const HecServer server(tls_server("DNS:localhost"));
    hec_.tls.ca = "";
    open();
    append_events(1);
    start({&server});
    ASSERT_TRUE(eventually([&] { return courier_->status().state == "held"; }));
    finish(10ms);
    EXPECT_THAT(server.requests(), IsEmpty());
}

TEST_F(HecDelivery, ShowsItsOwnCertificateWhereThatIsAskedFor) {
    test::HecServerOptions options = tls_server("DNS:localhost");
    options.client_ca = authority_.file();
    const HecServer server(options);
    open();
    append_events(5);
    start({&server});
    ASSERT_TRUE(eventually([&] { return !courier_->status().last_error.empty(); }));
    finish(10ms);
    EXPECT_EQ(status_.cursor, 0U);
    hec_.tls.certificate = authority_.issue("client.pem", "DNS:client");
    start({&server});
    finish();
    EXPECT_EQ(status_.cursor, 5U);
}

TEST_F(HecDelivery, WhateverHappensNothingIsLost) {
    const auto seed = static_cast<std::uint64_t>(std::random_device{}());
    SCOPED_TRACE("seed " + std::to_string(seed));
    test::Dice dice(seed);
    HecServer one;
    HecServer two;
    hec_.timeout = 100ms;
    open();
    start({&one, &two});
    for (int round = 0; round < 60; ++round) {
        HecServer& server = dice.one_in(2) ? one : two;
        const std::vector<HecAct> acts{HecAct::refuse(503, kBusy),
                                       HecAct::refuse(503, kBusyAtThree),
                                       HecAct::refuse(404, kHtml),
                                       HecAct::refuse(401, kForbidden),
                                       HecAct::lose_and(Then::reset),
                                       HecAct::take_and(Then::reset),
                                       HecAct::lose_and(Then::reset_at_once),
                                       HecAct::take_and(Then::cut),
                                       HecAct::take_and(Then::say_nothing),
                                       HecAct::take_and(Then::answer_and_vanish),
                                       HecAct::take_and(Then::pour)};
        server.next({acts[dice.below(acts.size())]});
        append_events(static_cast<int>(dice.between(1, 60)));
    }
    finish();
    EXPECT_EQ(status_.cursor, static_cast<std::uint64_t>(appended_));
}

}  // namespace
}  // namespace eventfwd
