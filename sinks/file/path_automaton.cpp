#include "sinks/file/path_automaton.h"

#include <utility>

#include "core/contains.h"

namespace eventfwd {
namespace {

using Bytes = std::bitset<256>;

template <class Accept>
Bytes bytes_that(Accept&& accept) {
    Bytes bytes;
    for (std::size_t byte = 0; byte < bytes.size(); ++byte)
        bytes[byte] = accept(static_cast<char>(byte));
    return bytes;
}

Bytes only(char wanted) {
    return bytes_that([wanted](char c) { return c == wanted; });
}

Bytes up_to(char last) {
    return bytes_that([last](char c) { return c >= '0' && c <= last; });
}

}  // namespace

PathAutomaton::PathAutomaton(const PathTemplate& path) {
    using Field = PathTemplate::Field;
    add_state();
    take_text(path.root() + "/");
    if (path.is_fixed()) take_text(path.below_root({}));
    for (const auto& [field, literal] : path.pieces()) {
        switch (field) {
            case Field::literal:
                take_text(literal);
                break;
            case Field::application:
            case Field::event:
                take_value();
                break;
            case Field::date:
                take_shape("9999-19-39");
                break;
            case Field::hour:
                take_shape("29");
                break;
        }
    }
    // Behind a name that looks rotated. Whether it does is not asked here.
    if (!path.is_fixed()) ends_.push_back(take_hash(ends_));
}

PathAutomaton::State PathAutomaton::add_state() {
    edges_.emplace_back();
    return edges_.size() - 1;
}

// A new state, to which each of BYTES leads FROM these.
PathAutomaton::State PathAutomaton::then(const std::vector<State>& from, const Bytes& bytes) {
    const State to = add_state();
    for (const State state : from)
        edges_[state].push_back({bytes, to});
    return to;
}

void PathAutomaton::take(const Bytes& bytes) {
    ends_ = {then(ends_, bytes)};
}

void PathAutomaton::take_text(std::string_view text) {
    for (const char c : text)
        take(only(c));
}

// A digit of SHAPE stands for those up to it.
void PathAutomaton::take_shape(std::string_view shape) {
    for (const char c : shape)
        take(c == '-' ? only(c) : up_to(c));
}

// What safe_file_name() makes: up to kValueBytesMax safe bytes, but not "." or "..", or any of them
// with a hash behind.
void PathAutomaton::take_value() {
    const Bytes safe = bytes_that(is_safe);
    const Bytes dot = only('.');
    const State one_dot = then(ends_, dot);
    const State two_dots = then({one_dot}, dot);
    std::vector<State> names{then(ends_, safe & ~dot)};
    names.push_back(then({names.back()}, safe));
    edges_[one_dot].push_back({safe & ~dot, names.back()});
    names.push_back(then({names.back(), two_dots}, safe));
    while (names.size() < kValueBytesMax)
        names.push_back(then({names.back()}, safe));
    std::vector<State> hashed = names;
    hashed.insert(hashed.end(), {one_dot, two_dots});
    names.push_back(take_hash(std::move(hashed)));
    ends_ = std::move(names);
}

// The state behind a hash that stands behind FROM.
PathAutomaton::State PathAutomaton::take_hash(std::vector<State> from) {
    const Bytes hexadecimal = up_to('9') | bytes_that([](char c) { return c >= 'a' && c <= 'f'; });
    State state = then(from, only('-'));
    for (std::size_t digit = 1; digit < kHashBytes; ++digit)
        state = then({state}, hexadecimal);
    return state;
}

// Walks both at once, through every pair of states that one text leads to. Where there are too many
// of them, nobody uses such paths, and the answer is the safe one.
bool PathAutomaton::meets(const PathAutomaton& other) const {
    constexpr std::size_t kPairsMax = 16'000'000;
    if (edges_.size() > kPairsMax / other.edges_.size()) return true;
    std::vector<bool> seen(edges_.size() * other.edges_.size());
    std::vector<std::pair<State, State>> next{{0, 0}};
    while (!next.empty()) {
        const auto [mine, theirs] = next.back();
        next.pop_back();
        if (contains(ends_, mine) && contains(other.ends_, theirs)) return true;
        for (const Edge& edge : edges_[mine]) {
            for (const Edge& their_edge : other.edges_[theirs]) {
                if ((edge.bytes & their_edge.bytes).none()) continue;
                std::vector<bool>::reference is_seen =
                    seen[edge.to * other.edges_.size() + their_edge.to];
                if (!is_seen) next.emplace_back(edge.to, their_edge.to);
                is_seen = true;
            }
        }
    }
    return false;
}

}  // namespace eventfwd
