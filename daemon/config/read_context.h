// What the readers of the configuration's parts share: where paths begin, what holds for every
// part, and what has been taken already.
#pragma once

#include <array>
#include <cstddef>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/config/section.h"
#include "daemon/config/settings.h"
#include "sinks/file/path_matching.h"

namespace eventfwd {

class ReadContext {
  public:
    // FILE is the configuration's, empty without one; BASE outlives the context.
    ReadContext(const std::string& file, const BaseDirectories& base);

    const BaseDirectories& base;
    std::string application;           // of packets that name none
    std::string host;                  // this machine's name, in what sinks send
    std::vector<FileUser> file_users;  // the sinks so far that write files

    // A path, absolute or relative to the configuration's file; empty where KEY is not given.
    std::string path(Section& section, std::string_view key) const;
    // The same; where KEY is not given, NAME in DIRECTORY, which is one of the base's.
    std::string path(Section& section, std::string_view key, const std::string& directory,
                     const std::string& name) const;
    // The same for a socket, which takes no long one; nobody else may have it.
    std::string socket_path(Section& section, std::string_view key, const std::string& directory,
                            const std::string& name);
    // Two inputs on one address, or two sinks on one path, would each take what is the other's:
    // tells of WHAT where another key has it.
    void take_once(Section& section, std::string_view key, const std::string& what);

  private:
    const std::filesystem::path directory_;
    std::map<std::string, std::string> taken_;  // what can be used once → by which key
};

// The sections of the map at KEY of ROOT, each under a name of its own; one at least.
void each_named(Section& root, std::string_view key,
                const std::function<void(const std::string& name, Section& section)>& read);

// The index of what `type` says in NAMES; nothing where it says none of them, which is a problem.
std::optional<std::size_t> read_type(Section& section, std::span<const std::string_view> names);

// The values of `type`, in the order of TYPES.
template <class Types>
std::vector<std::string_view> names_of(const Types& types) {
    std::vector<std::string_view> names;
    for (const auto& type : types)
        names.push_back(type.name);
    return names;
}

// The one of TYPES that `type` says; null where it says none of them.
template <class Type, std::size_t kCount>
const Type* find_type(Section& section, const std::array<Type, kCount>& types) {
    const auto index = read_type(section, names_of(types));
    return index ? &types[*index] : nullptr;
}

}  // namespace eventfwd
