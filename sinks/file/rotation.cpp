#include "sinks/file/rotation.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <span>
#include <tuple>

#include "core/text/timestamp.h"
#include "core/text/whole_number.h"

namespace eventfwd {
namespace {

constexpr std::size_t kStampBytes = 16;  // 20110808T114517Z
// Ours never come so far; from a larger one, which somebody else made, could not be counted on.
constexpr std::uint64_t kNumberMax = 999'999'999;

bool is_stamp(std::string_view text) {
    constexpr std::string_view kShape = "########T######Z";
    return std::ranges::equal(text, kShape, [](char c, char shape) {
        return shape == '#' ? c >= '0' && c <= '9' : c == shape;
    });
}

std::string stamp_of(Instant instant) {
    char text[kTimestampBytes];
    write_timestamp(text, instant);
    std::string stamp(text, kTimestampBytes - sizeof(".ffffffZ") + 1);
    std::erase_if(stamp, [](char c) { return c == '-' || c == ':'; });
    return stamp + 'Z';
}

struct RotatedName {
    std::string stamp;
    std::uint64_t number = 0;
    std::string file;
    std::string name;  // that it had before
    bool is_compressed = false;
    bool is_part = false;  // of a compressed file

    auto order() const { return std::tie(stamp, number); }
};

bool remove_suffix(std::string_view& text, std::string_view suffix) {
    if (!text.ends_with(suffix)) return false;
    text.remove_suffix(suffix.size());
    return true;
}

// NAME.<stamp>-<n>, with a suffix where it is compressed; nothing for any other file beside it.
std::optional<RotatedName> parse_rotated(std::string_view file) {
    RotatedName rotated;
    rotated.file = file;
    rotated.is_part = remove_suffix(file, kPartSuffix);
    for (const Compression compression : {Compression::gzip, Compression::zstd}) {
        if (!rotated.is_compressed) {
            rotated.is_compressed = remove_suffix(file, suffix_of(compression));
        }
    }
    if (rotated.is_part && !rotated.is_compressed) return std::nullopt;
    const std::size_t dot = file.rfind('.');
    if (dot == 0 || dot == std::string_view::npos) return std::nullopt;
    const std::string_view stamp = file.substr(dot + 1, kStampBytes);
    const std::string_view rest = file.substr(dot + 1 + stamp.size());
    if (!is_stamp(stamp) || !rest.starts_with('-')) return std::nullopt;
    const std::string_view digits = rest.substr(1);
    const auto number = whole_number<std::uint64_t>(digits);
    // A hash behind a sender's name, 16 digits, can begin with zeros; our numbers never do.
    if (!number || *number > kNumberMax || digits.starts_with('0')) return std::nullopt;
    rotated.stamp = stamp;
    rotated.number = *number;
    rotated.name = file.substr(0, dot);
    return rotated;
}

Result<std::vector<RotatedName>> list_rotated(FileSystem& files, const std::string& directory,
                                              const std::string& name) {
    const auto names = files.list(directory);
    if (!names) return std::unexpected(names.error());
    std::vector<RotatedName> found;
    for (const std::string& file : *names) {
        auto rotated = parse_rotated(file);
        if (rotated && rotated->name == name && !rotated->is_part) {
            found.push_back(std::move(*rotated));
        }
    }
    std::ranges::sort(found, {}, &RotatedName::order);
    return found;
}

}  // namespace

bool is_rotation_due(const RotationOptions& options, std::uint64_t bytes,
                     std::uint64_t bytes_to_come, std::chrono::microseconds age) {
    if (bytes == 0) return false;
    const bool large = options.bytes_max > 0 && bytes + bytes_to_come > options.bytes_max;
    const bool old = options.age_max.count() > 0 && age >= options.age_max;
    return large || old;
}

Result<std::vector<std::string>> rotated_files(FileSystem& files, const std::string& directory,
                                               const std::string& name) {
    const auto found = list_rotated(files, directory, name);
    if (!found) return std::unexpected(found.error());
    std::vector<std::string> names;
    for (const RotatedName& rotated : *found)
        names.push_back(rotated.file);
    return names;
}

bool looks_rotated(std::string_view name) {
    for (std::size_t dot = name.find('.'); dot != std::string_view::npos;
         dot = name.find('.', dot + 1)) {
        if (is_stamp(name.substr(dot + 1, kStampBytes))) return true;
    }
    return false;
}

Result<std::vector<std::string>> files_to_compress(FileSystem& files, const std::string& directory,
                                                   const std::string& name) {
    auto found = list_rotated(files, directory, name);
    if (!found) return std::unexpected(found.error());
    std::vector<std::string> names;
    for (const RotatedName& rotated : *found) {
        const bool is_newest = &rotated == &found->back();
        if (!rotated.is_compressed && !is_newest) names.push_back(rotated.file);
    }
    return names;
}

Rotated rotate(FileSystem& files, const std::string& directory, const std::string& name,
               const RotationOptions& options, Instant now) {
    auto found = list_rotated(files, directory, name);
    if (!found) return {std::unexpected(found.error()), {}};
    std::string stamp = stamp_of(now);
    std::uint64_t number = 1;
    // The names keep the order of the rotations, also where the clock has been set back.
    if (!found->empty() && found->back().stamp >= stamp) {
        stamp = found->back().stamp;
        number = found->back().number + 1;
    }
    const std::string fresh = fmt::format("{}.{}-{}", name, stamp, number);
    Rotated rotated;
    rotated.renamed = files.rename(directory + "/" + name, directory + "/" + fresh);
    if (!rotated.renamed) return rotated;
    const auto note = [&](const Result<>& done) {
        if (!done && done.error().code == ENOENT) return;  // compressed, or removed, meanwhile
        if (rotated.tidied) rotated.tidied = done;
    };
    const std::size_t count = found->size() + 1;
    const std::size_t too_many =
        options.keep > 0 && count > options.keep ? count - options.keep : 0;
    // One that cannot be removed costs none of the newer ones its place.
    for (std::size_t at = 0; at < too_many; ++at)
        note(files.unlink(directory + "/" + (*found)[at].file));
    note(files.sync_directory(directory));
    return rotated;
}

Result<Unfinished> find_unfinished(FileSystem& files, const std::string& directory,
                                   const std::function<bool(const std::string& name)>& is_ours) {
    const auto names = files.list(directory);
    if (!names) return std::unexpected(names.error());
    Unfinished unfinished;
    std::map<std::string, std::vector<RotatedName>> whole;  // by the name before
    for (const std::string& file : *names) {
        auto rotated = parse_rotated(file);
        if (!rotated || !is_ours(rotated->name)) continue;
        if (rotated->is_part) {
            unfinished.parts.push_back(file);
        } else {
            whole[rotated->name].push_back(std::move(*rotated));
        }
    }
    for (auto& [name, found] : whole) {
        std::ranges::sort(found, {}, &RotatedName::order);
        for (const RotatedName& rotated : std::span(found).first(found.size() - 1)) {
            if (!rotated.is_compressed) unfinished.uncompressed.push_back(rotated.file);
        }
    }
    return unfinished;
}

bool is_rotated_name(std::string_view file, std::string_view name) {
    const auto rotated = parse_rotated(file);
    return rotated && rotated->name == name;
}

}  // namespace eventfwd
