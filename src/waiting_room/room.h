// One waiting room and where a number stands in it. Pure: time and stock are passed in.
//
// Numbers are given in the order of arrival, and admitted in the order of their ranks. A number
// that was given before the room opened has its rank by lot: a permutation of those numbers, made
// from a seed that is drawn when the room opens, so that nothing is won by coming first or by
// knowing the program. A later number is its own rank. So a rank is arithmetic, and a shopper who
// asks again and again costs no look into the database.
//
// A turn begins with the first mark that covers the rank, and lasts turn minutes.

#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>

#include "catalog/catalog.h"
#include "platform/base/require.h"
#include "waiting_room/ticket.h"

namespace osier::waiting_room {

struct Mark {
  Instant at;
  std::int64_t admitted = 0;
};

struct Room {
  RoomId id;
  std::optional<catalog::ProductId> product_id;  // Nothing: the whole shop.
  std::int32_t rate = 1;                         // Admitted per second.
  Duration turn = 10min;
  std::optional<Instant> opens_at;
  std::int64_t last_number = 0;
  std::int64_t admitted = 0;
  std::optional<std::int64_t> drawn_numbers;  // Nothing until it has opened.
  std::int64_t draw_seed = 0;
  std::deque<Mark> marks;         // Rising.
  std::int64_t over_through = 0;  // Ranks whose turn is over for certain: their marks are gone.

  bool is_open() const { return drawn_numbers.has_value(); }
};

// The place of `number` among `count` numbers, from 1 to count: each once.
std::int64_t drawn_rank(std::int64_t number, std::int64_t count, std::int64_t seed);

enum class Stage {
  before_opening,  // The lot has not been drawn.
  waiting,
  admitted,
  over,  // The turn has passed.
};

struct Standing {
  Stage stage = Stage::waiting;
  std::int64_t rank = 0;      // 0 before the room opened.
  std::int64_t position = 0;  // 1 is next; 0 unless waiting.
  Duration estimate{};        // Until it is this number's turn.
  Instant until;              // The end of the turn, if admitted.
};

Standing standing_of(const Room& room, std::int64_t number, Instant now);

// Notes how far admission is, and forgets marks that are older than a turn.
void add_mark(Room& room, Mark mark);

}  // namespace osier::waiting_room
