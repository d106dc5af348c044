#include "daemon/config/file_sink_reader.h"

#include <fmt/format.h>
#include <grp.h>

#include <array>

#include "core/text/whole_number.h"
#include "sinks/file/path_template.h"

namespace eventfwd {
namespace {

using namespace std::chrono_literals;

RotationOptions read_rotation(Section section) {
    constexpr std::array<std::string_view, 3> kCompressions{"none", "gzip", "zstd"};
    RotationOptions rotate;
    rotate.bytes_max = section.size("size", rotate.bytes_max, 0, std::uint64_t{1} << 50);
    rotate.age_max = section.duration("age", rotate.age_max, 0s, 3650 * kDay);
    rotate.keep = static_cast<std::uint32_t>(section.number("keep", rotate.keep, 0, 1'000'000));
    rotate.compress = section.choice("compress", kCompressions, rotate.compress);
    section.refuse_unknown();
    return rotate;
}

std::optional<gid_t> read_group(Section& section) {
    const std::string name = section.text("group", "");
    if (name.empty()) return std::nullopt;
    const ::group* const entry = ::getgrnam(name.c_str());
    if (entry != nullptr) return entry->gr_gid;
    if (const auto number = whole_number<gid_t>(name)) return *number;
    section.problem("group", fmt::format("expected a group of this machine, found '{}'", name));
    return std::nullopt;
}

// No file may be that of two sinks.
void take_files(Section& section, ReadContext& context, const std::string& path,
                const MatchOptions& match) {
    context.take_once(section, "path", path);
    const auto parsed = PathTemplate::parse(path);
    if (!parsed) return section.problem("path", fmt::format("expected {}", parsed.error().message));
    const FileUser user{section.path_of("path"), *parsed, {match.application, match.event}};
    for (const FileUser& other : context.file_users) {
        if (section.has_problem("path")) break;
        if (const auto conflict = find_conflict(other, user)) section.problem("path", *conflict);
    }
    context.file_users.push_back(user);
}

}  // namespace

Destination read_file_sink(Section& section, ReadContext& context, const CourierOptions& courier) {
    FileSinkOptions file;
    if (!section.has("path")) section.problem("path", "missing; expected the path of a file");
    file.path = context.path(section, "path");
    if (!file.path.empty()) take_files(section, context, file.path, courier.match);
    file.rotate = read_rotation(section.section("rotate"));
    file.mode = section.mode("mode", file.mode);
    file.group = read_group(section);
    file.open_files_max = section.number("max_open_files", file.open_files_max, 1, 100'000);
    return file;
}

std::string describe(const FileSinkOptions& file) {
    return fmt::format("file {}, rotated at {} or {}, {} kept", file.path,
                       format_size(file.rotate.bytes_max), format_duration(file.rotate.age_max),
                       file.rotate.keep);
}

Warnings warnings_of(const FileSinkOptions&) {
    return {};
}

}  // namespace eventfwd
