#include "daemon/config/read_context.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/un.h>

#include <algorithm>

namespace eventfwd {
namespace {

bool is_name(std::string_view name) {
    const auto is_allowed = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '_' || c == '-';
    };
    return !name.empty() && name.size() <= 64 && std::ranges::all_of(name, is_allowed);
}

// What belongs below a name stands beside it. Told once: nothing here is what it seems.
bool has_keys_beside_a_name(Section& all) {
    std::string name;
    for (const std::string& key : all.keys()) {
        const auto kind = all.kind_of(key);
        if (kind == ConfigNode::Kind::null) name = key;
        if (kind == ConfigNode::Kind::map || kind == ConfigNode::Kind::null || name.empty())
            continue;
        all.problem(key, fmt::format("expected a map of keys; if it is a part of '{}', indent it "
                                     "further",
                                     name));
        return true;
    }
    return false;
}

}  // namespace

ReadContext::ReadContext(const std::string& file, const BaseDirectories& base_directories)
    : base(base_directories),
      directory_(file.empty() ? std::filesystem::current_path()
                              : std::filesystem::absolute(file).parent_path()) {}

std::string ReadContext::path(Section& section, std::string_view key) const {
    const std::string text = section.text(key, "");
    if (text.empty()) return "";
    if (text.contains('\n')) section.problem(key, "expected a path without line breaks");
    // It would take the placeholder in front of it away.
    if (text.find("/../", text.find('{')) != std::string::npos) {
        section.problem(key, "expected no '..' behind a placeholder");
    }
    return (directory_ / text).lexically_normal().string();
}

std::string ReadContext::path(Section& section, std::string_view key, const std::string& directory,
                              const std::string& name) const {
    std::string given = path(section, key);
    if (!given.empty() || section.has_problem(key)) return given;
    if (directory.empty()) {
        section.problem(key, "expected a path: neither HOME nor XDG_STATE_HOME is set");
    }
    return directory + "/" + name;
}

std::string ReadContext::socket_path(Section& section, std::string_view key,
                                     const std::string& directory, const std::string& name) {
    std::string whole = path(section, key, directory, name);
    if (whole.size() >= sizeof(sockaddr_un::sun_path)) {
        section.problem(key, fmt::format("expected a path of at most {} bytes, as a socket has",
                                         sizeof(sockaddr_un::sun_path) - 1));
    }
    take_once(section, key, whole);
    return whole;
}

void ReadContext::take_once(Section& section, std::string_view key, const std::string& what) {
    const auto [owner, is_new] = taken_.emplace(what, section.path_of(key));
    if (!is_new) {
        section.problem(key, fmt::format("{} is in use by {} already", what, owner->second));
    }
}

void each_named(Section& root, std::string_view key,
                const std::function<void(const std::string& name, Section& section)>& read) {
    Section all = root.section(key);
    if (has_keys_beside_a_name(all)) return;
    for (const std::string& name : all.keys()) {
        if (!is_name(name)) {
            all.problem(name, "expected a name of at most 64 letters, digits, '-' and '_'");
        }
        Section section = all.section(name);
        read(name, section);
        section.refuse_unknown();
    }
    if (all.keys().empty()) root.problem(key, "expected at least one");
}

std::optional<std::size_t> read_type(Section& section, std::span<const std::string_view> names) {
    if (!section.has("type")) {
        const auto first = names.first(names.size() - 1);
        section.problem("type", fmt::format("missing; expected {} or {}", fmt::join(first, ", "),
                                            names.back()));
    }
    const std::size_t index = section.choice("type", names, names.size());
    return index < names.size() ? std::optional(index) : std::nullopt;
}

}  // namespace eventfwd
