// From a line back to its event: parse(render(e)) == e for every event.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "formatter/event.h"

namespace eventfwd {

// Reused for many lines. Not shared between threads.
class LineParser {
  public:
    // LINE without its line feed. The views of the event live until the next call and as long as
    // LINE. Nothing where LINE is not exactly of the grammar of a rendered line.
    std::optional<Event> parse(std::string_view line);

    // As parse, but stops behind the event's name: all that a sink's match and path need.
    std::optional<Event> parse_head(std::string_view line);

  private:
    std::optional<Event> head(std::string_view& rest);
    bool field(std::string_view& rest, std::string_view name, std::string_view& value);

    std::vector<char> scratch_;
    std::size_t scratch_used_ = 0;
    std::vector<Property> properties_;
};

}  // namespace eventfwd
