#include "promotions/promotions.h"

namespace osier::promotions {

namespace {

constexpr pg::Statement limit_sql{"verify.coupon_limit", R"sql(
  SELECT format('coupon %s was used %s times and may be used %s times', code, uses, use_limit)
    FROM promotions.coupons
   WHERE uses < 0 OR uses > use_limit
)sql"};

constexpr pg::Statement uses_sql{"verify.coupon_uses", R"sql(
  SELECT format('coupon %s says %s uses, there are %s', code, c.uses, coalesce(living.count, 0))
    FROM promotions.coupons c
    LEFT JOIN (SELECT coupon_id, count(*) AS count FROM promotions.living_uses GROUP BY coupon_id) living
      ON living.coupon_id = c.id
   WHERE c.uses <> coalesce(living.count, 0)
)sql"};

constexpr pg::Statement customers_sql{"verify.coupon_customers", R"sql(
  SELECT format('a customer used coupon %s %s times and may use it %s times', c.code, count(*), c.use_limit_per_customer)
    FROM promotions.coupon_uses u
    JOIN promotions.coupons c ON c.id = u.coupon_id
   WHERE u.released_at IS NULL
     AND c.use_limit_per_customer IS NOT NULL
   GROUP BY c.id, u.customer_hash
  HAVING count(*) > c.use_limit_per_customer
)sql"};

constexpr pg::Statement audited_sql{"verify.coupons_audited", R"sql(
  SELECT format('coupon %s was %s, and the audit has no entry of it', code, change.word)
    FROM promotions.coupons coupon
   CROSS JOIN LATERAL (VALUES ('added', coupon.created_at), ('ended', coupon.ended_at)) AS change (word, at)
   WHERE change.at >= (SELECT since FROM audit.coverage WHERE changes = 'coupons')
     AND NOT EXISTS (SELECT FROM audit.acts act
                      WHERE act.object_kind = 'coupon' AND act.object_id = coupon.id::text
                        AND act.action = 'coupon.' || change.word)
)sql"};

constexpr pg::Invariant all[] = {
    {"promotions.coupon_is_used_within_its_limit", limit_sql},
    {"promotions.coupon_counts_its_living_uses", uses_sql},
    {"promotions.customer_uses_coupon_within_the_limit", customers_sql},
    {"promotions.change_has_its_audit_entry", audited_sql},
};

}  // namespace

std::span<const pg::Invariant> invariants() { return all; }

}  // namespace osier::promotions
