// All the paths that a template can make, as a non-deterministic automaton over bytes. Placeholders
// are taken to be independent of each other, so it accepts a few paths more than there can be.
#pragma once

#include <bitset>
#include <cstddef>
#include <string_view>
#include <vector>

#include "sinks/file/path_template.h"

namespace eventfwd {

class PathAutomaton {
  public:
    explicit PathAutomaton(const PathTemplate& path);

    // Whether there is a path that both accept.
    bool meets(const PathAutomaton& other) const;

  private:
    using Bytes = std::bitset<256>;
    using State = std::size_t;
    struct Edge {
        Bytes bytes;
        State to;
    };

    State add_state();
    State then(const std::vector<State>& from, const Bytes& bytes);
    void take(const Bytes& bytes);
    void take_text(std::string_view text);
    void take_shape(std::string_view shape);
    void take_value();
    State take_hash(std::vector<State> from);

    std::vector<std::vector<Edge>> edges_;  // by state; 0 is the first
    std::vector<State> ends_{0};            // after what was taken so far
};

}  // namespace eventfwd
