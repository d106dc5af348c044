#include "daemon/cli/line_input.h"

#include <fmt/format.h>

#include <cerrno>
#include <iterator>

#include "core/result.h"
#include "daemon/cli/complaints.h"

namespace eventfwd {

LineInput::LineInput(const std::string& file) {
    std::ios::sync_with_stdio(false);
    if (file.empty() || file == "-") return;
    name_ = file;
    file_.open(file, std::ios::binary);
    if (!file_) {
        fail(fmt::format("open {}: {}", file, error_text(errno)));
        is_good_ = false;
    }
    stream_ = &file_;
}

bool LineInput::next(std::string& line) {
    if (!std::getline(*stream_, line)) return false;
    if (line.ends_with('\r')) line.pop_back();
    return true;
}

std::string LineInput::rest() {
    return {std::istreambuf_iterator<char>(*stream_), {}};
}

bool LineInput::is_read() const {
    if (!stream_->bad()) return true;
    fail(fmt::format("read {}: {}", name_, error_text(errno)));
    return false;
}

}  // namespace eventfwd
