// Chance for random tests: the same throws for the same seed.
#pragma once

#include <cstdint>
#include <random>

namespace eventfwd::test {

class Dice {
  public:
    explicit Dice(std::uint64_t seed) : engine_(seed) {}

    std::size_t below(std::size_t end) { return engine_() % end; }
    std::size_t between(std::size_t first, std::size_t last) {
        return first + below(last - first + 1);
    }
    bool one_in(std::size_t many) { return below(many) == 0; }
    bool percent(std::size_t likely) { return below(100) < likely; }

  private:
    std::mt19937_64 engine_;
};

}  // namespace eventfwd::test
