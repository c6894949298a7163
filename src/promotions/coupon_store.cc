#include "promotions/coupon_store.h"

#include <algorithm>

namespace osier::promotions {

// What the viewer's own order uses is not counted, so that a cart which is looked at again may keep
// its coupon.
static constexpr pg::Statement select_standings_sql{"promotions.select_standings", R"sql(
  SELECT c.id, c.code, c.title, c.kind, coalesce(c.percent_ppm, 0) AS percent_ppm, c.valid_from, c.valid_to, c.ended_at,
         c.use_limit, c.use_limit_per_customer,
         c.uses - (SELECT count(*) FROM promotions.coupon_uses own
                    WHERE own.holder_id = $3 AND own.coupon_id = c.id AND own.released_at IS NULL) AS uses,
         CASE WHEN $2::text <> '' AND c.use_limit_per_customer IS NOT NULL
              THEN (SELECT count(*) FROM promotions.coupon_uses u
                     WHERE u.coupon_id = c.id AND u.released_at IS NULL
                       AND u.customer_hash = sha256(c.salt || convert_to($2::text, 'UTF8'))
                       AND u.holder_id IS DISTINCT FROM $3::uuid)
              ELSE 0 END AS uses_of_customer,
         m.codes, m.currencies, m.amounts, m.minimums
    FROM promotions.coupons c
    LEFT JOIN LATERAL (
           SELECT array_agg(k.code ORDER BY k.code) AS codes, array_agg(t.currency::text ORDER BY k.code) AS currencies,
                  array_agg(coalesce(t.amount_minor, 0) ORDER BY k.code) AS amounts,
                  array_agg(t.minimum_minor ORDER BY k.code) AS minimums
             FROM promotions.coupon_markets t JOIN catalog.markets k ON k.id = t.market_id
            WHERE t.coupon_id = c.id) m ON true
   WHERE c.code = ANY ($1::text[])
   ORDER BY c.code
)sql"};

// For the list of all coupons: nobody's own uses. A statement of its own, because a plan for any
// parameters could not use the index of codes.
static constexpr pg::Statement select_all_sql{"promotions.select_all", R"sql(
  SELECT c.id, c.code, c.title, c.kind, coalesce(c.percent_ppm, 0) AS percent_ppm, c.valid_from, c.valid_to, c.ended_at,
         c.use_limit, c.use_limit_per_customer, c.uses, 0 AS uses_of_customer,
         m.codes, m.currencies, m.amounts, m.minimums
    FROM promotions.coupons c
    LEFT JOIN LATERAL (
           SELECT array_agg(k.code ORDER BY k.code) AS codes, array_agg(t.currency::text ORDER BY k.code) AS currencies,
                  array_agg(coalesce(t.amount_minor, 0) ORDER BY k.code) AS amounts,
                  array_agg(t.minimum_minor ORDER BY k.code) AS minimums
             FROM promotions.coupon_markets t JOIN catalog.markets k ON k.id = t.market_id
            WHERE t.coupon_id = c.id) m ON true
   ORDER BY c.code
)sql"};

static void read_terms(const pg::Row& row, Coupon& coupon) {
  const auto codes = row.get<std::optional<std::vector<std::string>>>("codes");
  if (!codes) return;
  const auto currencies = row.get<std::vector<Currency>>("currencies");
  const auto amounts = row.get<std::vector<std::int64_t>>("amounts");
  const auto minimums = row.get<std::vector<std::int64_t>>("minimums");
  for (std::size_t i = 0; i < codes->size(); ++i) {
    coupon.markets.push_back({.market_code = (*codes)[i],
                              .amount = Money::minor(amounts[i], currencies[i]),
                              .minimum_goods = Money::minor(minimums[i], currencies[i])});
  }
}

static CouponStanding standing_of(const pg::Row& row) {
  CouponStanding standing;
  Coupon& coupon = standing.coupon;
  coupon.id = row.get<CouponId>("id");
  coupon.code = row.get<std::string>("code");
  coupon.title = catalog::Texts::from_json(row.get<std::string>("title"));
  coupon.kind = parse_kind(row.get<std::string>("kind"));
  coupon.percent_ppm = row.get<std::int32_t>("percent_ppm");
  coupon.valid_from = row.get<Instant>("valid_from");
  coupon.valid_to = row.get<std::optional<Instant>>("valid_to");
  coupon.ended_at = row.get<std::optional<Instant>>("ended_at");
  coupon.use_limit = row.get<std::optional<std::int32_t>>("use_limit");
  coupon.use_limit_per_customer = row.get<std::optional<std::int32_t>>("use_limit_per_customer");
  read_terms(row, coupon);
  standing.uses = row.get<std::int64_t>("uses");
  standing.uses_of_customer = row.get<std::int64_t>("uses_of_customer");
  return standing;
}

static std::vector<CouponStanding> standings_of(const pg::Rows& rows) {
  std::vector<CouponStanding> standings;
  for (const pg::Row& row : rows) standings.push_back(standing_of(row));
  return standings;
}

Task<std::vector<CouponStanding>> select_standings(pg::Database& database,
                                                   std::vector<std::string> codes,
                                                   std::string customer,
                                                   std::optional<HolderId> own_holder) {
  if (codes.empty()) co_return std::vector<CouponStanding>();
  const auto rows = co_await database.run(select_standings_sql, codes, customer, own_holder);
  co_return standings_of(rows);
}

Task<std::vector<CouponStanding>> select_all(pg::Database& database) {
  const auto rows = co_await database.run(select_all_sql);
  co_return standings_of(rows);
}

// Sorted before they are locked: every transaction takes coupons in this order.
static constexpr pg::Statement lock_coupons_sql{"promotions.lock_coupons", R"sql(
  SELECT id, uses, use_limit, use_limit_per_customer,
         ended_at IS NOT NULL OR coalesce(valid_to <= clock_timestamp(), false) AS has_ended
    FROM promotions.coupons
   WHERE id = ANY ($1)
   ORDER BY id
     FOR UPDATE
)sql"};

std::size_t add_lock(pg::Batch& batch, std::vector<CouponId> coupons) {
  return batch.add(lock_coupons_sql, coupons);
}

LockedCoupon locked_coupon_of(const pg::Row& row) {
  return {.id = row.get<CouponId>("id"),
          .uses = row.get<std::int64_t>("uses"),
          .use_limit = row.get<std::optional<std::int32_t>>("use_limit"),
          .use_limit_per_customer = row.get<std::optional<std::int32_t>>("use_limit_per_customer"),
          .has_ended = row.get<bool>("has_ended")};
}

static constexpr pg::Statement count_customers_sql{"promotions.count_customers", R"sql(
  SELECT asked.coupon_id, asked.customer, count(*) AS uses
    FROM (SELECT DISTINCT * FROM unnest($1::uuid[], $2::text[]) AS a (coupon_id, customer)) AS asked
    JOIN promotions.coupons c ON c.id = asked.coupon_id AND c.use_limit_per_customer IS NOT NULL
    JOIN promotions.coupon_uses u
      ON u.coupon_id = c.id AND u.released_at IS NULL
     AND u.customer_hash = sha256(c.salt || convert_to(asked.customer, 'UTF8'))
   GROUP BY asked.coupon_id, asked.customer
)sql"};

void add_count_of_customers(pg::Batch& batch, const CouponCustomers& asked) {
  batch.add(count_customers_sql, asked.coupons, asked.customers);
}

CustomerUses customer_uses_of(const pg::Row& row) {
  return {.coupon_id = row.get<CouponId>("coupon_id"),
          .customer = row.get<std::string>("customer"),
          .uses = row.get<std::int64_t>("uses")};
}

static constexpr pg::Statement insert_uses_sql{"promotions.insert_uses", R"sql(
  INSERT INTO promotions.coupon_uses (holder_id, coupon_id, customer_hash)
  SELECT taken.holder_id, c.id, sha256(c.salt || convert_to(taken.customer, 'UTF8'))
    FROM unnest($1::uuid[], $2::uuid[], $3::text[]) AS taken (holder_id, coupon_id, customer)
    JOIN promotions.coupons c ON c.id = taken.coupon_id
)sql"};

static constexpr pg::Statement raise_uses_sql{"promotions.raise_uses", R"sql(
  UPDATE promotions.coupons c
     SET uses = c.uses + taken.count
    FROM (SELECT coupon_id, count(*)::integer AS count FROM unnest($1::uuid[]) AS t (coupon_id)
           GROUP BY coupon_id) AS taken
   WHERE c.id = taken.coupon_id
)sql"};

void add_insert_uses(pg::Batch& batch, const std::vector<UseDemand>& demands) {
  std::vector<HolderId> holders;
  std::vector<CouponId> coupons;
  std::vector<std::string> customers;
  for (const UseDemand& demand : demands) {
    for (const CouponId coupon : demand.coupons) {
      holders.push_back(demand.holder_id);
      coupons.push_back(coupon);
      customers.push_back(demand.customer);
    }
  }
  if (coupons.empty()) return;
  batch.add(insert_uses_sql, holders, coupons, customers);
  batch.add(raise_uses_sql, coupons);
}

static constexpr pg::Statement lock_held_coupons_sql{"promotions.lock_held_coupons", R"sql(
  SELECT id
    FROM promotions.coupons
   WHERE id IN (SELECT coupon_id FROM promotions.coupon_uses WHERE holder_id = ANY ($1))
   ORDER BY id
     FOR UPDATE
)sql"};

// Runs after the lock, so that a release at the same time has been seen.
static constexpr pg::Statement release_uses_sql{"promotions.release_uses", R"sql(
  WITH given_back AS (
    UPDATE promotions.coupon_uses SET released_at = clock_timestamp()
     WHERE holder_id = ANY ($1) AND released_at IS NULL
    RETURNING coupon_id)
  UPDATE promotions.coupons c
     SET uses = c.uses - returned.count
    FROM (SELECT coupon_id, count(*)::integer AS count FROM given_back GROUP BY coupon_id) AS returned
   WHERE c.id = returned.coupon_id
)sql"};

void add_release(pg::Batch& batch, const std::vector<HolderId>& holders) {
  batch.add(lock_held_coupons_sql, holders);
  batch.add(release_uses_sql, holders);
}

static constexpr pg::Statement select_released_sql{"promotions.select_released", R"sql(
  SELECT holder_id, coupon_id, encode(customer_hash, 'hex') AS customer
    FROM promotions.coupon_uses
   WHERE holder_id = ANY ($1) AND released_at IS NOT NULL
   ORDER BY coupon_id
)sql"};

Task<std::vector<ReleasedUse>> select_released(pg::Transaction& transaction,
                                               std::vector<HolderId> holders) {
  const auto rows = co_await transaction.run(select_released_sql, holders);
  std::vector<ReleasedUse> uses;
  for (const pg::Row& row : rows) {
    uses.push_back({.holder_id = row.get<HolderId>("holder_id"),
                    .coupon_id = row.get<CouponId>("coupon_id"),
                    .customer = row.get<std::string>("customer")});
  }
  co_return uses;
}

static constexpr pg::Statement count_hashes_sql{"promotions.count_hashes", R"sql(
  SELECT asked.coupon_id, asked.customer, count(*) AS uses
    FROM (SELECT DISTINCT * FROM unnest($1::uuid[], $2::text[]) AS a (coupon_id, customer)) AS asked
    JOIN promotions.coupon_uses u
      ON u.coupon_id = asked.coupon_id AND u.released_at IS NULL AND u.customer_hash = decode(asked.customer, 'hex')
   GROUP BY asked.coupon_id, asked.customer
)sql"};

void add_count_of_hashes(pg::Batch& batch, const CouponCustomers& asked) {
  batch.add(count_hashes_sql, asked.coupons, asked.customers);
}

static constexpr pg::Statement take_again_sql{"promotions.take_again", R"sql(
  WITH taken AS (
    UPDATE promotions.coupon_uses SET released_at = NULL, taken_at = clock_timestamp()
     WHERE holder_id = ANY ($1) AND released_at IS NOT NULL
    RETURNING coupon_id)
  UPDATE promotions.coupons c
     SET uses = c.uses + more.count
    FROM (SELECT coupon_id, count(*)::integer AS count FROM taken GROUP BY coupon_id) AS more
   WHERE c.id = more.coupon_id
)sql"};

void add_take_again(pg::Batch& batch, const std::vector<HolderId>& holders) {
  batch.add(take_again_sql, holders);
}

static constexpr pg::Statement insert_coupon_sql{"promotions.insert_coupon", R"sql(
  INSERT INTO promotions.coupons (id, code, title, kind, percent_ppm, valid_from, valid_to, use_limit,
                                  use_limit_per_customer)
  VALUES ($1, $2, jsonb_strip_nulls(jsonb_build_object('en', $3::text, 'de', nullif($4::text, ''))), $5, $6, $7, $8,
          $9, $10)
  ON CONFLICT (code) DO NOTHING
)sql"};

Task<bool> insert_coupon(pg::Transaction& transaction, CouponId id, Promotions::NewCoupon coupon,
                         Instant valid_from) {
  const auto percent = coupon.kind == CouponKind::percent ? std::optional(coupon.percent_ppm)
                                                          : std::optional<std::int32_t>();
  const auto rows = co_await transaction.run(
      insert_coupon_sql, id, coupon.code, coupon.title_en, coupon.title_de, to_string(coupon.kind),
      percent, valid_from, coupon.valid_to, coupon.use_limit, coupon.use_limit_per_customer);
  co_return rows.affected() == 1;
}

static constexpr pg::Statement insert_terms_sql{"promotions.insert_terms", R"sql(
  INSERT INTO promotions.coupon_markets (coupon_id, market_id, currency, amount_minor, minimum_minor)
  SELECT $1, m.id, m.currency, t.amount, t.minimum
    FROM unnest($2::text[], $3::bigint[], $4::bigint[]) AS t (code, amount, minimum)
    JOIN catalog.markets m ON m.code = t.code
)sql"};

Task<std::int64_t> insert_terms(pg::Transaction& transaction, CouponId id,
                                std::vector<Promotions::MarketTerms> terms) {
  std::vector<std::string> codes;
  std::vector<std::optional<std::int64_t>> amounts;
  std::vector<std::int64_t> minimums;
  for (const auto& market : terms) {
    codes.push_back(market.market_code);
    amounts.push_back(market.amount_minor);
    minimums.push_back(market.minimum_minor);
  }
  const auto rows = co_await transaction.run(insert_terms_sql, id, codes, amounts, minimums);
  co_return rows.affected();
}

static constexpr pg::Statement end_coupon_sql{"promotions.end_coupon", R"sql(
  UPDATE promotions.coupons SET ended_at = $2 WHERE code = $1 AND ended_at IS NULL RETURNING id
)sql"};

Task<std::optional<CouponId>> update_ended(pg::Transaction& transaction, std::string code,
                                           Instant now) {
  const auto row = co_await transaction.run_one(end_coupon_sql, code, now);
  co_return row ? std::optional(row->get<CouponId>("id")) : std::nullopt;
}

}  // namespace osier::promotions
