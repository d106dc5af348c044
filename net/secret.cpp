#include "net/secret.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

#include "core/file_system.h"
#include "core/text/text_words.h"

namespace eventfwd {
namespace {

Result<std::string> usable(const std::string& text, const std::string& where) {
    std::string secret(trimmed(text));
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
    auto text = read_whole_file(files, path, OpenMode::read_named);
    const char* const credentials = ::getenv("CREDENTIALS_DIRECTORY");
    if (!text && text.error().code == ENOENT && !source.credential.empty() &&
        credentials != nullptr) {
        path = fmt::format("{}/{}", credentials, source.credential);
        text = read_whole_file(files, path, OpenMode::read_named);
    }
    if (!text) return std::unexpected(text.error());
    return usable(*text, path);
}

}  // namespace eventfwd
