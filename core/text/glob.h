// Globs over names: "*" is any run of bytes, "?" any one byte, everything else itself.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace eventfwd {

bool glob_matches(std::string_view pattern, std::string_view name);

// A list of globs as the configuration has it: a leading "!" excludes. A name passes if a plain
// pattern matches it (or the list has no plain pattern) and no excluding one does.
class GlobList {
  public:
    GlobList() = default;
    explicit GlobList(const std::vector<std::string>& patterns);

    bool passes(std::string_view name) const;
    // True where every name passes, so that nobody has to ask.
    bool passes_all() const;

    bool operator==(const GlobList&) const = default;

  private:
    std::vector<std::string> included_;
    std::vector<std::string> excluded_;
};

}  // namespace eventfwd
