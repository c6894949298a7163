// Where pending orders came from, and how much each origin holds.

#include "orders/hold_origins.h"

#include <algorithm>

namespace osier::orders {

static pg::Bytes bytes_of(const std::string& text) { return {text.begin(), text.end()}; }

// No origin has more rows than the cap lets in, but for what several processes let in at one
// moment; the limit keeps the count cheap whatever happens.
static constexpr pg::Statement count_holds_sql{"orders.count_holds", R"sql(
  SELECT wanted.hash, count(held.units), coalesce(sum(held.units), 0)::bigint
    FROM unnest($1::bytea[]) AS wanted (hash)
   CROSS JOIN LATERAL (
     SELECT units FROM orders.hold_origins WHERE address_hash = wanted.hash
      UNION ALL
     SELECT units FROM orders.hold_origins WHERE email_hash = wanted.hash
      LIMIT 1000) held
   GROUP BY wanted.hash
)sql"};

std::size_t add_count_holds(pg::Batch& batch, const std::vector<NewOrder>& orders) {
  std::vector<pg::Bytes> hashes;
  for (const NewOrder& order : orders) {
    if (!order.origin) continue;
    hashes.push_back(bytes_of(order.origin->address_hash));
    hashes.push_back(bytes_of(order.origin->email_hash));
  }
  std::ranges::sort(hashes);
  const auto rest = std::ranges::unique(hashes);
  hashes.erase(rest.begin(), rest.end());
  return batch.add(count_holds_sql, hashes);
}

HoldCounts hold_counts_of(const pg::Rows& rows) {
  HoldCounts counts;
  for (const pg::Row& row : rows) {
    const auto hash = row.get<pg::Bytes>(0);
    counts[std::string(hash.begin(), hash.end())] = {.orders = row.get<std::int64_t>(1),
                                                     .units = row.get<std::int64_t>(2)};
  }
  return counts;
}

static constexpr pg::Statement insert_hold_origins_sql{"orders.insert_hold_origins", R"sql(
  INSERT INTO orders.hold_origins (order_id, address_hash, email_hash, units)
  SELECT * FROM unnest($1::uuid[], $2::bytea[], $3::bytea[], $4::integer[])
)sql"};

void add_hold_origins(pg::Batch& batch, const std::vector<NewOrder>& orders) {
  std::vector<OrderId> ids;
  std::vector<pg::Bytes> addresses, emails;
  std::vector<std::int32_t> units;
  for (const NewOrder& order : orders) {
    if (!order.origin) continue;
    ids.push_back(order.id);
    addresses.push_back(bytes_of(order.origin->address_hash));
    emails.push_back(bytes_of(order.origin->email_hash));
    units.push_back(units_of(order));
  }
  if (!ids.empty()) batch.add(insert_hold_origins_sql, ids, addresses, emails, units);
}

static constexpr pg::Statement forget_hold_origins_sql{"orders.forget_hold_origins", R"sql(
  DELETE FROM orders.hold_origins WHERE order_id = ANY ($1)
)sql"};

void add_forget_hold_origins(pg::Batch& batch, const std::vector<OrderId>& ids) {
  if (!ids.empty()) batch.add(forget_hold_origins_sql, ids);
}

std::int32_t units_of(const NewOrder& order) {
  std::int32_t units = 0;
  for (const OrderLine& line : order.lines) units += line.quantity;
  return units;
}

}  // namespace osier::orders
