#include "daemon/config/dead_letters_reader.h"

#include <fmt/format.h>

namespace eventfwd {

DeadLetterOptions read_dead_letters(Section section, ReadContext& context) {
    DeadLetterOptions dead_letters;
    dead_letters.path = context.path(section, "path", context.base.state, "dead-letters");
    context.take_once(section, "path", dead_letters.path);
    dead_letters.bytes_max =
        section.size("max_size", dead_letters.bytes_max, 1_MiB, std::uint64_t{1} << 40);
    section.refuse_unknown();
    return dead_letters;
}

std::string describe(const DeadLetterOptions& dead_letters) {
    return fmt::format("{}, at most {}", dead_letters.path, format_size(dead_letters.bytes_max));
}

}  // namespace eventfwd
