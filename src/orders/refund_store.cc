#include "orders/refund_store.h"

#include <algorithm>

#include "platform/crypto/crypto.h"

namespace osier::orders {

namespace {

template <class Word>
Word known(std::optional<Word> word) {
  require(word.has_value(), "the schema knows no word that the code does not");
  return *word;
}

}  // namespace

static constexpr pg::Statement select_refundable_lines_sql{"orders.select_refundable_lines", R"sql(
  SELECT id, variant_id, sku, quantity, canceled_quantity, total_minor
    FROM orders.order_lines
   WHERE order_id = $1
   ORDER BY position
)sql"};

static constexpr pg::Statement select_refundable_sums_sql{"orders.select_refundable_sums", R"sql(
  SELECT currency, status,
         (SELECT coalesce(sum(total_minor), 0)::bigint FROM orders.order_shipping_lines WHERE order_id = $1) AS shipping,
         (SELECT coalesce(sum(shipping_minor), 0)::bigint FROM orders.order_refunds WHERE order_id = $1) AS refunded
    FROM orders.orders
   WHERE id = $1
)sql"};

Task<RefundableOrder> load_refundable(pg::Transaction& transaction, OrderId id) {
  pg::Batch batch;
  const auto sums_at = batch.add(select_refundable_sums_sql, id);
  const auto lines_at = batch.add(select_refundable_lines_sql, id);
  const auto results = co_await transaction.run_all(std::move(batch));
  const pg::Row sums = results[sums_at][0];
  const auto currency = sums.get<Currency>("currency");

  RefundableOrder order;
  order.facts.status = known(parse_order_status(sums.get<std::string>("status")));
  order.facts.currency = currency;
  order.facts.shipping = Money::minor(sums.get<std::int64_t>("shipping"), currency);
  order.facts.shipping_refunded = Money::minor(sums.get<std::int64_t>("refunded"), currency);
  for (const pg::Row& row : results[lines_at]) {
    order.facts.lines.push_back(
        {.id = row.get<LineId>("id"),
         .total = Money::minor(row.get<std::int64_t>("total_minor"), currency),
         .quantity = row.get<std::int32_t>("quantity"),
         .canceled = row.get<std::int32_t>("canceled_quantity")});
    order.variants.push_back(row.get<catalog::VariantId>("variant_id"));
    order.skus.push_back(row.get<std::string>("sku"));
  }
  co_return order;
}

// --- Records.

static constexpr pg::Statement insert_refunds_sql{"orders.insert_refunds", R"sql(
  INSERT INTO orders.order_refunds (id, order_id, amount_minor, shipping_minor, units, reason, actor)
  SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::bigint[], $5::text[], $6::text[], $7::text[])
)sql"};

static constexpr pg::Statement insert_refund_lines_sql{"orders.insert_refund_lines", R"sql(
  INSERT INTO orders.order_refund_lines (order_refund_id, line_id, quantity, amount_minor)
  SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::integer[], $4::bigint[])
)sql"};

static constexpr pg::Statement insert_refund_payments_sql{"orders.insert_refund_payments", R"sql(
  INSERT INTO orders.order_refund_payments (refund_id, order_refund_id, amount_minor)
  SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::bigint[])
)sql"};

static void add_refund_lines(pg::Batch& batch, const std::vector<NewRefund>& refunds) {
  std::vector<OrderRefundId> ids;
  std::vector<LineId> lines;
  std::vector<std::int32_t> quantities;
  std::vector<std::int64_t> amounts;
  for (const auto& [order_id, refund] : refunds) {
    for (const OrderRefund::Line& line : refund.lines) {
      ids.push_back(refund.id);
      lines.push_back(line.line_id);
      quantities.push_back(line.quantity);
      amounts.push_back(line.amount.amount_minor());
    }
  }
  if (!ids.empty()) batch.add(insert_refund_lines_sql, ids, lines, quantities, amounts);
}

static void add_refund_payments(pg::Batch& batch, const std::vector<NewRefund>& refunds) {
  std::vector<OrderRefundId> ids;
  std::vector<payments::RefundId> payments;
  std::vector<std::int64_t> amounts;
  for (const auto& [order_id, refund] : refunds) {
    for (const OrderRefund::Payment& payment : refund.payments) {
      ids.push_back(refund.id);
      payments.push_back(payment.refund_id);
      amounts.push_back(payment.amount.amount_minor());
    }
  }
  if (!ids.empty()) batch.add(insert_refund_payments_sql, payments, ids, amounts);
}

