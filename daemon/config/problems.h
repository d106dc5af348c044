// All that is wrong with a configuration, collected, so that it can be shown in one go.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "daemon/config/config_node.h"

namespace eventfwd {

class Problems {
  public:
    explicit Problems(std::string file) : file_(std::move(file)) {}

    // "FILE:LINE:COLUMN: KEY: MESSAGE"; the place is left out where there is none.
    void add(const Place& place, std::string_view key, std::string_view message);

    bool empty() const { return problems_.empty(); }
    // In the order of the file.
    std::vector<std::string> texts() const;

  private:
    struct Problem {
        Place place;
        std::string text;
    };
    std::string file_;
    std::vector<Problem> problems_;
};

}  // namespace eventfwd
