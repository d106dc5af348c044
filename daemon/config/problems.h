// All that is wrong with a configuration, collected, so that it can be shown in one go.
#pragma once

#include <string>
#include <string_view>

#include "daemon/config/diagnostic.h"

namespace eventfwd {

class Problems {
  public:
    explicit Problems(std::string file) : file_(std::move(file)) {}

    void add(const Place& place, std::string_view path, std::string_view message) {
        found_.push_back({file_, place, std::string(path), std::string(message)});
    }

    bool empty() const { return found_.empty(); }
    // In the order of the file.
    Diagnostics sorted() const;

  private:
    std::string file_;
    Diagnostics found_;
};

}  // namespace eventfwd
