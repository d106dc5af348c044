// What `journal verify` finds.
#pragma once

#include <optional>
#include <string>

#include "journal/format.h"

namespace eventfwd {

// Something that should not be so.
struct Finding {
    std::string file;         // in the journal's directory
    std::uint64_t begin = 0;  // bytes [begin, end) of it; a place between two frames where equal
    std::uint64_t end = 0;
    std::optional<SequenceRange> numbers;  // that are gone, or in doubt
    std::string what;
};

// "000002.seg, bytes 64 to 206: no frame, but damaged bytes; numbers 2 to 5"
std::string describe(const Finding& finding);

}  // namespace eventfwd
