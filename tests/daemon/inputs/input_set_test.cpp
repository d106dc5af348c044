#include "daemon/inputs/input_set.h"

#include <fmt/ranges.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/inputs/input_set_fixture.h"

namespace eventfwd {
namespace {

using test::Found;

class InputSetTest : public test::InputSetFixture {};

TEST_F(InputSetTest, TakesPacketsOverUdpAndUnixIntoTheJournal) {
    open();
    start({with_application(udp("web"), "w"), with_application(local("game", "game"), "g")});
    send(address_of("web"), 1, 1);
    ASSERT_TRUE(journal_reaches(1));
    send(path("game"), 2, 2);
    ASSERT_TRUE(journal_reaches(2));
    EXPECT_EQ(journaled(), (Found{"w 1", "g 2"}));
    EXPECT_EQ(accepted("web"), 1U);
    EXPECT_EQ(accepted("game"), 1U);
    EXPECT_EQ(address_of("game"), path("game"));
}

TEST_F(InputSetTest, ListensOnEveryAddressOfAnInput) {
    open();
    start({udp("web", {"127.0.0.1:0", "127.0.0.2:0"})});
    const auto addresses = status("web").listens_on;
    ASSERT_EQ(addresses.size(), 2U);
    send(addresses[0], 1, 1);
    send(addresses[1], 2, 2);
    // Nothing names an application: they are refused, and counted.
    EXPECT_TRUE(test::eventually([&] { return status("web").counts.intake.packets == 2; }));
}

TEST_F(InputSetTest, ReceivesNothingBeforeItIsStarted) {
    open();
    make();
    ASSERT_TRUE(inputs_->open({with_application(udp("web"), "w")}, {}));
    send(address_of("web"), 1, 1000);
    EXPECT_EQ(journal_->status().last, 0U);
    inputs_->start();
    EXPECT_TRUE(journal_reaches(1000)) << "the kernel held them";
}

TEST_F(InputSetTest, TakesWhatTheKernelHoldsAtAStop) {
    open();
    make();
    ASSERT_TRUE(inputs_->open(
        {with_application(udp("web"), "w"), with_application(local("game", "game"), "g")}, {}));
    send(address_of("web"), 1, 1000);
    send(path("game"), 1001, 1005);
    inputs_->start();
    stop();
    EXPECT_EQ(journaled_numbers(), each_once(1, 1005));
    EXPECT_EQ(status("web").counts.kernel_drops, 0U);
}

TEST_F(InputSetTest, RemovesItsUnixSocketsWhenItGoes) {
    open();
    start({local("game", "game")});
    EXPECT_EQ(::access(path("game").c_str(), F_OK), 0);
    inputs_.reset();
    EXPECT_NE(::access(path("game").c_str(), F_OK), 0);
}

TEST_F(InputSetTest, RefusesToOpenWhatAnotherHasAndSaysWhichInputThatIs) {
    open();
    const DatagramSocket taken =
        std::move(open_udp_socket(*Address::parse("127.0.0.1:0"), 4096).value());
    const auto opened = try_start({local("game", "game"), udp("web", {taken.name})});
    ASSERT_FALSE(opened);
    EXPECT_TRUE(opened.error().message.starts_with("input web: listen on udp " + taken.name))
        << opened.error().message;
    inputs_.reset();
    EXPECT_NE(::access(path("game").c_str(), F_OK), 0);
}

TEST_F(InputSetTest, CountsOnFromEarlierLives) {
    before_["web"].intake.accepted = 10;
    before_["web"].kernel_drops = 3;
    before_["gone"].intake.packets = 7;
    open();
    start({with_application(udp("web"), "w")});
    send(address_of("web"), 1, 2);
    ASSERT_TRUE(journal_reaches(2));
    EXPECT_EQ(accepted("web"), 12U);
    EXPECT_EQ(status("web").counts.kernel_drops, 3U);
    EXPECT_EQ(status("gone").counts.intake.packets, 7U);
    EXPECT_EQ(status("gone").listens_on, Found{});
}

class LostSockets : public test::InputSetFixture {
  protected:
    // Restores them, and gives "PATH" or "PATH: REASON" of each that was lost.
    Found restored() {
        Found found;
        for (const LostSocketFile& file : inputs_->restore_sockets())
            found.push_back(file.path + (file.made ? "" : ": " + file.made.error().message));
        return found;
    }
    void remove(const std::string& socket) { ASSERT_EQ(::unlink(path(socket).c_str()), 0); }
};

TEST_F(LostSockets, AreMadeAnewAndNothingElseChanges) {
    open();
    start({with_application(udp("web"), "w"), with_application(local("game", "game"), "g"),
           with_application(local("chat", "chat"), "c")});
    const std::string web = address_of("web");
    EXPECT_EQ(restored(), Found{});
    remove("game");
    EXPECT_EQ(restored(), Found{path("game")});
    EXPECT_EQ(restored(), Found{});
    send(path("game"), 1, 1);
    ASSERT_TRUE(journal_reaches(1));
    send(path("chat"), 2, 2);
    ASSERT_TRUE(journal_reaches(2));
    send(web, 3, 3);
    ASSERT_TRUE(journal_reaches(3));
    EXPECT_EQ(journaled(), (Found{"g 1", "c 2", "w 3"}));
    EXPECT_EQ(accepted("game"), 1U);
}

TEST_F(LostSockets, AreReadToTheirEnd) {
    open();
    make();
    ASSERT_TRUE(inputs_->open({with_application(local("game", "game"), "g")}, {}));
    send(path("game"), 1, 5);  // nothing is read yet
    remove("game");
    EXPECT_EQ(restored(), Found{path("game")});
    EXPECT_EQ(journaled_numbers(), each_once(1, 5));
    EXPECT_EQ(accepted("game"), 5U);
}

TEST_F(LostSockets, AreMadeInADirectoryThatIsMadeAnew) {
    open();
    start({with_application(local("game", "game"), "g")});
    remove("game");
    ASSERT_EQ(::rmdir((directory_ / "sockets").c_str()), 0);
    EXPECT_EQ(restored(), Found{path("game")});
    send(path("game"), 1, 1);
    EXPECT_TRUE(journal_reaches(1));
}

TEST_F(LostSockets, GoOnUntilTheirPathIsFree) {
    open();
    start({with_application(local("game", "game"), "g")});
    auto sender = PacketSender::open(path("game")).value();
    remove("game");
    {
        const DatagramSocket other = std::move(open_unix_socket(path("game"), 0666, 4096).value());
        const std::string taken = path("game") + ": listen on " + path("game") +
                                  ": Address already in use; another process has it: stop that "
                                  "one, or listen elsewhere";
        EXPECT_EQ(restored(), Found{taken});
        ASSERT_TRUE(sender.send(packet(1)));
        ASSERT_TRUE(journal_reaches(1));
        EXPECT_TRUE(other.file.is_in_place());
    }
    EXPECT_EQ(restored(), Found{path("game")});
    send(path("game"), 2, 2);
    EXPECT_TRUE(journal_reaches(2));
}

TEST_F(LostSockets, OfAFullJournalWaitForRoom) {
    open_full();
    start({with_application(local("game", "game"), "g")});
    send(path("game"), 1, 3);
    remove("game");
    EXPECT_EQ(restored(), Found{path("game")});
    send(path("game"), 4, 5);
    make_room();
    ASSERT_TRUE(journal_reaches(filled_ + 5));
    const auto numbers = journaled_numbers();
    for (int number = 1; number <= 5; ++number)
        EXPECT_EQ(numbers.at(std::to_string(number)), 1) << number;
}

// The test is systemd.
class HeldSockets : public test::InputSetFixture {
  protected:
    HeldSockets() { options_of_unnamed_.intake.application = "unnamed"; }

