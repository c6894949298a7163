#include "waiting_room/room.h"

#include <algorithm>
#include <bit>

namespace osier::waiting_room {

// SplitMix64's finisher: every bit of the input changes half of the output's.
static std::uint64_t mixed(std::uint64_t value) {
  value += 0x9E3779B97F4A7C15U;
  value = (value ^ value >> 30U) * 0xBF58476D1CE4E5B9U;
  value = (value ^ value >> 27U) * 0x94D049BB133111EBU;
  return value ^ value >> 31U;
}

// A Feistel network is a permutation of the numbers of 2·half bits; walking on from what lies
// beyond `count` makes it one of the first `count` (fewer than four steps on average).
std::int64_t drawn_rank(std::int64_t number, std::int64_t count, std::int64_t seed) {
  require(number >= 1 && number <= count, "a drawn number is one of those given");
  if (count == 1) return 1;
  constexpr int rounds = 6;
  const auto size = static_cast<std::uint64_t>(count);
  const auto half = static_cast<unsigned>((std::bit_width(size - 1) + 1) / 2);
  const std::uint64_t mask = (std::uint64_t{1} << half) - 1;
  auto value = static_cast<std::uint64_t>(number - 1);
  do {
    std::uint64_t left = value >> half;
    std::uint64_t right = value & mask;
    for (std::uint64_t round = 0; round < rounds; ++round) {
      const std::uint64_t key = mixed(static_cast<std::uint64_t>(seed) + round);
      const std::uint64_t next = (left ^ mixed(right ^ key)) & mask;
      left = right;
      right = next;
    }
    value = left << half | right;
  } while (value >= size);
  return static_cast<std::int64_t>(value) + 1;
}

static std::optional<Instant> admitted_at(const Room& room, std::int64_t rank) {
  const auto mark = std::ranges::lower_bound(room.marks, rank, {}, &Mark::admitted);
  return mark == room.marks.end() ? std::nullopt : std::optional(mark->at);
}

Standing standing_of(const Room& room, std::int64_t number, Instant now) {
  Standing standing;
  if (!room.is_open()) {
    standing.stage = Stage::before_opening;
    if (room.opens_at) standing.estimate = std::max(*room.opens_at - now, Duration{0});
    return standing;
  }
  const std::int64_t drawn = *room.drawn_numbers;
  standing.rank = number <= drawn ? drawn_rank(number, drawn, room.draw_seed) : number;
  if (standing.rank > room.admitted) {
    standing.stage = Stage::waiting;
    standing.position = standing.rank - room.admitted;
    standing.estimate = std::chrono::milliseconds(1'000 * standing.position / room.rate);
    return standing;
  }
  const auto since = admitted_at(room, standing.rank);
  const bool is_over = standing.rank <= room.over_through || (since && now > *since + room.turn);
  standing.stage = is_over ? Stage::over : Stage::admitted;
  standing.until = since.value_or(now) + room.turn;
  return standing;
}

void add_mark(Room& room, Mark mark) {
  if (room.marks.empty() || mark.admitted > room.marks.back().admitted) room.marks.push_back(mark);
  while (!room.marks.empty() && room.marks.front().at + room.turn < mark.at) {
    room.over_through = std::max(room.over_through, room.marks.front().admitted);
    room.marks.pop_front();
  }
}

}  // namespace osier::waiting_room
