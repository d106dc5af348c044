#include "sinks/file/path_template.h"

#include <fmt/format.h>
#include <xxhash.h>

#include <algorithm>
#include <array>

#include "core/file_system.h"
#include "core/text/timestamp.h"
#include "sinks/file/rotation.h"

namespace eventfwd {
namespace {

constexpr std::array<std::string_view, 4> kPlaceholders{"application", "event", "date", "hour"};

// NAME, told apart from whatever else VALUE could have become it.
std::string with_hash(std::string name, std::string_view value) {
    return fmt::format("{}-{:016x}", name, XXH3_64bits(value.data(), value.size()));
}

}  // namespace

bool is_safe(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '_' || c == '-';
}

std::string safe_file_name(std::string_view value) {
    std::string name(value.substr(0, kValueBytesMax));
    std::ranges::replace_if(name, [](char c) { return !is_safe(c); }, '_');
    if (name == value && name != "." && name != "..") return name;
    return with_hash(std::move(name), value);
}

Result<PathTemplate> PathTemplate::parse(const std::string& text) {
    PathTemplate result;
    const std::size_t brace = text.find('{');
    if (brace == std::string::npos) {
        if (text.contains('}')) return failure("a '}' without its '{'");
        result.root_ = parent_path(text);
        result.fixed_name_ = text.substr(text.find_last_of('/') + 1);
        if (result.fixed_name_.empty()) return failure("the path of a file, not of a directory");
        return result;
    }
    const std::size_t slash = text.rfind('/', brace);
    if (slash == std::string::npos || slash == 0) {
        return failure("a literal directory in front of the first placeholder");
    }
    result.root_ = text.substr(0, slash);
    std::string_view rest = std::string_view(text).substr(slash + 1);
    if (rest.ends_with('/')) return failure("the path of a file, not of a directory");
    while (!rest.empty()) {
        const std::size_t open = rest.find('{');
        if (open != 0) {
            const std::string_view literal = rest.substr(0, open);
            if (literal.contains('}')) return failure("a '}' without its '{'");
            if (literal.contains("..")) return failure("no '..' behind a placeholder's root");
            result.pieces_.push_back({Field::literal, std::string(literal)});
            rest.remove_prefix(literal.size());
            continue;
        }
        const std::size_t close = rest.find('}');
        if (close == std::string_view::npos) return failure("a '}' behind every '{'");
        const auto known = std::ranges::find(kPlaceholders, rest.substr(1, close - 1));
        if (known == kPlaceholders.end()) {
            return failure(fmt::format("{{application}}, {{event}}, {{date}} or {{hour}}, not {}",
                                       rest.substr(0, close + 1)));
        }
        result.pieces_.push_back({static_cast<Field>(known - kPlaceholders.begin() + 1), {}});
        rest.remove_prefix(close + 1);
    }
    return result;
}

std::string PathTemplate::below_root(const Event& event) const {
    if (is_fixed()) return fixed_name_;
    char text[kTimestampBytes];
    write_timestamp(text, event.timestamp);
    const std::string_view time(text, kTimestampBytes);
    std::string path;
    for (const Piece& piece : pieces_) {
        switch (piece.field) {
            case Field::literal:
                path += piece.literal;
                break;
            case Field::application:
                path += safe_file_name(event.application);
                break;
            case Field::event:
                path += safe_file_name(event.event);
                break;
            case Field::date:
                path += time.substr(0, 10);
                break;
            case Field::hour:
                path += time.substr(11, 2);
                break;
        }
    }
    // A sender must not have its file taken for a rotated one of another, and removed as that.
    const std::string_view name = std::string_view(path).substr(path.rfind('/') + 1);
    return looks_rotated(name) ? with_hash(path, name) : path;
}

}  // namespace eventfwd
