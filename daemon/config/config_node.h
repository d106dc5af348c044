// A configuration file as a tree of texts that know where they stand. What they mean is not known
// here; yaml_reader makes the tree, settings_reader gives it its meaning.
#pragma once

#include <string>
#include <vector>

namespace eventfwd {

struct Place {
    int line = 0;  // from 1; 0: nowhere in the file
    int column = 0;
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

}  // namespace eventfwd
