#include "sinks/file/path_matching.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "sinks/file/path_automaton.h"
#include "sinks/file/rotation.h"

namespace eventfwd {
namespace {

using Field = PathTemplate::Field;

bool is_hexadecimal(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
}

// Whether TEXT ends in what tells a name apart that had to be changed.
bool has_hash(std::string_view text) {
    if (text.size() < kHashBytes + 1) return false;
    const std::string_view hash = text.substr(text.size() - kHashBytes);
    return hash.front() == '-' && std::ranges::all_of(hash.substr(1), is_hexadecimal);
}

bool has_shape(std::string_view text, std::string_view shape) {
    return std::ranges::equal(text, shape, [](char c, char wanted) {
        return wanted == '#' ? c >= '0' && c <= '9' : c == wanted;
    });
}

// Finds an event whose path is one text, by trying what each placeholder could stand for.
class Match {
  public:
    Match(const PathTemplate& path, std::string_view text, const NameFilter& takes)
        : pieces_(path.pieces()), text_(text), takes_(takes) {}

    bool is_found() { return from(0, 0); }

  private:
    bool from(std::size_t piece, std::size_t at) {
        if (piece == pieces_.size()) return at == text_.size();
        const auto& [field, literal] = pieces_[piece];
        const std::string_view rest = text_.substr(at);
        std::string_view& value = values_[static_cast<std::size_t>(field)];
        // One field of an event is the same wherever it stands.
        const std::string_view given = field == Field::literal ? literal : value;
        if (!given.empty()) {
            return rest.starts_with(given) && from(piece + 1, at + given.size());
        }
        for (std::size_t size = 1; size <= std::min(rest.size(), kNameBytesAtMost); ++size) {
            if (!can_be(field, rest.substr(0, size))) continue;
            value = rest.substr(0, size);
            if (from(piece + 1, at + size)) return true;
        }
        value = {};
        return false;
    }

    bool can_be(Field field, std::string_view value) const {
        if (field == Field::date) return has_shape(value, "####-##-##");
        if (field == Field::hour) return has_shape(value, "##");
        if (!std::ranges::all_of(value, is_safe)) return false;
        if (has_hash(value)) return true;  // of what, cannot be told
        const GlobList& names = field == Field::application ? takes_.application : takes_.event;
        return safe_file_name(value) == value && names.passes(value);
    }

    static constexpr std::size_t kNameBytesAtMost = kValueBytesMax + kHashBytes;

    const std::vector<PathTemplate::Piece>& pieces_;
    const std::string_view text_;
    const NameFilter& takes_;
    std::array<std::string_view, 5> values_;  // by field
};

bool is_same_file(const FileUser& first, const FileUser& second) {
    if (first.path.is_fixed() && second.path.is_fixed()) {
        const std::string one = first.path.below_root({});
        const std::string other = second.path.below_root({});
        return first.path.root() == second.path.root() &&
               (one == other || is_rotated_name(one, other) || is_rotated_name(other, one));
    }
    if (first.path.is_fixed()) return is_same_file(second, first);
    if (!second.path.is_fixed()) return PathAutomaton(first.path).meets(PathAutomaton(second.path));
    const std::string whole = second.path.root() + "/" + second.path.below_root({});
    const std::string root = first.path.root() + "/";
    return whole.starts_with(root) &&
           can_make(first.path, std::string_view(whole).substr(root.size()), first.takes);
}

// Whether FILE can make a path that is a literal directory of OTHER, or one for the same event.
bool is_directory_of(const FileUser& file, const FileUser& other) {
    Event event;
    event.application = "one-application";
    event.event = "another-event";
    const auto path = [&](const PathTemplate& of) {
        return of.root() + "/" + of.below_root(event);
    };
    if (path(other.path).starts_with(path(file.path) + "/")) return true;
    const std::string root = file.path.root() + "/";
    const std::string directory = other.path.root() + "/";
    if (file.path.is_fixed() || !directory.starts_with(root)) return false;
    for (std::size_t end = directory.find('/', root.size()); end != std::string::npos;
         end = directory.find('/', end + 1)) {
        const std::string_view below(directory.data() + root.size(), end - root.size());
        if (can_make(file.path, below, file.takes)) return true;
    }
    return false;
}

}  // namespace

bool can_make(const PathTemplate& path, std::string_view below, const NameFilter& takes) {
    if (path.is_fixed()) return below == path.below_root({});
    const auto is_found = [&](std::string_view text) {
        return Match(path, text, takes).is_found();
    };
    if (!looks_rotated(below.substr(below.rfind('/') + 1))) return is_found(below);
    // Then it has got a hash, in spite of which it looks as it does.
    return has_hash(below) && is_found(below.substr(0, below.size() - kHashBytes));
}

std::optional<std::string> find_conflict(const FileUser& first, const FileUser& second) {
    const auto text = [](const FileUser& user, std::string_view what) {
        return fmt::format("{} {}", what, user.key);
    };
    if (is_same_file(first, second)) return text(first, "can lead to the same file as");
    if (is_directory_of(first, second))
        return text(first, "needs a directory where there can be a file of");
    if (is_directory_of(second, first))
        return text(first, "can lead to a file where there is a directory of");
    return std::nullopt;
}

}  // namespace eventfwd
