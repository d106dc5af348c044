#include "sinks/hec/secret.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

#include "core/file_system.h"

namespace eventfwd {
namespace {

std::string trimmed(std::string_view text) {
    constexpr std::string_view kSpace = " \t\r\n";
    const std::size_t begin = text.find_first_not_of(kSpace);
    if (begin == std::string_view::npos) return {};
    return std::string(text.substr(begin, text.find_last_not_of(kSpace) - begin + 1));
}

Result<std::string> usable(const std::string& text, const std::string& where) {
    std::string secret = trimmed(text);
    if (secret.empty()) return failure(fmt::format("{} is empty", where));
    if (!std::ranges::all_of(secret, [](char c) { return c > ' ' && c < '\x7F'; })) {
        return failure(fmt::format("{} holds more than one word of plain characters", where));
    }
    return secret;
}

}  // namespace

Result<std::string> read_secret(const SecretSource& source) {
    if (source.file.empty()) {
        const char* const value = ::getenv(source.environment.c_str());
        return usable(value == nullptr ? "" : value, "the variable " + source.environment);
    }
    PosixFileSystem files;
    std::string path = source.file;
    auto text = read_whole_file(files, path);
    const char* const credentials = ::getenv("CREDENTIALS_DIRECTORY");
    if (!text && text.error().code == ENOENT && !source.credential.empty() &&
        credentials != nullptr) {
        path = fmt::format("{}/{}", credentials, source.credential);
        text = read_whole_file(files, path);
    }
    if (!text) return std::unexpected(text.error());
    return usable(*text, path);
}

}  // namespace eventfwd
