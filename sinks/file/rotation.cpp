#include "sinks/file/rotation.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
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
    std::string name;
    bool is_compressed = false;

    auto order() const { return std::tie(stamp, number); }
};

// NAME.<stamp>-<n>, with a suffix where it is compressed; nothing for any other file beside it.
std::optional<RotatedName> parse_rotated(std::string_view file, std::string_view name) {
    RotatedName rotated{"", 0, std::string(file), false};
    for (const Compression compression : {Compression::gzip, Compression::zstd}) {
        if (!file.ends_with(suffix_of(compression))) continue;
        file.remove_suffix(suffix_of(compression).size());
        rotated.is_compressed = true;
    }
    if (file.size() < name.size() + kStampBytes + 3 || !file.starts_with(name)) return std::nullopt;
    const std::string_view stamp = file.substr(name.size() + 1, kStampBytes);
    const bool shaped =
        file[name.size()] == '.' && is_stamp(stamp) && file[name.size() + 1 + kStampBytes] == '-';
    rotated.stamp = stamp;
    const std::string_view digits = file.substr(name.size() + kStampBytes + 2);
    const auto number = whole_number<std::uint64_t>(digits);
    // A hash behind a sender's name, 16 digits, can begin with zeros; our numbers never do.
    if (!shaped || !number || *number > kNumberMax || digits.starts_with('0')) return std::nullopt;
    rotated.number = *number;
    return rotated;
}

Result<std::vector<RotatedName>> list_rotated(FileSystem& files, const std::string& directory,
                                              const std::string& name) {
    const auto names = files.list(directory);
    if (!names) return std::unexpected(names.error());
    std::vector<RotatedName> found;
    for (const std::string& file : *names) {
        if (auto rotated = parse_rotated(file, name)) found.push_back(std::move(*rotated));
    }
    std::ranges::sort(found, {}, &RotatedName::order);
    return found;
}

}  // namespace

bool is_rotation_due(const RotationOptions& options, std::uint64_t bytes,
                     std::uint64_t bytes_to_come, Instant created, Instant now) {
    if (bytes == 0) return false;
    const bool large = options.bytes_max > 0 && bytes + bytes_to_come > options.bytes_max;
    const bool old = options.age_max.count() > 0 && now - created >= options.age_max;
    return large || old;
}

Result<std::vector<std::string>> rotated_files(FileSystem& files, const std::string& directory,
                                               const std::string& name) {
    const auto found = list_rotated(files, directory, name);
    if (!found) return std::unexpected(found.error());
    std::vector<std::string> names;
    for (const RotatedName& rotated : *found)
        names.push_back(rotated.name);
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
        if (!rotated.is_compressed && !is_newest) names.push_back(rotated.name);
    }
    return names;
}

Result<> rotate(FileSystem& files, const std::string& directory, const std::string& name,
                const RotationOptions& options, Instant now) {
    auto found = list_rotated(files, directory, name);
    if (!found) return std::unexpected(found.error());
    std::string stamp = stamp_of(now);
    std::uint64_t number = 1;
    // The names keep the order of the rotations, also where the clock has been set back.
    if (!found->empty() && found->back().stamp >= stamp) {
        stamp = found->back().stamp;
        number = found->back().number + 1;
    }
    const std::string fresh = fmt::format("{}.{}-{}", name, stamp, number);
    if (auto renamed = files.rename(directory + "/" + name, directory + "/" + fresh); !renamed) {
        return renamed;
    }
    std::size_t count = found->size() + 1;
    for (const RotatedName& rotated : *found) {
        if (options.keep == 0 || count <= options.keep) break;
        if (auto removed = files.unlink(directory + "/" + rotated.name); !removed) return removed;
        --count;
    }
    return files.sync_directory(directory);
}

}  // namespace eventfwd
