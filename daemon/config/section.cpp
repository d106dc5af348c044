#include "daemon/config/section.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <optional>

#include "core/text/whole_number.h"
#include "daemon/config/yaml_hints.h"

namespace eventfwd {
namespace {

char to_lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

// How many single letters have to be put in, left out or changed (Levenshtein).
std::size_t edit_distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> row(b.size() + 1);
    for (std::size_t at = 0; at <= b.size(); ++at)
        row[at] = at;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        std::size_t diagonal = std::exchange(row[0], i);
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t change = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
            diagonal = row[j];
            row[j] = std::min({row[j] + 1, row[j - 1] + 1, change});
        }
    }
    return row.back();
}

std::string_view kind_name(ConfigNode::Kind kind) {
    switch (kind) {
        case ConfigNode::Kind::null:
            return "nothing";
        case ConfigNode::Kind::scalar:
            return "a single value";
        case ConfigNode::Kind::list:
            return "a list";
        case ConfigNode::Kind::map:
            return "a map";
    }
    return "";
}

}  // namespace

std::string nearest_name(std::string_view typed, const std::set<std::string, std::less<>>& names) {
    std::string best;
    // Two letters that changed places in a short word, or a third of a long one.
    std::size_t best_distance =
        typed.size() < 4 ? 2 : std::max<std::size_t>(2, typed.size() / 3) + 1;
    for (const std::string& name : names) {
        const std::size_t distance = edit_distance(typed, name);
        if (distance < best_distance) {
            best = name;
            best_distance = distance;
        }
    }
    return best;
}

Section::Section(const ConfigNode* node, std::string path, Problems& problems,
                 std::set<std::string>* known)
    : node_(node),
      place_(node == nullptr ? Place{} : node->place),
      path_(std::move(path)),
      problems_(problems),
      known_(known) {
    if (node_ == nullptr || node_->kind == ConfigNode::Kind::map) return;
    if (node_->kind != ConfigNode::Kind::null) {
        const bool is_list = node_->kind == ConfigNode::Kind::list;
        problems_.add(place_, path_,
                      fmt::format("expected a map of keys, found {}{}", kind_name(node_->kind),
                                  is_list ? "; a key stands by itself, without '-'"
                                          : missing_colon_hint(node_->text)));
    }
    node_ = nullptr;
}

Place Section::place_of(std::string_view key) const {
    const ConfigNode* node = node_ == nullptr ? nullptr : node_->find(key);
    return node == nullptr ? place() : node->place;
}

std::string Section::path_of(std::string_view key) const {
    return path_.empty() ? std::string(key) : fmt::format("{}.{}", path_, key);
}

std::vector<std::string> Section::keys() const {
    std::vector<std::string> keys;
    if (node_ == nullptr) return keys;
    for (const ConfigNode::Member& member : node_->members)
        keys.push_back(member.key);
    return keys;
}

ConfigNode::Kind Section::kind_of(std::string_view key) const {
    const ConfigNode* const node = node_ == nullptr ? nullptr : node_->find(key);
    return node == nullptr ? ConfigNode::Kind::null : node->kind;
}

void Section::ask(std::string_view key) {
    asked_.emplace(key);
    if (known_ != nullptr) known_->insert(path_of(key));
}

void Section::problem(std::string_view key, std::string_view message) {
    problems_.add(place_of(key), path_of(key), message);
    faulty_.emplace(key);
}

void Section::problem_in(std::string_view key, std::size_t index, std::string_view message) {
    const ConfigNode* const node = node_ == nullptr ? nullptr : node_->find(key);
    if (node == nullptr || index >= node->items.size()) return problem(key, message);
    problems_.add(node->items[index].place, fmt::format("{}[{}]", path_of(key), index), message);
}

// The scalar at KEY; null where there is none, and a problem where there is something else.
const ConfigNode* Section::scalar(std::string_view key, std::string_view expected) {
    ask(key);
    const ConfigNode* node = node_ == nullptr ? nullptr : node_->find(key);
    if (node == nullptr) return nullptr;
    if (node->kind == ConfigNode::Kind::scalar) return node;
    const bool is_map = node->kind == ConfigNode::Kind::map;
    problem(key, fmt::format("expected {}, found {}{}", expected, kind_name(node->kind),
                             is_map ? "; a text that begins with { needs quotes" : ""));
    return nullptr;
}

std::string Section::text(std::string_view key, std::string fallback) {
    const ConfigNode* node = scalar(key, "a text");
    if (node == nullptr) return fallback;
    if (node->text.empty()) problem(key, "expected a text, found an empty one");
    return node->text;
}

std::uint64_t Section::size(std::string_view key, std::uint64_t fallback, std::uint64_t least,
                            std::uint64_t most) {
    const ConfigNode* node = scalar(key, "a size like 64KiB");
    if (node == nullptr) return fallback;
    const auto size = parse_size(node->text);
    if (!size) {
        problem(key, fmt::format("expected a size like 64KiB or 4GiB, found '{}'", node->text));
    } else if (*size < least || *size > most) {
        problem(key, fmt::format("expected a size from {} to {}, found {}", format_size(least),
                                 format_size(most), node->text));
    } else {
        return *size;
    }
    return fallback;
}