void add_refund_records(pg::Batch& batch, const std::vector<NewRefund>& refunds) {
  if (refunds.empty()) return;
  std::vector<OrderRefundId> ids;
  std::vector<OrderId> orders;
  std::vector<std::int64_t> amounts, shipping;
  std::vector<std::string_view> units;
  std::vector<std::string> reasons, actors;
  for (const auto& [order_id, refund] : refunds) {
    ids.push_back(refund.id);
    orders.push_back(order_id);
    amounts.push_back(refund.amount.amount_minor());
    shipping.push_back(refund.shipping.amount_minor());
    units.push_back(to_string(refund.units));
    reasons.push_back(refund.reason);
    actors.push_back(refund.actor);
  }
  batch.add(insert_refunds_sql, ids, orders, amounts, shipping, units, reasons, actors);
  add_refund_lines(batch, refunds);
  add_refund_payments(batch, refunds);
}

static constexpr pg::Statement cancel_units_sql{"orders.cancel_units", R"sql(
  UPDATE orders.order_lines line
     SET canceled_quantity = line.canceled_quantity + taken.quantity
    FROM unnest($1::uuid[], $2::integer[]) AS taken (line_id, quantity)
   WHERE line.id = taken.line_id
)sql"};

static constexpr pg::Statement nothing_to_send_sql{"orders.nothing_to_send", R"sql(
  UPDATE orders.orders
     SET fulfilment_status = 'canceled', updated_at = clock_timestamp()
   WHERE id = $1
     AND fulfilment_status IN ('unfulfilled', 'on_hold')
     AND NOT EXISTS (SELECT 1
                       FROM orders.order_lines line
                      WHERE line.order_id = $1
                        AND line.quantity > line.canceled_quantity)
)sql"};

void add_canceled_units(pg::Batch& batch, OrderId id, const std::vector<OrderRefund::Line>& lines) {
  if (lines.empty()) return;
  std::vector<LineId> ids;
  std::vector<std::int32_t> quantities;
  for (const OrderRefund::Line& line : lines) {
    ids.push_back(line.line_id);
    quantities.push_back(line.quantity);
  }
  batch.add(cancel_units_sql, ids, quantities);
  batch.add(nothing_to_send_sql, id);
}

// --- Reading.

static constexpr pg::Statement select_refunds_sql{"orders.select_refunds", R"sql(
  SELECT refund.id, currency, amount_minor, refund.shipping_minor, units, reason, actor, at
    FROM orders.order_refunds refund
    JOIN orders.orders ON orders.id = order_id
   WHERE order_id = $1
   ORDER BY at, refund.id
)sql"};

static constexpr pg::Statement select_refund_lines_sql{"orders.select_refund_lines", R"sql(
  SELECT order_refund_id, line_id, line.quantity, line.amount_minor
    FROM orders.order_refund_lines line
    JOIN orders.order_refunds refund ON refund.id = order_refund_id
    JOIN orders.order_lines ordered ON ordered.id = line_id
   WHERE refund.order_id = $1
   ORDER BY ordered.position
)sql"};

static constexpr pg::Statement select_refund_payments_sql{"orders.select_refund_payments", R"sql(
  SELECT order_refund_id, refund_id, part.amount_minor, carried.status, carried.provider
    FROM orders.order_refund_payments part
    JOIN orders.order_refunds refund ON refund.id = order_refund_id
    JOIN payments.payable_refunds carried ON carried.id = refund_id
   WHERE refund.order_id = $1
   ORDER BY refund_id
)sql"};

