// From a real journal, by a real courier, to a HEC that does as it is told. After each test every
// event is at a server, in the dead letters or pending, and the ledger closes.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "daemon/deliver/courier.h"
#include "sinks/hec/hec_sink.h"
#include "support/certificates.h"
#include "support/hec_server.h"
#include "support/journal_fixture.h"
#include "support/wait.h"

namespace eventfwd::test {

inline const std::string kBusy = R"({"text":"Server is busy","code":9})";

// What the courier told, one line each.
class CourierNotes final : public CourierProbe, public HecSinkProbe {
  public:
    void trouble_began(const std::string&, const std::string& reason) override {
        add("trouble: " + reason);
    }
    void held(const std::string&, const std::string& reason) override { add("held: " + reason); }
    void trouble_ended(const std::string&, std::uint64_t, std::chrono::microseconds) override {
        add("recovered");
    }
    void url_failed(const std::string&, const std::string& error) override {
        add("a URL rests: " + error);
    }
    void url_recovered(const std::string&) override { add("a URL is well"); }
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

class HecDelivery : public JournalFixture<> {
  protected:
    using Then = HecAct::Then;

    HecDelivery() {
        using namespace std::chrono_literals;
        courier_options_.name = "splunk";
        courier_options_.retry = {1ms, 5ms};
        courier_options_.batch.count_max = 10;
        courier_options_.batch.linger = 0us;
        write_token("secret");
        hec_.token.file = directory_ / "token";
        hec_.timeout = 60s;  // sanitizers are slow
        hec_.ack_interval = 1ms;
        hec_.backoff_initial = 1ms;
        hec_.backoff_max = 5ms;
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
            hec_.urls.push_back(Url::parse(url).value());
        courier_ = std::make_unique<Courier>(
            courier_options_, std::make_unique<HecSink>(hec_, journal_->id(), clock_, notes_),
            *journal_, dead_letters_, clock_, notes_);
        ASSERT_TRUE(courier_->save_first_cursor());
        ASSERT_TRUE(journal_->remember_sinks({"splunk"}));
        courier_->start();
    }
    void finish(std::chrono::milliseconds patience = std::chrono::seconds(20)) {
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
    // Delivers 12 MB in one batch to SERVER, which has been told what to do.
    void deliver_more_than_a_socket_holds(const HecServer& server) {
        hec_.is_gzip = false;
        courier_options_.batch.count_max = 1'000'000;
        courier_options_.batch.bytes_max = 16 << 20;
        open();
        const std::string more(60'000, 'x');
        for (int at = 0; at < 200; ++at)
            append({line(++appended_) + " analytics_prop__more=\"" + more + "\""});
        start({&server});
        finish();
        EXPECT_EQ(server.events().size(), 200U);
    }
    // Delivers one event after another to SERVER, which goes without a word behind each answer.
    void deliver_while_it_vanishes(HecServer& server) {
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
    std::vector<std::string> letters() {
        std::vector<std::string> found;
        const auto letters = read_dead_letters(files_, directory_ / "dead-letters");
        for (const auto& letter : letters.value())
            found.push_back(letter.json);
        return found;
    }
    void expect_that_nothing_is_missing() {
        const Ledger& ledger = status_.ledger;
        EXPECT_EQ(status_.cursor - ledger.joined + status_.settled_ahead,
                  ledger.delivered + ledger.filtered + ledger.dead_lettered);
        if (hec_.envelope.endpoint == HecEndpoint::raw) return;  // there are no ids
        std::multiset<std::string> arrived;
        for (const HecServer* server : servers_) {
            for (const HecEvent& event : server->events())
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
    HecServerOptions tls_server(const std::string& names, int days_valid = 10) {
        hec_.tls.ca = authority_.file();
        const std::string file = "server-" + std::to_string(days_valid) + names.substr(4) + ".pem";
        return {0, authority_.issue(file, names, days_valid), ""};
    }

    CourierOptions courier_options_;
    HecSinkOptions hec_;
    DeadLetters dead_letters_{{directory_ / "dead-letters"}, files_};
    Authority authority_{directory_.path()};
    CourierNotes notes_;
    std::vector<const HecServer*> servers_;
    std::unique_ptr<Courier> courier_;
    CourierStatus status_;
    int appended_ = 0;
};

}  // namespace eventfwd::test
