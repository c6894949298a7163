#include "inventory/inventory.h"

namespace osier::inventory {

namespace {

constexpr pg::Statement bounds_sql{"verify.stock_bounds", R"sql(
  SELECT format('stock of variant %s at %s: on hand %s, committed %s, unavailable %s, oversell limit %s do not go together',
                variant_id, location_id, on_hand, committed, unavailable, oversell_limit)
    FROM inventory.stock_levels
   WHERE on_hand < 0 OR committed < 0 OR unavailable < 0 OR oversell_limit < 0
      OR committed::bigint + unavailable > on_hand::bigint + oversell_limit
)sql"};

constexpr pg::Statement movements_sql{"verify.stock_movements", R"sql(
  SELECT format('stock of variant %s at %s: the level says (%s, %s, %s, %s), its movements sum to (%s, %s, %s, %s)',
                level.variant_id, level.location_id,
                level.on_hand, level.committed, level.unavailable, level.oversell_limit,
                coalesce(moved.on_hand, 0), coalesce(moved.committed, 0), coalesce(moved.unavailable, 0),
                coalesce(moved.oversell_limit, 0))
    FROM inventory.stock_levels level
    LEFT JOIN (SELECT variant_id, location_id,
                      sum(on_hand_delta) AS on_hand,
                      sum(committed_delta) AS committed,
                      sum(unavailable_delta) AS unavailable,
                      sum(oversell_limit_delta) AS oversell_limit
                 FROM inventory.stock_movements
                GROUP BY variant_id, location_id) moved
      ON moved.variant_id = level.variant_id
     AND moved.location_id = level.location_id
   WHERE (level.on_hand, level.committed, level.unavailable, level.oversell_limit)
         IS DISTINCT FROM
         (coalesce(moved.on_hand, 0), coalesce(moved.committed, 0), coalesce(moved.unavailable, 0),
          coalesce(moved.oversell_limit, 0))
)sql"};

constexpr pg::Statement holders_sql{"verify.stock_holders", R"sql(
  SELECT format('holder %s was given back %s units of variant %s more than it had', holder_id, -committed, variant_id)
    FROM inventory.holder_units
   WHERE committed < 0
)sql"};

// A repair says how many it made.
constexpr pg::Statement audited_sql{"verify.stock_audited", R"sql(
  SELECT format('stock of %s was counted or repaired %s times, and the audit has entries of %s', counted.level,
                counted.times, coalesce(noted.times, 0))
    FROM (SELECT variant_id || '@' || location_id AS level, count(*) AS times
            FROM inventory.stock_movements
           WHERE kind = 'adjusted'
             AND at >= (SELECT since FROM audit.coverage WHERE changes = 'stock')
           GROUP BY variant_id, location_id) counted
   CROSS JOIN LATERAL (SELECT sum(CASE act.action WHEN 'stock_level.counted' THEN 1
                                                  WHEN 'stock_level.repaired' THEN (act.after->>'adjustments')::bigint
                                  END) AS times
                         FROM audit.acts act
                        WHERE act.object_kind = 'stock_level' AND act.object_id = counted.level) noted
   WHERE counted.times > coalesce(noted.times, 0)
)sql"};

constexpr pg::Invariant all[] = {
    {"inventory.level_is_within_its_bounds", bounds_sql},
    {"inventory.level_is_the_sum_of_its_movements", movements_sql},
    {"inventory.holder_gives_back_no_more_than_it_has", holders_sql},
    {"inventory.count_has_its_audit_entry", audited_sql},
};

}  // namespace

std::span<const pg::Invariant> invariants() { return all; }

}  // namespace osier::inventory
