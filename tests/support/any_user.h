// What users other than root meet, in tests that root runs.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

namespace eventfwd::test {

// Makes root, who may all, another user for as long as this lives.
class AnyUser {
  public:
    AnyUser() { EXPECT_EQ(::seteuid(user_ == 0 ? kNobody : user_), 0); }
    ~AnyUser() { EXPECT_EQ(::seteuid(user_), 0); }
    AnyUser(const AnyUser&) = delete;
    AnyUser& operator=(const AnyUser&) = delete;

  private:
    static constexpr uid_t kNobody = 65534;
    const uid_t user_ = ::geteuid();
};

}  // namespace eventfwd::test
