#include "audit/sequencer.h"

#include <stdexcept>

#include "audit/chain.h"
#include "platform/telemetry/log.h"

namespace osier::audit {

// Held to the end of the transaction. The number is any that nobody else uses.
static constexpr pg::Statement lock_chain_sql{"audit.lock_chain", R"sql(
  SELECT pg_try_advisory_xact_lock(4611686018427420001)
)sql"};

static constexpr pg::Statement last_place_sql{"audit.last_place", R"sql(
  SELECT seq, hash FROM audit.chain ORDER BY seq DESC LIMIT 1
)sql"};

// An entry that was deleted while it waited is left for the check to find.
static constexpr pg::Statement waiting_sql{"audit.waiting", R"sql(
  SELECT waiting.position AS waits_at, entry.id, entry.position, entry.at, actor_kind, actor, action, object_kind, object_id, before, after, reason,
         request_id, network
    FROM audit.unchained waiting
    JOIN audit.entries entry ON entry.id = waiting.entry_id
   ORDER BY waiting.position
   LIMIT $1
)sql"};

static constexpr pg::Statement insert_places_sql{"audit.insert_places", R"sql(
  INSERT INTO audit.chain (seq, entry_id, hash)
  SELECT seq, entry_id, hash FROM unnest($1::bigint[], $2::uuid[], $3::bytea[]) AS place (seq, entry_id, hash)
)sql"};

static constexpr pg::Statement end_waiting_sql{"audit.end_waiting", R"sql(
  DELETE FROM audit.unchained WHERE position = ANY ($1)
)sql"};

static LastPlace last_of(const pg::Rows& rows) {
  if (rows.empty()) return {.seq = 0, .hash = first_hash};
  const auto hash = digest_of(rows[0].get<std::optional<pg::Bytes>>("hash"));
  if (!hash) throw std::runtime_error("the hash of the last place in the audit's chain is none");
  return {.seq = rows[0].get<std::int64_t>("seq"), .hash = *hash};
}

Task<int> seal_waiting(pg::Database& database, int round_max) {
  auto transaction = co_await database.begin();
  pg::Batch load;
  load.add(lock_chain_sql);
  load.add(last_place_sql);  // Sees what the last holder of the lock has committed.
  load.add(waiting_sql, round_max);
  const auto loaded = co_await transaction.run_all(std::move(load));
  if (!loaded[0][0].get<bool>(0) || loaded[2].empty()) co_return 0;

  auto [seq, hash] = last_of(loaded[1]);
  std::vector<std::int64_t> places, waited_at;
  std::vector<std::string> entries;
  std::vector<pg::Bytes> hashes;
  for (const pg::Row row : loaded[2]) {
    const StoredEntry entry = entry_of(row);
    hash = next_hash(hash, entry);
    places.push_back(++seq);
    waited_at.push_back(row.get<std::int64_t>("waits_at"));
    entries.push_back(*entry.id);
    hashes.push_back(bytes_of(hash));
  }
  pg::Batch write;
  write.add(insert_places_sql, places, entries, hashes);
  write.add(end_waiting_sql, waited_at);
  co_await transaction.run_all_and_commit(std::move(write));
  co_return static_cast<int>(places.size());
}

Task<LastPlace> last_place(pg::Database& database) {
  co_return last_of(co_await database.run(last_place_sql));
}

static constexpr pg::Statement backlog_sql{"audit.backlog", R"sql(
  SELECT count(*) AS entries,
         (coalesce(extract(epoch FROM clock_timestamp() - min(since)), 0) * 1000000)::bigint AS oldest
    FROM audit.unchained
)sql"};

Task<Backlog> backlog_of(pg::Database& database) {
  const auto row = co_await database.run_one(backlog_sql);
  co_return Backlog{.entries = row->get<std::int64_t>("entries"),
                    .oldest = Duration(row->get<std::int64_t>("oldest"))};
}

// --- Running.

Sequencer::Sequencer(pg::Database& database, telemetry::Log& log)
    : database_(database), log_(log) {}

void Sequencer::stop() { nudge_.stop(); }

Task<void> Sequencer::run() {
  constexpr Duration pause_after_failure = 3s;
  while (!nudge_.is_stopped()) {
    Duration pause = look_interval;
    try {
      const int sealed = co_await seal_waiting(database_);
      if (sealed == round_max) pause = Duration::zero();
    } catch (const std::exception& error) {
      log_.warning("the audit chain was not sealed", {{"error", error.what()}});
      pause = pause_after_failure;
    }
    if (pause > Duration::zero()) co_await nudge_.sleep(pause);
  }
}

}  // namespace osier::audit