namespace {

pg::Batch reading_of(OrderId id) {
  pg::Batch batch;
  batch.add(select_refunds_sql, id);
  batch.add(select_refund_lines_sql, id);
  batch.add(select_refund_payments_sql, id);
  return batch;
}

OrderRefund refund_of(const pg::Row& row) {
  const auto currency = row.get<Currency>("currency");
  OrderRefund refund;
  refund.id = row.get<OrderRefundId>("id");
  refund.amount = Money::minor(row.get<std::int64_t>("amount_minor"), currency);
  refund.shipping = Money::minor(row.get<std::int64_t>("shipping_minor"), currency);
  refund.units = known(parse_refunded_units(row.get<std::string>("units")));
  refund.reason = row.get<std::string>("reason");
  refund.actor = row.get<std::string>("actor");
  refund.at = row.get<Instant>("at");
  return refund;
}

OrderRefund& one_of(std::vector<OrderRefund>& refunds, const pg::Row& row) {
  const auto found =
      std::ranges::find(refunds, row.get<OrderRefundId>("order_refund_id"), &OrderRefund::id);
  require(found != refunds.end(), "a refund's parts belong to it");
  return *found;
}

std::vector<OrderRefund> refunds_of(const std::vector<pg::Rows>& results) {
  std::vector<OrderRefund> refunds;
  for (const pg::Row& row : results[0]) refunds.push_back(refund_of(row));
  for (const pg::Row& row : results[1]) {
    OrderRefund& refund = one_of(refunds, row);
    refund.lines.push_back(
        {.line_id = row.get<LineId>("line_id"),
         .quantity = row.get<std::int32_t>("quantity"),
         .amount = Money::minor(row.get<std::int64_t>("amount_minor"), refund.amount.currency())});
  }
  for (const pg::Row& row : results[2]) {
    OrderRefund& refund = one_of(refunds, row);
    refund.payments.push_back(
        {.refund_id = row.get<payments::RefundId>("refund_id"),
         .amount = Money::minor(row.get<std::int64_t>("amount_minor"), refund.amount.currency()),
         .status = known(payments::parse_refund_status(row.get<std::string>("status"))),
         .provider = known(payments::parse_provider(row.get<std::string>("provider")))});
  }
  return refunds;
}

}  // namespace

// One snapshot, so that a refund that comes in between does not show its lines alone.
static constexpr pg::Statement one_snapshot_sql{
    "orders.one_snapshot", "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY"};

Task<std::vector<OrderRefund>> select_order_refunds(pg::Database& database, OrderId id) {
  auto transaction = co_await database.begin();
  co_await transaction.run(one_snapshot_sql);
  const auto results = co_await transaction.run_all_and_commit(reading_of(id));
  co_return refunds_of(results);
}

Task<std::vector<OrderRefund>> select_order_refunds(pg::Transaction& transaction, OrderId id) {
  const auto results = co_await transaction.run_all(reading_of(id));
  co_return refunds_of(results);
}

// --- Staff's commands.

static constexpr pg::Statement insert_command_sql{"orders.insert_command", R"sql(
  INSERT INTO orders.order_commands (idempotency_key, order_id, kind, content_hash, actor)
  VALUES ($1, $2, $3, $4, $5)
  ON CONFLICT (idempotency_key) DO NOTHING
)sql"};

static constexpr pg::Statement select_command_sql{"orders.select_command", R"sql(
  SELECT order_id = $2 AND kind = $3 AND content_hash = $4 AS is_same, order_refund_id
    FROM orders.order_commands
   WHERE idempotency_key = $1
)sql"};

Task<NotedCommand> note_command(pg::Transaction& transaction, StaffCommand command) {
  const auto digest = crypto::sha256(command.content);
  const pg::Bytes hash(digest.begin(), digest.end());
  const auto inserted = co_await transaction.run(insert_command_sql, command.key, command.order_id,
                                                 command.kind, hash, command.actor);
  if (inserted.affected() == 1) co_return NotedCommand{};
  const auto row = co_await transaction.run_one(select_command_sql, command.key, command.order_id,
                                                command.kind, hash);
  require(row.has_value(), "a key that is taken has its command");
  NotedCommand noted;
  noted.seen = row->get<bool>("is_same") ? CommandSeen::again : CommandSeen::as_another;
  noted.order_refund_id = row->get<std::optional<OrderRefundId>>("order_refund_id");
  co_return noted;
}

static constexpr pg::Statement command_result_sql{"orders.command_result", R"sql(
  UPDATE orders.order_commands SET order_refund_id = $2 WHERE idempotency_key = $1
)sql"};

void add_command_result(pg::Batch& batch, const std::string& key, OrderRefundId id) {
  batch.add(command_result_sql, key, id);
}

}  // namespace osier::orders
