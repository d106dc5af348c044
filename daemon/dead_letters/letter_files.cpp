#include "daemon/dead_letters/letter_files.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "core/text/whole_number.h"
#include "daemon/dead_letters/letter_repeats.h"

namespace eventfwd {
namespace {

std::string file_name(std::uint64_t first) {
    return fmt::format("{:012}.jsonl", first);
}

std::optional<std::uint64_t> first_of(std::string_view name) {
    const auto first = whole_number<std::uint64_t>(name.substr(0, name.find('.')));
    if (!first || name != file_name(*first)) return std::nullopt;
    return first;
}

// What the file was called before it was called .resolved.
std::string old_resolved_file(const std::string& path, std::uint64_t first) {
    return fmt::format("{}/{:012}.through", path, first);
}

Result<> read_ranges(FileSystem& files, const std::string& path, NumberRanges& numbers) {
    const auto text = read_whole_file(files, path);
    if (!text && text.error().code == ENOENT) return {};
    if (!text) return std::unexpected(text.error());
    for (std::string_view rest = *text; !rest.empty();) {
        const std::string_view line = rest.substr(0, rest.find('\n'));
        rest.remove_prefix(std::min(rest.size(), line.size() + 1));
        // Without its dash a number may be the beginning of a longer one.
        const auto range = line.contains('-') ? parse_number_range(line) : std::nullopt;
        if (range) numbers.add(*range);
    }
    return {};
}

Result<> remove_if_there(FileSystem& files, const std::string& path) {
    auto removed = files.unlink(path);
    if (!removed && removed.error().code == ENOENT) return {};
    return removed;
}

}  // namespace

std::string letter_file(const std::string& path, std::uint64_t first) {
    return path + "/" + file_name(first);
}

std::string resolved_file(const std::string& path, std::uint64_t first) {
    return fmt::format("{}/{:012}.resolved", path, first);
}

Result<std::vector<std::uint64_t>> list_letter_files(FileSystem& files, const std::string& path) {
    const auto names = files.list(path);
    if (!names) return std::unexpected(names.error());
    std::vector<std::uint64_t> firsts;
    for (const std::string& name : *names) {
        if (const auto first = first_of(name)) firsts.push_back(*first);
    }
    std::ranges::sort(firsts);
    return firsts;
}

Result<NumberRanges> read_resolved(FileSystem& files, const std::string& path,
                                   std::uint64_t first) {
    NumberRanges numbers;
    for (const auto& file : {resolved_file(path, first), old_resolved_file(path, first)}) {
        if (auto read = read_ranges(files, file, numbers); !read) {
            return std::unexpected(read.error());
        }
    }
    return numbers;
}

Result<> write_resolved(FileSystem& files, const std::string& path, std::uint64_t first,
                        const NumberRanges& numbers) {
    std::string text = "\n";  // ends whatever a crash has torn
    for (const auto& [from, to] : numbers.all())
        text += fmt::format("{}-{}\n", from, to);
    const auto file = files.open(resolved_file(path, first), OpenMode::append_or_make);
    if (!file) return std::unexpected(file.error());
    iovec part = as_iovec(text);
    if (auto appended = append_all(**file, {&part, 1}); !appended.result) return appended.result;
    if (auto synced = (*file)->sync_data(); !synced) return synced;
    return files.sync_directory(path);
}

Result<> remove_beside(FileSystem& files, const std::string& path, std::uint64_t first) {
    for (const auto& file :
         {old_resolved_file(path, first), resolved_file(path, first), repeats_file(path, first)}) {
        if (auto removed = remove_if_there(files, file); !removed) return removed;
    }
    return {};
}

Result<> remove_letter_file(FileSystem& files, const std::string& path, std::uint64_t first) {
    if (auto removed = remove_if_there(files, letter_file(path, first)); !removed) return removed;
    return remove_beside(files, path, first);
}

}  // namespace eventfwd