    // Makes a socket to hand over, and gives its address.
    std::string hold_udp(const std::string& fd_name = "eventfwd.socket") {
        DatagramSocket socket =
            std::move(open_udp_socket(*Address::parse("127.0.0.1:0"), 1 << 20).value());
        return hold(std::move(socket.fd), fd_name, socket.name);
    }
    std::string hold_local(const std::string& name, const std::string& fd_name = "unknown") {
        EXPECT_TRUE(files_.make_directories(directory_ / "sockets", 0755));
        DatagramSocket socket = std::move(open_unix_socket(path(name), 0666, 1 << 20).value());
        UniqueFd held(::dup(socket.fd.get()));
        EXPECT_EQ(::link(path(name).c_str(), path("kept").c_str()), 0);
        socket = {};
        EXPECT_EQ(::rename(path("kept").c_str(), path(name).c_str()), 0);
        return hold(std::move(held), fd_name, path(name));
    }
    std::string hold(UniqueFd fd, const std::string& fd_name, const std::string& address,
                     int type = SOCK_DGRAM) {
        held_.push_back({std::move(fd), fd_name, address, type});
        return address;
    }
    void start_held(const std::vector<InputSettings>& settings) {
        make();
        const auto opened = inputs_->open(settings, InheritedSockets(std::move(held_)).duplicate(),
                                          options_of_unnamed_);
        ASSERT_TRUE(opened) << opened.error().message;
        inputs_->start();
    }
    void reload_held(const std::vector<InputSettings>& settings) {
        auto change = inputs_->prepare(settings, options_of_unnamed_);
        ASSERT_TRUE(change) << change.error().message;
        inputs_->apply(std::move(*change));
    }
    // "NAME ADDRESS…" of all that listen.
    Found running() {
        Found found;
        for (const InputStatus& status : inputs_->statuses()) {
            if (status.listens_on.empty()) continue;
            found.push_back(fmt::format("{} {}", status.name, fmt::join(status.listens_on, " ")));
        }
        return found;
    }
    void send_one(const std::string& to) {
        const std::uint64_t before = journal_->status().last;
        send(to, 1, 1);
        ASSERT_TRUE(journal_reaches(before + 1)) << to;
    }

