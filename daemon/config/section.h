// One map of the configuration, read strictly: every value is asked for with its type, its bounds
// and its default, and what nobody asked for is told with the nearest name that exists.
#pragma once

#include <chrono>
#include <cstdint>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "core/text/units.h"
#include "daemon/config/config_node.h"
#include "daemon/config/problems.h"

namespace eventfwd {

constexpr std::chrono::hours kDay{24};

class Section {
  public:
    // NODE may be null: then everything has its default. KNOWN, if given, collects every key that
    // is ever asked for, as a whole path.
    Section(const ConfigNode* node, std::string path, Problems& problems,
            std::set<std::string>* known);

    bool has(std::string_view key) const { return node_ != nullptr && node_->find(key) != nullptr; }
    Place place() const { return place_; }
    Place place_of(std::string_view key) const;
    std::string path_of(std::string_view key) const;
    std::vector<std::string> keys() const;
    ConfigNode::Kind kind_of(std::string_view key) const;

    std::string text(std::string_view key, std::string fallback);
    std::uint64_t size(std::string_view key, std::uint64_t fallback, std::uint64_t least,
                       std::uint64_t most);
    std::chrono::microseconds duration(std::string_view key, std::chrono::microseconds fallback,
                                       std::chrono::microseconds least,
                                       std::chrono::microseconds most);
    std::uint64_t number(std::string_view key, std::uint64_t fallback, std::uint64_t least,
                         std::uint64_t most);
    // true or false, on or off, yes or no.
    bool boolean(std::string_view key, bool fallback);
    // An octal file mode in quotes, as in "0640".
    mode_t mode(std::string_view key, mode_t fallback);
    // One text, or a list of texts.
    std::vector<std::string> texts(std::string_view key, std::vector<std::string> fallback);
    // One of NAMES, which are in lower case, by index. Upper case is read as well.
    std::size_t choice(std::string_view key, std::span<const std::string_view> names,
                       std::size_t fallback);
    // One of NAMES, which are in the order of an enum's values.
    template <class Enum>
        requires std::is_enum_v<Enum>
    Enum choice(std::string_view key, std::span<const std::string_view> names, Enum fallback) {
        return static_cast<Enum>(choice(key, names, static_cast<std::size_t>(fallback)));
    }
    Section section(std::string_view key);

    void problem(std::string_view key, std::string_view message);
    // Whether a problem with KEY has been told: what follows from its value is worth nothing.
    bool has_problem(std::string_view key) const { return faulty_.contains(key); }
    // Of the INDEX-th text of a list; where there is but one text, of that.
    void problem_in(std::string_view key, std::size_t index, std::string_view message);
    // Tells of every key that was not asked for.
    void refuse_unknown();
    // Nobody can tell what keys are known here.
    void accept_unknown() { node_ = nullptr; }

  private:
    const ConfigNode* scalar(std::string_view key, std::string_view expected);
    void ask(std::string_view key);
    std::string misplaced(const ConfigNode::Member& member) const;

    const ConfigNode* node_;  // null: nothing was given
    const Place place_;
    std::string path_;
    Problems& problems_;
    std::set<std::string>* known_;
    std::set<std::string, std::less<>> asked_;
    std::set<std::string, std::less<>> faulty_;  // keys of which a problem has been told
};

// The one of NAMES that is nearest to what was typed, or empty where none is near.
std::string nearest_name(std::string_view typed, const std::set<std::string, std::less<>>& names);

}  // namespace eventfwd
