// Paths made from events: /var/log/eventfwd/{application}/{date}.log. The directory in front of the
// first placeholder is the root, and nothing in an event can lead out of it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "formatter/event.h"

namespace eventfwd {

class PathTemplate {
  public:
    // {application} {event} {date} {hour}, date and hour in UTC, of the event. Fails, saying what
    // was expected, for an unknown placeholder, an unclosed brace, or one in the first directory.
    static Result<PathTemplate> parse(const std::string& text);

    bool is_fixed() const { return pieces_.empty(); }
    // The literal directory; of a fixed path the one that it is in.
    const std::string& root() const { return root_; }
    // The path below the root, of a fixed path the file's name.
    std::string below_root(const Event& event) const;

  private:
    enum class Field { literal, application, event, date, hour };
    struct Piece {
        Field field;
        std::string literal;
    };

    std::string root_;
    std::string fixed_name_;
    std::vector<Piece> pieces_;
};

// VALUE as a file name's part: bytes outside [A-Za-z0-9._-] become "_", and no more than 64 bytes
// stay. A value that had to be changed, and "." and "..", get "-" and a hash of the whole value, so
// that two different values never share a file.
std::string safe_file_name(std::string_view value);

}  // namespace eventfwd
