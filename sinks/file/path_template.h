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

    enum class Field { literal, application, event, date, hour };
    struct Piece {
        Field field;
        std::string literal;  // of a placeholder none
    };
    // What the path below the root is made of; of a fixed path nothing.
    const std::vector<Piece>& pieces() const { return pieces_; }

  private:
    std::string root_;
    std::string fixed_name_;
    std::vector<Piece> pieces_;
};

// Bytes of a value that its name in a path keeps.
constexpr std::size_t kValueBytesMax = 64;
// "-" and 16 hexadecimal digits, behind a name that had to be changed.
constexpr std::size_t kHashBytes = 17;
// Whether C stays as it is: [A-Za-z0-9._-].
bool is_safe(char c);

// VALUE as a file name's part: bytes that are not safe become "_", and no more than kValueBytesMax
// stay. A value that had to be changed, and "." and "..", get "-" and a hash of the whole value, so
// that two different values never share a file.
std::string safe_file_name(std::string_view value);

}  // namespace eventfwd
