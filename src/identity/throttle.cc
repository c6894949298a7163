#include "identity/throttle.h"

#include <algorithm>

#include "platform/base/require.h"
#include "platform/crypto/crypto.h"
#include "platform/postgres/shared_key.h"

namespace osier::identity {

Throttle::Throttle(pg::Database& database, const Clock& clock)
    : database_(database), clock_(clock) {}

Task<void> Throttle::load(Random& random) {
  key_ = co_await pg::shared_key(database_, random, "throttle");
}

// In the order of their keys, in which all take their locks.
std::vector<std::pair<pg::Bytes, const ThrottleRule*>> Throttle::keyed(
    const std::vector<Bucket>& buckets) const {
  require(!key_.empty(), "the throttle's key was loaded");
  std::vector<std::pair<pg::Bytes, const ThrottleRule*>> keyed;
  for (const Bucket& bucket : buckets) {
    const auto digest =
        crypto::hmac_sha256(key_.reveal(), std::string(bucket.rule->name) + '\0' + bucket.subject);
    keyed.emplace_back(pg::Bytes(digest.begin(), digest.end()), bucket.rule);
  }
  std::ranges::sort(keyed, {}, [](const auto& entry) { return entry.first; });
  return keyed;
}

namespace {

std::int64_t step_of(const ThrottleRule& rule) { return rule.per.count() / rule.count; }

}  // namespace

static constexpr pg::Statement take_sql{"identity.throttle_take", R"sql(
  INSERT INTO identity.throttles AS bucket (key, at_rest_at)
  VALUES ($1, $2::timestamptz + $3::bigint * interval '1 microsecond')
  ON CONFLICT (key) DO UPDATE
     SET at_rest_at = greatest(bucket.at_rest_at, $2::timestamptz) + $3::bigint * interval '1 microsecond'
   WHERE greatest(bucket.at_rest_at, $2::timestamptz)
         <= $2::timestamptz + $4::bigint * interval '1 microsecond'
  RETURNING at_rest_at
)sql"};

static constexpr pg::Statement at_rest_sql{"identity.throttle_at_rest", R"sql(
  SELECT at_rest_at FROM identity.throttles WHERE key = $1
)sql"};

Task<Result<void, Throttled>> Throttle::take(std::vector<Bucket> buckets) {
  const Instant now = clock_.now();
  const auto keys = keyed(buckets);
  pg::Batch batch;
  // There is one left as long as resting takes no longer than all but one step.
  for (const auto& [key, rule] : keys) {
    batch.add(take_sql, key, now, step_of(*rule), rule->per.count() - step_of(*rule));
  }
  // What the last moments lose in a crash is a few failures.
  auto transaction = co_await database_.begin(pg::Durability::asynchronous);
  const auto taken = co_await transaction.run_all(std::move(batch));
  Duration wait{0};
  for (std::size_t i = 0; i < keys.size(); ++i) {
    if (!taken[i].empty()) continue;
    const auto& [key, rule] = keys[i];
    const auto row = co_await transaction.run_one(at_rest_sql, key);
    if (!row) continue;
    const Duration left = row->get<Instant>(0) - now - rule->per + Duration(step_of(*rule));
    wait = std::max(wait, std::max(left, Duration(1s)));
  }
  if (wait > Duration(0)) co_return refuse(Throttled{wait});  // All of it is rolled back.
  co_await transaction.commit();
  co_return Result<void, Throttled>{};
}

static constexpr pg::Statement give_back_sql{"identity.throttle_give_back", R"sql(
  UPDATE identity.throttles SET at_rest_at = at_rest_at - $2::bigint * interval '1 microsecond'
   WHERE key = $1
)sql"};

Task<void> Throttle::give_back(std::vector<Bucket> buckets) {
  pg::Batch batch;
  for (const auto& [key, rule] : keyed(buckets)) batch.add(give_back_sql, key, step_of(*rule));
  if (batch.empty()) co_return;
  auto transaction = co_await database_.begin(pg::Durability::asynchronous);
  co_await transaction.run_all_and_commit(std::move(batch));
}

static constexpr pg::Statement trim_sql{"identity.throttle_trim", R"sql(
  DELETE FROM identity.throttles
   WHERE key IN (SELECT key FROM identity.throttles WHERE at_rest_at < $1 LIMIT 10000)
)sql"};

Task<std::int64_t> Throttle::trim() {
  const auto rows = co_await database_.run(trim_sql, clock_.now());
  co_return rows.affected();
}

}  // namespace osier::identity
