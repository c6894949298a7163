#include "orders/order_moves.h"

#include "orders/hold_origins.h"
#include "orders/order_status.h"
#include "platform/jobs/outbox.h"
#include "platform/json/value.h"

namespace osier::orders {

std::string event_payload(OrderId id) {
  return R"({"order_id":")" + id.value().to_string() + R"("})";
}

std::string event_payload(OrderId id, std::int64_t number) {
  return R"({"order_id":")" + id.value().to_string() + R"(","number":)" + std::to_string(number) +
         "}";
}

// The guard holds for a caller who forgot the lock; the transition below would then name a move
// that never was, and `osier verify` sees it.
static constexpr pg::Statement move_orders_sql{"orders.move_orders", R"sql(
  UPDATE orders.orders orders
     SET status = move.to_status,
         placed_at = CASE WHEN move.to_status = 'placed' THEN clock_timestamp() ELSE placed_at END,
         release_tried_at = NULL,
         release_obstacle = NULL,
         updated_at = clock_timestamp()
    FROM unnest($1::uuid[], $2::text[], $3::text[]) AS move (id, from_status, to_status)
   WHERE orders.id = move.id
     AND orders.status = move.from_status
)sql"};

static constexpr pg::Statement insert_transitions_sql{"orders.insert_transitions", R"sql(
  INSERT INTO orders.order_transitions (order_id, from_status, to_status, actor, reason)
  SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[])
)sql"};

void add_moves(pg::Batch& batch, const std::vector<OrderMove>& moves, Instant now) {
  if (moves.empty()) return;
  std::vector<OrderId> ids;
  std::vector<std::string_view> from, to;
  std::vector<std::string> actors, reasons;
  std::vector<jobs::Event> events;
  for (const OrderMove& move : moves) {
    require(may_move(move.from, move.to), "an order moves only as its states allow");
    ids.push_back(move.id);
    from.push_back(to_string(move.from));
    to.push_back(to_string(move.to));
    actors.push_back(move.actor);
    reasons.push_back(move.reason);
    events.push_back({.id = Uuid::v7(now),
                      .topic = "order." + std::string(to_string(move.to)),
                      .aggregate_id = move.id.value(),
                      .payload = event_payload(move.id, move.number)});
  }
  batch.add(move_orders_sql, ids, from, to);
  add_forget_hold_origins(batch, ids);
  batch.add(insert_transitions_sql, ids, from, to, actors, reasons);
  jobs::add_events(batch, events);
}

static constexpr pg::Statement update_payment_states_sql{"orders.update_payment_states", R"sql(
  UPDATE orders.orders orders
     SET payment_status = state.payment_status, paid_minor = state.paid_minor, updated_at = clock_timestamp()
    FROM unnest($1::uuid[], $2::text[], $3::bigint[]) AS state (id, payment_status, paid_minor)
   WHERE orders.id = state.id
)sql"};

void add_payment_states(pg::Batch& batch, const std::vector<PaymentState>& states) {
  if (states.empty()) return;
  std::vector<OrderId> ids;
  std::vector<std::string_view> statuses;
  std::vector<std::int64_t> paid;
  for (const PaymentState& state : states) {
    ids.push_back(state.id);
    statuses.push_back(to_string(state.status));
    paid.push_back(state.paid.amount_minor());
  }
  batch.add(update_payment_states_sql, ids, statuses, paid);
}

static constexpr pg::Statement insert_holds_sql{"orders.insert_holds", R"sql(
  WITH held AS (
    INSERT INTO orders.order_holds (order_id, reason, detail)
    SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[])
    ON CONFLICT (order_id, reason) DO UPDATE
       SET detail = excluded.detail, at = clock_timestamp(), released_at = NULL, released_by = NULL
     WHERE order_holds.released_at IS NOT NULL
    RETURNING order_id)
  UPDATE orders.orders
     SET fulfilment_status = 'on_hold', updated_at = clock_timestamp()
   WHERE id IN (SELECT order_id FROM held)
     AND fulfilment_status = 'unfulfilled'
)sql"};

void add_holds(pg::Batch& batch, const std::vector<NewHold>& holds) {
  if (holds.empty()) return;
  std::vector<OrderId> ids;
  std::vector<std::string> reasons, details;
  for (const NewHold& hold : holds) {
    ids.push_back(hold.id);
    reasons.push_back(hold.hold.reason);
    details.push_back(hold.hold.detail);
  }
  batch.add(insert_holds_sql, ids, reasons, details);
}

static constexpr pg::Statement release_hold_sql{"orders.release_hold", R"sql(
  WITH released AS (
    UPDATE orders.order_holds
       SET released_at = clock_timestamp(), released_by = $3
     WHERE order_id = $1
       AND reason = $2
       AND released_at IS NULL
    RETURNING order_id)
  UPDATE orders.orders
     SET fulfilment_status = 'unfulfilled', updated_at = clock_timestamp()
   WHERE id IN (SELECT order_id FROM released)
     AND fulfilment_status = 'on_hold'
     AND NOT EXISTS (SELECT 1
                       FROM orders.order_holds other
                      WHERE other.order_id = $1
                        AND other.reason <> $2
                        AND other.released_at IS NULL)
)sql"};

void add_release_of_hold(pg::Batch& batch, OrderId id, const std::string& reason,
                         const std::string& actor) {
  batch.add(release_hold_sql, id, reason, actor);
}

static std::string topic_of(RefundNews::Kind kind) {
  switch (kind) {
    case RefundNews::Kind::decided:
      return "order.refund_decided";
    case RefundNews::Kind::done:
      return "order.refunded";
    case RefundNews::Kind::failed:
      return "order.refund_failed";
  }
}

void add_refund_events(pg::Batch& batch, const std::vector<RefundNews>& refunds, Instant now) {
  if (refunds.empty()) return;
  std::vector<jobs::Event> events;
  for (const RefundNews& news : refunds) {
    json::Object payload;
    payload["order_id"] = news.id.value().to_string();
    if (news.refund_id) payload["refund_id"] = news.refund_id->value().to_string();
    payload["payment_id"] = news.payment_id.value().to_string();
    payload["amount_minor"] = news.amount.amount_minor();
    payload["currency"] = news.amount.currency().code();
    payload["reason"] = news.reason;
    events.push_back({.id = Uuid::v7(now),
                      .topic = topic_of(news.kind),
                      .aggregate_id = news.id.value(),
                      .payload = json::to_text(payload)});
  }
  jobs::add_events(batch, events);
}

static constexpr pg::Statement extend_holds_sql{"orders.extend_holds", R"sql(
  UPDATE orders.orders
     SET expires_at = least(clock_timestamp() + interval '10 minutes', created_at + interval '70 minutes'),
         updated_at = clock_timestamp()
   WHERE id = ANY ($1)
     AND status = 'pending'
     AND expires_at < least(clock_timestamp() + interval '10 minutes', created_at + interval '70 minutes')
)sql"};

void add_extend_holds(pg::Batch& batch, const std::vector<OrderId>& ids) {
  if (!ids.empty()) batch.add(extend_holds_sql, ids);
}

}  // namespace osier::orders
