// The options of the dead letters, with their defaults.
#pragma once

#include <cstdint>
#include <string>

namespace eventfwd {

struct DeadLetterOptions {
    // The directory that holds the files; it is made where it is not there.
    std::string path;

    // Bytes of all files together. At the limit the oldest file of the input or sink that has the
    // most is removed, and its letters are counted as expired.
    std::uint64_t bytes_max = 64 << 20;
};

}  // namespace eventfwd
