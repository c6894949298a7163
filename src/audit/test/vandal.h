// A superuser of the database who tampers with the record, the triggers switched off.

#pragma once

#include <array>
#include <cstdint>
#include <random>
#include <string>

#include "platform/base/uuid.h"
#include "platform/postgres/database.h"

namespace osier::audit::test {

// How many entries there are, all with a place, and which places have a signed head.
inline constexpr std::int64_t places = 60;
inline constexpr std::array<std::int64_t, 3> signed_places{20, 40, 60};

// What the vandal did, and what the check has to say first.
struct Deed {
  std::string what;
  std::string finding;
};

class Vandal {
 public:
  Vandal(pg::Database& database, unsigned seed) : database_(database), random_(seed) {}

  // Frees the way, and keeps what is there.
  Task<void> prepare();
  // Does one of the kinds 0 to deeds - 1, or for any other number edits some entry.
  static constexpr int deeds = 15;
  Task<Deed> do_one(int kind);
  Task<Deed> edit_at(std::int64_t seq);
  // Puts everything back.
  Task<void> repair();

 private:
  std::int64_t any(std::int64_t from, std::int64_t to) {
    return std::uniform_int_distribution<std::int64_t>(from, to)(random_);
  }
  Task<pg::Transaction> begin();

  Task<Deed> change_id();
  Task<Deed> change_hash();
  Task<Deed> remove_entry();
  Task<Deed> remove_place(bool renumber);
  Task<Deed> swap(bool with_hashes);
  Task<Deed> insert(bool well_computed);
  Task<Deed> insert_without_place();
  Task<Deed> date_back();
  Task<Deed> cut_end();
  Task<Deed> write_anew();
  Task<Deed> waylay(bool delete_entry);
  Task<void> forge(pg::Transaction& transaction, Uuid id, std::int64_t hours_ago);
  Task<void> compute_behind(pg::Transaction& transaction, std::int64_t from);

  pg::Database& database_;
  std::mt19937 random_;
};

}  // namespace osier::audit::test
