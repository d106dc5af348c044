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

}  // namespace

Destination read_file_sink(Section& section, ReadContext& context, const CourierOptions&) {
    FileSinkOptions file;
    if (!section.has("path")) section.problem("path", "missing; expected the path of a file");
    file.path = context.path(section, "path");
    if (!file.path.empty()) {
        if (const auto parsed = PathTemplate::parse(file.path); !parsed) {
            section.problem("path", fmt::format("expected {}", parsed.error().message));
        }
        context.take_once(section, "path", file.path);
    }
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