    HeldSocketOptions options_of_unnamed_;
    std::vector<InheritedSockets::Socket> held_;
};

TEST_F(HeldSockets, AreReadThoughNoInputNamesThem) {
    open();
    const std::string named = hold_udp();
    const std::string unnamed = hold_udp("game");
    const std::string local = hold_local("local");
    start_held({with_application(udp("web", {named}), "w")});
    send_one(unnamed);
    send_one(local);
    send_one(named);
    EXPECT_EQ(journaled(), (Found{"unnamed 1", "unnamed 1", "w 1"}));
    EXPECT_EQ(running()[1], "game " + unnamed);
    EXPECT_TRUE(running()[2].starts_with("unix-")) << running()[2];
}

TEST_F(HeldSockets, AreAllThereIsWhereTheConfigurationNamesNone) {
    open();
    options_of_unnamed_.are_all = true;
    const std::string other = hold_udp("other");
    const std::string web = hold_udp();
    start_held({udp("packets", {web, "127.0.0.9:0"}), local("local", "nowhere")});
    EXPECT_EQ(running(), (Found{"packets " + web, "other " + other}));
    EXPECT_NE(::access(path("nowhere").c_str(), F_OK), 0);
    reload_held({udp("packets", {web, "127.0.0.9:0"}), local("local", "nowhere")});
    EXPECT_EQ(running(), (Found{"packets " + web, "other " + other}));
}

TEST_F(HeldSockets, OfTheSameNameGetNamesOfTheirOwn) {
    open();
    hold_udp("game");
    hold_udp("game");
    hold_udp("g/../é");
    start_held({local("game-2", "here")});
    Found names;
    for (const std::string& each : running())
        names.push_back(each.substr(0, each.find(' ')));
    EXPECT_EQ(names, (Found{"game-2", "game", "game-3", "g"}));
}

TEST_F(HeldSockets, ThatAreStreamsAreLeft) {
    open();
    UniqueFd stream(::socket(AF_INET, SOCK_STREAM, 0));
    hold(std::move(stream), "http", "127.0.0.1:80", SOCK_STREAM);
    start_held({udp("web")});
    EXPECT_EQ(running().size(), 1U);
}

TEST_F(HeldSockets, ChangeHandsWhenAReloadNamesThem) {
    open();
    const std::string address = hold_udp("game");
    start_held({udp("web")});
    send_one(address);
    reload_held({udp("web"), with_application(udp("mine", {address}), "m")});
    send_one(address);
    reload_held({udp("web"), with_application(udp("renamed", {address}), "r")});
    send_one(address);
    reload_held({udp("web")});
    send_one(address);
    options_of_unnamed_.intake.application = "other";
    reload_held({udp("web")});
    send_one(address);
    EXPECT_EQ(journaled(), (Found{"unnamed 1", "m 1", "r 1", "unnamed 1", "other 1"}));
    EXPECT_EQ(running().back(), "renamed " + address);
}

TEST_F(HeldSockets, AreTakenByTheirNameAtAReload) {
    open();
    const std::string address = hold_udp("game");
    start_held({udp("web")});
    reload_held({udp("web"), with_application(udp("game", {"127.0.0.9:1"}), "g")});
    send_one(address);
    EXPECT_EQ(journaled(), Found{"g 1"});
}

TEST_F(LostSockets, ThatSystemdHoldsAreSaid) {
    open();
    make();
    ASSERT_TRUE(files_.make_directories(directory_ / "sockets", 0755));
    const DatagramSocket held = std::move(open_unix_socket(path("game"), 0666, 4096).value());
    std::vector<InheritedSockets::Socket> sockets;
    sockets.push_back({UniqueFd(::dup(held.fd.get())), "", path("game"), SOCK_DGRAM});
    ASSERT_TRUE(inputs_->open({local("game", "game")}, InheritedSockets(std::move(sockets))));
    inputs_->start();
    EXPECT_EQ(restored(), Found{});
    remove("game");
    EXPECT_EQ(restored(), Found{path("game") + ": " + path("game") +
                                " is gone; systemd holds its socket: restart the socket unit"});
}

class InputReload : public test::InputSetFixture {
  protected:
    // Starts an input over UDP. The settings that are given name the port that it got.
    InputSettings start_at_a_port(const std::string& name, const std::string& application) {
        start({with_application(udp(name), application)});
        return with_application(udp(name, {address_of(name)}), application);
    }
    static std::uint64_t inode(const std::string& path) {
        struct stat status{};
        return ::stat(path.c_str(), &status) == 0 ? status.st_ino : 0;
    }
    static mode_t mode(const std::string& path) {
        struct stat status{};
        return ::stat(path.c_str(), &status) == 0 ? status.st_mode & 0777 : 0;
    }
};

TEST_F(InputReload, LeavesAnInputAloneThatDoesNotChange) {
    open();
    const InputSettings web = with_application(udp("web"), "w");  // port 0: a new socket would move
    start({web});
    const std::string before = address_of("web");
    reload({web, with_application(local("game", "game"), "g")});
    EXPECT_EQ(address_of("web"), before);
    send(before, 1, 1);
    ASSERT_TRUE(journal_reaches(1));
    send(path("game"), 2, 2);
    ASSERT_TRUE(journal_reaches(2));
    EXPECT_EQ(journaled(), (Found{"w 1", "g 2"}));
}

TEST_F(InputReload, KeepsTheSocketOfAnInputThatChangesAndLosesNothingInIt) {
    open();
    const InputSettings web = start_at_a_port("web", "a0");
    const std::string address = address_of("web");
    std::atomic<bool> is_over = false;
    std::atomic<int> sent = 0;
    std::thread sender([&] {
        auto to = PacketSender::open(address).value();
        while (!is_over) {
            ASSERT_TRUE(to.send(packet(sent + 1)));
            ++sent;
        }
    });
    for (int round = 1; round <= 20; ++round) {
        const int before = sent;
        EXPECT_TRUE(test::eventually([&] { return sent > before + 10; }));
        reload({with_application(web, "a" + std::to_string(round))});
    }
    is_over = true;
    sender.join();
    stop();
    EXPECT_EQ(status("web").counts.kernel_drops + status("web").counts.intake.packets,
              static_cast<std::uint64_t>(sent));
    std::uint64_t once = 0;
    for (const auto& [number, count] : journaled_numbers())
        once += count == 1 ? 1 : 0;
    EXPECT_EQ(status("web").counts.kernel_drops + once, static_cast<std::uint64_t>(sent));
}

TEST_F(InputReload, PutsNewOptionsInForce) {
    open();
    const InputSettings web = start_at_a_port("web", "old");
    send(address_of("web"), 1, 1);
    ASSERT_TRUE(journal_reaches(1));
    reload({with_application(web, "new")});
    send(address_of("web"), 2, 2);
    ASSERT_TRUE(journal_reaches(2));
    EXPECT_EQ(journaled(), (Found{"old 1", "new 2"}));
    EXPECT_EQ(accepted("web"), 2U) << "the input counts on";
}

TEST_F(InputReload, GivesAUnixSocketAnotherModeInItsPlace) {
    open();
    InputSettings game = with_application(local("game", "game"), "g");
    start({game});
    const std::uint64_t before = inode(path("game"));
    EXPECT_EQ(mode(path("game")), 0666U);
    std::get<UnixDatagramOptions>(game.source).mode = 0600;
    reload({game});
    EXPECT_EQ(mode(path("game")), 0600U);
    EXPECT_EQ(inode(path("game")), before);
    send(path("game"), 1, 1);
    EXPECT_TRUE(journal_reaches(1));
}

TEST_F(InputReload, DrainsAnInputThatGoesAndKeepsItsCounts) {
    open();
    const InputSettings web = with_application(udp("web"), "w");
    const InputSettings game = with_application(local("game", "game"), "g");
    start({web, game});
    send(address_of("web"), 1, 1000);
    send(path("game"), 1001, 1005);
    reload({});
    EXPECT_EQ(journaled_numbers(), each_once(1, 1005));
    EXPECT_EQ(accepted("web"), 1000U);
    EXPECT_EQ(accepted("game"), 5U);
    EXPECT_EQ(status("web").listens_on, Found{});
    EXPECT_NE(::access(path("game").c_str(), F_OK), 0) << "nobody listens there";

    reload({game});
    send(path("game"), 1006, 1006);
    ASSERT_TRUE(journal_reaches(1006));
    EXPECT_EQ(accepted("game"), 6U);
}

TEST_F(InputReload, HandsASocketToAnInputOfAnotherName) {
    open();
    start({with_application(local("old", "game"), "o")});
    const std::uint64_t before = inode(path("game"));
    reload({with_application(local("new", "game"), "n")});
    EXPECT_EQ(inode(path("game")), before);
    send(path("game"), 1, 1);
    ASSERT_TRUE(journal_reaches(1));
    EXPECT_EQ(journaled(), Found{"n 1"});
    EXPECT_EQ(accepted("new"), 1U);
}

TEST_F(InputReload, SwapsTheSocketsOfTwoInputs) {
    open();
    start({with_application(local("one", "a"), "first"),
           with_application(local("two", "b"), "second")});
    const std::uint64_t a = inode(path("a"));
    const std::uint64_t b = inode(path("b"));
    reload({with_application(local("one", "b"), "first"),
            with_application(local("two", "a"), "second")});
    EXPECT_EQ(inode(path("a")), a);
    EXPECT_EQ(inode(path("b")), b);
    send(path("a"), 1, 1);
    ASSERT_TRUE(journal_reaches(1));
    send(path("b"), 2, 2);
    ASSERT_TRUE(journal_reaches(2));
    EXPECT_EQ(journaled(), (Found{"second 1", "first 2"}));
}

TEST_F(InputReload, ChangesTheAddressesOfAnInputAndKeepsThoseThatStay) {
    open();
    start({with_application(udp("web", {"127.0.0.1:0", "127.0.0.2:0"}), "w")});
    const std::string first = status("web").listens_on[0];
    const std::string second = status("web").listens_on[1];
    send(second, 1, 1);
    reload({with_application(udp("web", {first, "127.0.0.3:0"}), "w")});
    const auto addresses = status("web").listens_on;
    ASSERT_EQ(addresses.size(), 2U);
    EXPECT_EQ(std::ranges::count(addresses, first), 1);
    EXPECT_EQ(std::ranges::count(addresses, second), 0);
    for (const std::string& address : addresses)
        send(address, address == first ? 2 : 3, address == first ? 2 : 3);
    EXPECT_TRUE(journal_reaches(3));
}

TEST_F(InputReload, ChangesNothingWhereASocketCannotBeOpened) {
    open();
    const DatagramSocket taken =
        std::move(open_udp_socket(*Address::parse("127.0.0.1:0"), 4096).value());
    const InputSettings game = with_application(local("game", "game"), "g");
    start({game});
    const auto change = inputs_->prepare(
        {with_application(game, "other"), local("new", "new"), udp("web", {taken.name})});
    ASSERT_FALSE(change);
    EXPECT_TRUE(change.error().message.starts_with("input web: listen on udp " + taken.name))
        << change.error().message;
    EXPECT_EQ(inputs_->statuses().size(), 1U);
    EXPECT_NE(::access(path("new").c_str(), F_OK), 0) << "nobody listens there";
    send(path("game"), 1, 1);
    ASSERT_TRUE(journal_reaches(1));
    EXPECT_EQ(journaled(), Found{"g 1"});
}

TEST_F(InputReload, DoesNotWaitForRoomInAFullJournal) {
    open_full();
    const InputSettings web = start_at_a_port("web", "w");
    send(address_of("web"), 1, 10);
    ASSERT_TRUE(test::eventually([&] { return status("web").waits_for_room; }));
    std::atomic<bool> is_reloaded = false;
    std::thread reloading([&] {
        reload({with_application(web, "new")});
        is_reloaded = true;
    });
    EXPECT_TRUE(test::eventually([&] { return is_reloaded.load(); }));
    EXPECT_EQ(journal_->status().last, filled_);
    make_room();
    reloading.join();
    EXPECT_TRUE(journal_reaches(filled_ + 10));
    stop();
    EXPECT_EQ(accepted("web"), 10U);
    EXPECT_EQ(lost_, 0U);
}

TEST_F(InputReload, BringsToTheJournalWhatAnInputThatGoesStillHadWhenThereIsRoom) {
    open_full();
    start({with_application(udp("web"), "w")});
    send(address_of("web"), 1, 10);
    ASSERT_TRUE(test::eventually([&] { return status("web").waits_for_room; }));
    std::atomic<bool> is_reloaded = false;
    std::thread reloading([&] {
        reload({});
        is_reloaded = true;
    });
    EXPECT_TRUE(test::eventually([&] { return is_reloaded.load(); }));
    EXPECT_EQ(journal_->status().last, filled_);
    EXPECT_EQ(status("web").counts.intake.packets, 10U);
    make_room();
    reloading.join();
    EXPECT_TRUE(journal_reaches(filled_ + 10));
    EXPECT_TRUE(test::eventually([&] { return accepted("web") == 10; }));
    stop();
    EXPECT_EQ(lost_, 0U);
}

TEST_F(InputReload, KeepsTheDropsOfAnInputWhoseSocketAnotherOneGets) {
    open_full();
    const InputSettings web = start_at_a_port("web", "w");
    const auto drops = [this](const char* name) { return status(name).counts.kernel_drops; };
    for (int round = 0; round < 100 && drops("web") == 0; ++round)
        send(address_of("web"), 1, 2000);
    const std::uint64_t before = drops("web");
    ASSERT_GT(before, 0U);
    InputSettings renamed = web;
    renamed.intake.name = "other";
    reload({renamed});
    EXPECT_EQ(drops("web"), before);
    EXPECT_EQ(drops("other"), 0U);
    inputs_->stop(std::chrono::steady_clock::now());
}

// The sum of what inputs accepted, and what the journal has: of one moment in each snapshot.
TEST_F(InputReload, ShowsTheJournalAsItIsWhileNoInputAppends) {
    open();
    const InputSettings game = with_application(local("game", "game"), "g");
    const InputSettings web = with_application(local("web", "web"), "w");
    start({game, web});
    std::atomic<bool> is_over = false;
    std::vector<std::jthread> senders;
    for (const char* name : {"game", "web"}) {
        auto opened = PacketSender::open(path(name));
        ASSERT_TRUE(opened) << opened.error().message;
        senders.emplace_back([&is_over, sender = std::move(*opened)]() mutable {
            while (!is_over)
                (void)sender.send("event=x");
        });
    }
    std::uint64_t seen = 0;
    for (int look = 0; look < 3000 || seen < 100; ++look) {
        if (look == 1000) reload({game});
        if (look == 2000) reload({with_application(game, "h")});
        const auto [inputs, journal] = inputs_->snapshot();
        std::uint64_t accepted = 0;
        for (const InputStatus& input : inputs)
            accepted += input.counts.intake.accepted;
        EXPECT_EQ(accepted, journal.last) << look;
        if (accepted != journal.last) break;
        seen = accepted;
    }
    is_over = true;
}

TEST_F(InputReload, TellsWhatWaitsWhereTheJournalStaysFullToTheEnd) {
    open_full();
    start({with_application(udp("web"), "w")});
    send(address_of("web"), 1, 10);
    ASSERT_TRUE(test::eventually([&] { return status("web").waits_for_room; }));
    reload({});
    inputs_->stop(std::chrono::steady_clock::now());
    EXPECT_EQ(journal_->status().last, filled_);
    EXPECT_EQ(lost_, 10U);
    EXPECT_EQ(accepted("web"), 0U);
}

}  // namespace
}  // namespace eventfwd
