// Variables of the environment that a test sets for a while.
#pragma once

#include <cstdlib>
#include <map>
#include <optional>
#include <string>

namespace eventfwd::test {

// At its end all of them are what they were.
class Environment {
  public:
    Environment() = default;
    Environment(const Environment&) = delete;
    Environment& operator=(const Environment&) = delete;
    ~Environment() {
        for (const auto& [name, value] : before_)
            put(name, value);
    }

    void set(const std::string& name, const std::string& value) {
        keep(name);
        put(name, value);
    }
    void unset(const std::string& name) {
        keep(name);
        put(name, std::nullopt);
    }

  private:
    void keep(const std::string& name) {
        const char* const value = ::getenv(name.c_str());
        before_.try_emplace(name, value == nullptr ? std::nullopt : std::optional(value));
    }
    static void put(const std::string& name, const std::optional<std::string>& value) {
        value ? ::setenv(name.c_str(), value->c_str(), 1) : ::unsetenv(name.c_str());
    }

    std::map<std::string, std::optional<std::string>> before_;
};

}  // namespace eventfwd::test
