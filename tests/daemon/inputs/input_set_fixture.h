// The inputs of a daemon over a real journal and real sockets, with verbs: send, reload, stop.
#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "daemon/inputs/input_set.h"
#include "net/packet_sender.h"
#include "support/journal_fixture.h"
#include "support/wait.h"

namespace eventfwd::test {

class InputSetFixture : public JournalFixture<>, protected IntakeProbe {
  protected:
    InputSetFixture() : letters_({directory_ / "letters", 1 << 20}, files_) {}

    // Opens them over an open journal, and starts them.
    void start(const std::vector<InputSettings>& settings) {
        const auto opened = try_start(settings);
        ASSERT_TRUE(opened) << opened.error().message;
    }
    Result<> try_start(const std::vector<InputSettings>& settings) {
        make();
        auto opened = inputs_->open(settings, {});
        if (opened) inputs_->start();
        return opened;
    }
    void make() { inputs_ = std::make_unique<InputSet>(parts(), before_); }
    void reload(const std::vector<InputSettings>& settings) {
        auto change = inputs_->prepare(settings);
        ASSERT_TRUE(change) << change.error().message;
        inputs_->apply(std::move(*change));
    }
    void stop() { inputs_->stop(std::chrono::steady_clock::now() + std::chrono::seconds(20)); }

    static InputSettings udp(const std::string& name,
                             const std::vector<std::string>& addresses = {"127.0.0.1:0"}) {
        UdpOptions options;
        options.listen.clear();
        for (const std::string& address : addresses)
            options.listen.push_back(Address::parse(address).value());
        options.datagram.receive_buffer_bytes = 1 << 20;
        InputSettings settings;
        settings.intake.name = name;
        settings.source = options;
        return settings;
    }
    InputSettings local(const std::string& name, const std::string& socket) const {
        UnixDatagramOptions options;
        options.path = path(socket);
        InputSettings settings;
        settings.intake.name = name;
        settings.source = options;
        return settings;
    }
    static InputSettings with_application(InputSettings settings, const std::string& application) {
        settings.intake.application = application;
        return settings;
    }
    std::string path(const std::string& socket) const { return directory_ / ("sockets/" + socket); }

    InputStatus status(const std::string& name) {
        const auto statuses = inputs_->statuses();
        const auto found = std::ranges::find(statuses, name, &InputStatus::name);
        EXPECT_NE(found, statuses.end()) << name;
        return found == statuses.end() ? InputStatus{} : *found;
    }
    std::uint64_t accepted(const std::string& name) { return status(name).counts.intake.accepted; }
    // The address of an input with one socket.
    std::string address_of(const std::string& name) {
        const InputStatus found = status(name);
        EXPECT_EQ(found.listens_on.size(), 1U);
        return found.listens_on.empty() ? "" : found.listens_on[0];
    }

    static std::string packet(int number) { return fmt::format("event=e n={}", number); }
    // The numbers FIRST up to LAST, one packet each.
    static void send(const std::string& to, int first, int last) {
        auto sender = PacketSender::open(to);
        ASSERT_TRUE(sender) << sender.error().message;
        for (int number = first; number <= last; ++number) {
            const auto sent = sender->send(packet(number));
            ASSERT_TRUE(sent) << sent.error().message;
        }
    }
    bool journal_reaches(std::uint64_t count) {
        return eventually([&] { return journal_->status().last == count; });
    }
    // "APPLICATION NUMBER" of every event in the journal, in order.
    std::vector<std::string> journaled() {
        std::vector<std::string> events;
        for (const std::string& line : read())
            events.push_back(between(line, "application=\"") + " " + between(line, "prop__n=\""));
        return events;
    }
    // How many are in the journal of each number that was sent.
    std::map<std::string, int> journaled_numbers() {
        std::map<std::string, int> counts;
        for (const std::string& line : read())
            ++counts[between(line, "prop__n=\"")];
        return counts;
    }
    static std::map<std::string, int> each_once(int first, int last) {
        std::map<std::string, int> counts;
        for (int number = first; number <= last; ++number)
            counts[std::to_string(number)] = 1;
        return counts;
    }

    // A journal without room for one more line, until make_room().
    void open_full() {
        options_.bytes_max = 20'000;
        options_.segment_bytes = 4'000;
        options_.when_full = WhenFull::refuse;
        open();
        journal_->cursors().hold("lines", 0);
        for (const std::string& line : {std::string(1000, 'x'), std::string("x")}) {
            while (try_append({line}))
                ++filled_;
        }
    }
    void make_room() { journal_->cursors().hold("lines", filled_); }

    InputSet::Parts parts() {
        return {files_, {*journal_, {letters_, quotas_, *this, clock_}, drops_}};
    }

    void events_lost(const std::string&, std::size_t count, const Error&) override {
        lost_ += count;
    }

    DeadLetters letters_;
    Quotas quotas_{{}};
    KernelDrops drops_{{}};
    std::map<std::string, InputCounts> before_;
    std::atomic<std::size_t> lost_ = 0;
    std::uint64_t filled_ = 0;  // numbers that a full journal begins with
    std::unique_ptr<InputSet> inputs_;

  private:
    static std::string between(const std::string& line, const std::string& key) {
        const std::size_t begin = line.find(key);
        if (begin == std::string::npos) return "";
        return line.substr(begin + key.size(),
                           line.find('"', begin + key.size()) - begin - key.size());
    }
};

}  // namespace eventfwd::test
