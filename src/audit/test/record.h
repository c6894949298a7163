// A record of some acts for tests: entries of all kinds, with their places.

#pragma once

#include <string>
#include <vector>

#include "audit/audit.h"
#include "audit/sequencer.h"

namespace osier::audit::test {

inline constexpr Instant noon{std::chrono::microseconds{1'795'348'800'000'000}};

inline Entry entry_about(const std::string& object) {
  Entry entry{.actor = {ActorKind::staff, "01900000-0000-7000-8000-00000000000a"},
              .action = "coupon.added",
              .object_kind = "coupon",
              .object_id = object};
  entry.after.add("percent_ppm", 100'000).add("code", "SPRING " + object);
  entry.reason = "it is \"spring\"";
  entry.actor.request_id = "request-" + object;
  entry.actor.client_address = "203.0.113.77";
  return entry;
}

inline Task<void> write_entries(pg::Database& database, std::vector<Entry> entries) {
  auto transaction = co_await database.begin();
  pg::Batch batch;
  add_entries(batch, entries, noon);
  co_await transaction.run_all_and_commit(std::move(batch));
}

// One transaction each; every third says little.
inline Task<void> write_some(pg::Database& database, int count) {
  for (int i = 0; i < count; ++i) {
    std::vector<Entry> entries{entry_about(std::to_string(i))};
    if (i % 3 == 0)
      entries.front() = {.actor = {ActorKind::system, "system"},
                         .action = "order.released",
                         .object_kind = "order",
                         .object_id = std::to_string(i)};
    co_await write_entries(database, std::move(entries));
  }
}

inline Task<void> seal_all(pg::Database& database) {
  while (co_await seal_waiting(database) > 0) {
  }
}

}  // namespace osier::audit::test
