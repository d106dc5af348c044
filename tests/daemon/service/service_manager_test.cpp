#include "daemon/service/service_manager.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <array>
#include <cstddef>

#include "core/unique_fd.h"
#include "support/environment.h"
#include "support/temporary_directory.h"

namespace eventfwd {
namespace {

using namespace std::chrono_literals;

constexpr std::array<const char*, 3> kVariables{"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"};

// The test is the manager.
class ServiceManagerTest : public testing::Test {
  protected:
    ServiceManagerTest() {
        for (const char* name : kVariables)
            environment_.unset(name);
    }
    // Listens at NAME, whose '@' in front stands for the abstract namespace.
    void listen(const std::string& name) {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        std::ranges::copy(name, address.sun_path);
        if (name.starts_with('@')) address.sun_path[0] = '\0';
        const std::size_t length = offsetof(sockaddr_un, sun_path) + name.size();
        socket_ = UniqueFd(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
        ASSERT_EQ(::bind(socket_.get(), reinterpret_cast<const sockaddr*>(&address),
                         static_cast<socklen_t>(length)),
                  0);
        environment_.set("NOTIFY_SOCKET", name);
    }
    // What was told, without waiting for it; empty: nothing.
    std::string told() {
        std::array<char, 200> bytes{};
        const ssize_t size = ::recv(socket_.get(), bytes.data(), bytes.size(), MSG_DONTWAIT);
        return {bytes.data(), static_cast<std::size_t>(std::max<ssize_t>(size, 0))};
    }
    static long long monotonic_microseconds() {
        timespec now{};
        ::clock_gettime(CLOCK_MONOTONIC, &now);
        return now.tv_sec * 1'000'000LL + now.tv_nsec / 1000;
    }

    test::TemporaryDirectory directory_;
    test::Environment environment_;
    UniqueFd socket_;
};

TEST_F(ServiceManagerTest, TellsTheManagerAtAPath) {
    listen(directory_ / "notify");
    const auto manager = ServiceManager::from_environment();
    EXPECT_EQ(told(), "");
    manager.tell("READY=1");
    EXPECT_EQ(told(), "READY=1");
    manager.tell("STATUS=all is well\nWATCHDOG=1");
    EXPECT_EQ(told(), "STATUS=all is well\nWATCHDOG=1");
}

TEST_F(ServiceManagerTest, TellsTheManagerAtAnAbstractAddress) {
    listen("@eventfwd-test-" + std::to_string(::getpid()));
    ServiceManager::from_environment().tell("READY=1");
    EXPECT_EQ(told(), "READY=1");
}

TEST_F(ServiceManagerTest, TellsSinceWhenItIsReloading) {
    listen(directory_ / "notify");
    const auto manager = ServiceManager::from_environment();
    const long long before = monotonic_microseconds();
    manager.tell_reloading();
    const std::string message = told();
    const std::string head = "RELOADING=1\nMONOTONIC_USEC=";
    ASSERT_TRUE(message.starts_with(head)) << message;
    const long long since = std::stoll(message.substr(head.size()));
    EXPECT_GE(since, before);
    EXPECT_LE(since, monotonic_microseconds());
}

TEST_F(ServiceManagerTest, TellsNobodyWhereThereIsNoManager) {
    const auto none = ServiceManager::from_environment();
    none.tell("READY=1");
    none.tell_reloading();
    EXPECT_FALSE(none.watchdog_interval());

    environment_.set("NOTIFY_SOCKET", directory_ / "nobody");
    ServiceManager::from_environment().tell("READY=1");
    environment_.set("NOTIFY_SOCKET", "/" + std::string(200, 'x'));
    ServiceManager::from_environment().tell("READY=1");
}

TEST_F(ServiceManagerTest, SaysThatItIsAliveTwiceWithinTheLimit) {
    environment_.set("WATCHDOG_USEC", "3000000");
    EXPECT_EQ(ServiceManager::from_environment().watchdog_interval(), 1500ms);
    environment_.set("WATCHDOG_USEC", "3000000");
    environment_.set("WATCHDOG_PID", std::to_string(::getpid()));
    EXPECT_EQ(ServiceManager::from_environment().watchdog_interval(), 1500ms);
}

TEST_F(ServiceManagerTest, HeedsNoWatchdogOfAnotherProcessAndNoneThatIsOff) {
    environment_.set("WATCHDOG_USEC", "3000000");
    environment_.set("WATCHDOG_PID", std::to_string(::getppid()));
    EXPECT_FALSE(ServiceManager::from_environment().watchdog_interval());
    for (const char* limit : {"0", "-5", "soon", ""}) {
        environment_.set("WATCHDOG_USEC", limit);
        EXPECT_FALSE(ServiceManager::from_environment().watchdog_interval()) << limit;
    }
}

// A child would else speak for the daemon.
TEST_F(ServiceManagerTest, LeavesNothingInTheEnvironment) {
    listen(directory_ / "notify");
    environment_.set("WATCHDOG_USEC", "3000000");
    environment_.set("WATCHDOG_PID", "1");
    const auto manager = ServiceManager::from_environment();
    for (const char* name : kVariables)
        EXPECT_EQ(::getenv(name), nullptr) << name;
    manager.tell("READY=1");
    EXPECT_EQ(told(), "READY=1");
}

}  // namespace
}  // namespace eventfwd
