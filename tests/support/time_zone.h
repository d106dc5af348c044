// Lets the process live in another time zone for a while.
#pragma once

#include <cstdlib>
#include <ctime>
#include <string>

namespace eventfwd::test {

class TimeZone {
  public:
    explicit TimeZone(const char* name) {
        if (const char* before = ::getenv("TZ")) before_ = before;
        ::setenv("TZ", name, 1);
        ::tzset();
    }
    ~TimeZone() {
        before_.empty() ? ::unsetenv("TZ") : ::setenv("TZ", before_.c_str(), 1);
        ::tzset();
    }
    TimeZone(const TimeZone&) = delete;
    TimeZone& operator=(const TimeZone&) = delete;

  private:
    std::string before_;
};

}  // namespace eventfwd::test
