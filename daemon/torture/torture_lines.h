// The lines of the crash test. Each follows from the run's seed, the life of the loader that
// appended it, and its number: whoever reads a line back knows every byte that it must have.
#pragma once

#include <cstdint>
#include <string>

namespace eventfwd {

class TortureLines {
  public:
    explicit TortureLines(std::uint64_t seed);

    // Appends the line, with its line feed, to OUT.
    void append(std::uint32_t life, std::uint64_t number, std::string& out) const;

  private:
    std::string filler_;
};

}  // namespace eventfwd
