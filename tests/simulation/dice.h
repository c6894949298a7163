// The one source of chance in a simulated shop: the same seed throws the same numbers everywhere.

#pragma once

#include <cstddef>
#include <cstdint>

namespace osier::simulation {

// SplitMix64 (Steele, Lea, Flood 2014): small, fast, good enough to play with, and the same on
// every machine.
class Dice {
 public:
  explicit Dice(std::uint64_t seed) : state_(seed) {}

  std::uint64_t next() {
    state_ += 0x9e3779b97f4a7c15;
    std::uint64_t mixed = state_;
    mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9;
    mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111eb;
    return mixed ^ (mixed >> 31);
  }

  // 0 … count − 1.
  std::size_t below(std::size_t count) { return static_cast<std::size_t>(next() % count); }
  std::int32_t between(std::int32_t least, std::int32_t most) {
    return least + static_cast<std::int32_t>(below(static_cast<std::size_t>(most - least + 1)));
  }
  // True that many times in a thousand.
  bool per_mille(int rate) { return static_cast<int>(below(1'000)) < rate; }
  template <class List>
  auto& pick(List& list) {
    return list[below(list.size())];
  }

 private:
  std::uint64_t state_;
};

}  // namespace osier::simulation
