#include "daemon/config/diagnostic.h"

#include <fmt/format.h>

namespace eventfwd {

std::string Diagnostic::text() const {
    std::string text = file;
    if (place.line > 0) text += fmt::format(":{}:{}", place.line, place.column);
    if (!text.empty()) text += ": ";
    if (!path.empty()) text += fmt::format("{}: ", path);
    return text + message;
}

}  // namespace eventfwd