std::chrono::microseconds Section::duration(std::string_view key,
                                            std::chrono::microseconds fallback,
                                            std::chrono::microseconds least,
                                            std::chrono::microseconds most) {
    const ConfigNode* node = scalar(key, "a duration like 250ms");
    if (node == nullptr) return fallback;
    const auto duration = parse_duration(node->text);
    if (!duration) {
        problem(key,
                fmt::format("expected a duration like 250ms, 5m or 7d, found '{}'", node->text));
    } else if (*duration < least || *duration > most) {
        problem(key, fmt::format("expected a duration from {} to {}, found {}",
                                 format_duration(least), format_duration(most), node->text));
    } else {
        return *duration;
    }
    return fallback;
}

std::uint64_t Section::number(std::string_view key, std::uint64_t fallback, std::uint64_t least,
                              std::uint64_t most) {
    const ConfigNode* node = scalar(key, "a number");
    if (node == nullptr) return fallback;
    const auto number = whole_number<std::uint64_t>(node->text);
    if (!number || *number < least || *number > most) {
        problem(key, fmt::format("expected a whole number from {} to {}, found '{}'", least, most,
                                 node->text));
        return fallback;
    }
    return *number;
}

bool Section::boolean(std::string_view key, bool fallback) {
    constexpr std::array<std::string_view, 6> kNames{"true", "on", "yes", "false", "off", "no"};
    return choice(key, kNames, fallback ? 0 : 3) < 3;
}

mode_t Section::mode(std::string_view key, mode_t fallback) {
    const ConfigNode* node = scalar(key, "a mode like \"0640\"");
    if (node == nullptr) return fallback;
    const std::string_view text = node->text;
    const auto mode = whole_number<mode_t>(text.substr(text.starts_with("0o") ? 2 : 0), 8);
    if (!mode || *mode > 0777) {
        problem(key, fmt::format("expected an octal mode like \"0640\", found '{}'", node->text));
        return fallback;
    }
    return *mode;
}

std::vector<std::string> Section::texts(std::string_view key, std::vector<std::string> fallback) {
    ask(key);
    const ConfigNode* node = node_ == nullptr ? nullptr : node_->find(key);
    if (node == nullptr) return fallback;
    if (node->kind == ConfigNode::Kind::scalar) return {node->text};
    std::vector<std::string> texts;
    bool are_texts = node->kind == ConfigNode::Kind::list;
    for (const ConfigNode& item : node->items) {
        are_texts &= item.kind == ConfigNode::Kind::scalar;
        texts.push_back(item.text);
    }
    if (are_texts) return texts;
    const bool looks_like_ipv6 = !node->items.empty() || node->kind == ConfigNode::Kind::map;
    problem(key,
            fmt::format("expected a text or a list of texts, found {}{}", kind_name(node->kind),
                        looks_like_ipv6 ? "; an IPv6 address needs quotes: \"[::1]:8514\"" : ""));
    return fallback;
}

std::size_t Section::choice(std::string_view key, std::span<const std::string_view> names,
                            std::size_t fallback) {
    const ConfigNode* node = scalar(key, fmt::format("one of {}", fmt::join(names, ", ")));
    if (node == nullptr) return fallback;
    std::string written = node->text;
    std::ranges::transform(written, written.begin(), to_lower);
    const auto found = std::ranges::find(names, written);
    if (found != names.end()) return static_cast<std::size_t>(found - names.begin());
    const std::string nearest = nearest_name(written, {names.begin(), names.end()});
    problem(key, fmt::format("expected one of {}, found '{}'{}", fmt::join(names, ", "), node->text,
                             nearest.empty() ? "" : fmt::format("; did you mean {}?", nearest)));
    return fallback;
}

// What to say of an unknown MEMBER that seems to be indented wrongly: a key above it has nothing,
// or it could be a name of its own.
std::string Section::misplaced(const ConfigNode::Member& member) const {
    if (member.value.kind != ConfigNode::Kind::map) return "";
    const auto* const first = node_->members.data();
    if (&member != first && (&member)[-1].value.kind == ConfigNode::Kind::null) {
        return fmt::format("; if it is a part of '{}', indent it further", (&member)[-1].key);
    }
    if (member.value.find("type") == nullptr) return "";
    return fmt::format("; if it is a name like '{}', indent it less",
                       path_.substr(path_.find('.') + 1));
}

Section Section::section(std::string_view key) {
    ask(key);
    return {node_ == nullptr ? nullptr : node_->find(key), path_of(key), problems_, known_};
}

void Section::refuse_unknown() {
    if (node_ == nullptr) return;
    for (const ConfigNode::Member& member : node_->members) {
        if (asked_.contains(member.key)) continue;
        const std::string nearest = nearest_name(member.key, asked_);
        problems_.add(member.place, path_of(member.key),
                      fmt::format("unknown key{}; known here: {}{}",
                                  nearest.empty() ? "" : fmt::format(", did you mean {}?", nearest),
                                  fmt::join(asked_, ", "), misplaced(member)));
    }
}

}  // namespace eventfwd
