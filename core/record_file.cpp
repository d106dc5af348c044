#include "core/record_file.h"

#include <fmt/format.h>
#include <xxhash.h>

#include "core/text/whole_number.h"

namespace eventfwd {
namespace {

constexpr std::string_view kMagic = "eventfwd 1 ";

std::string checksum_line(std::string_view body) {
    return fmt::format("{}{:016x}\n", kMagic, XXH3_64bits(body.data(), body.size()));
}

}  // namespace

void Record::add(std::string_view key, std::string_view value) {
    lines_.emplace_back(key, value);
}

void Record::add(std::string_view key, std::uint64_t value) {
    lines_.emplace_back(key, std::to_string(value));
}

std::optional<std::string_view> Record::text(std::string_view key) const {
    for (const auto& [name, value] : lines_) {
        if (name == key) return value;
    }
    return std::nullopt;
}

std::optional<std::uint64_t> Record::number(std::string_view key) const {
    const auto value = text(key);
    return value ? whole_number<std::uint64_t>(*value) : std::nullopt;
}

std::vector<std::string_view> Record::all(std::string_view key) const {
    std::vector<std::string_view> values;
    for (const auto& [name, value] : lines_) {
        if (name == key) values.emplace_back(value);
    }
    return values;
}

std::string Record::serialized() const {
    std::string body;
    for (const auto& [key, value] : lines_)
        body += fmt::format("{} {}\n", key, value);
    return checksum_line(body) + body;
}

std::optional<Record> Record::parse(std::string_view file) {
    const std::size_t head = file.find('\n');
    if (head == std::string_view::npos) return std::nullopt;
    std::string_view body = file.substr(head + 1);
    if (file.substr(0, head + 1) != checksum_line(body)) return std::nullopt;
    Record record;
    while (!body.empty()) {
        const std::size_t end = body.find('\n');
        const std::size_t space = body.find(' ');
        if (end == std::string_view::npos || space > end) return std::nullopt;
        record.add(body.substr(0, space), body.substr(space + 1, end - space - 1));
        body.remove_prefix(end + 1);
    }
    return record;
}

Result<> write_record(FileSystem& files, const std::string& path, const Record& record,
                      bool durable) {
    const std::string text = record.serialized();
    const std::string fresh = path + ".new";
    {
        auto file = files.open(fresh, OpenMode::replace);
        // Left there by another user, it can be removed though not written.
        if (!file && file.error().code == EACCES && files.unlink(fresh)) {
            file = files.open(fresh, OpenMode::replace);
        }
        if (!file) return std::unexpected(file.error());
        iovec part = as_iovec(text);
        if (auto written = write_all_at(**file, 0, {&part, 1}); !written) return written;
        if (durable) {
            if (auto synced = (*file)->sync_data(); !synced) return synced;
        }
    }
    if (auto renamed = files.rename(fresh, path); !renamed) return renamed;
    return durable ? files.sync_directory(parent_path(path)) : Result<>{};
}

Result<Record> read_record(FileSystem& files, const std::string& path) {
    const auto text = read_whole_file(files, path);
    if (!text) return std::unexpected(text.error());
    auto record = Record::parse(*text);
    if (!record)
        return failure(fmt::format("read {}: damaged, its checksum is wrong", path), EBADMSG);
    return std::move(*record);
}

}  // namespace eventfwd
