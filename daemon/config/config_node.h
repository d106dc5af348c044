// A configuration file as a tree of texts that know where they stand. What they mean is not known
// here; yaml_reader makes the tree, settings_reader gives it its meaning.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

namespace eventfwd {

struct Place {
    int line = 0;  // from 1; 0: nowhere in the file
    int column = 0;

    bool operator==(const Place&) const = default;
};

struct ConfigNode {
    enum class Kind { null, scalar, list, map };
    struct Member;

    Kind kind = Kind::null;
    Place place;
    std::string text;               // of a scalar
    std::vector<ConfigNode> items;  // of a list
    std::vector<Member> members;    // of a map, in the order of the file

    const ConfigNode* find(std::string_view key) const;
    // Where the node at PATH below this one stands, as "sinks.lines.path"; of what is not there,
    // the nearest one above it.
    Place place_of(std::string_view path) const;
};

struct ConfigNode::Member {
    std::string key;
    Place place;  // of the key
    ConfigNode value;
};

inline const ConfigNode* ConfigNode::find(std::string_view key) const {
    for (const Member& member : members) {
        if (member.key == key) return &member.value;
    }
    return nullptr;
}

inline Place ConfigNode::place_of(std::string_view path) const {
    const std::size_t dot = std::min(path.find('.'), path.size());
    const ConfigNode* const next = find(path.substr(0, dot));
    if (next == nullptr) return place;
    return dot == path.size() ? next->place : next->place_of(path.substr(dot + 1));
}

}  // namespace eventfwd
