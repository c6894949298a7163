#include "simulation/checks.h"

#include <fmt/format.h>

#include "app/verify.h"

namespace osier::simulation {

namespace {

// All invariants as one statement, prepared once per connection: one round trip per look.
std::string invariants_sql() {
  std::string sql = "PREPARE invariants AS";
  bool is_first = true;
  for (const pg::Invariant& invariant : app::all_invariants()) {
    sql += fmt::format("{} SELECT '{}: ' || line FROM ({}) AS i (line)",
                       is_first ? "" : " UNION ALL", invariant.name, invariant.query.sql());
    is_first = false;
  }
  return sql;
}

std::int64_t number_of(const std::string& text) { return text.empty() ? 0 : std::stoll(text); }

struct Book {
  payments::PaymentId id;
  std::int64_t captured_minor = 0;
  std::int64_t refunded_minor = 0;
  std::string provider;
  std::string order_status;
  std::int64_t total_minor = 0;
  std::string name;  // For messages.
};

std::vector<Book> books(World& world) {
  const auto rows = world.observer.run(
      "SELECT p.id, captured_minor, refunded_minor, provider, o.status, o.total_minor, o.number"
      "  FROM payments.payments p LEFT JOIN orders.orders o ON o.id = p.payable_id ORDER BY p.id");
  std::vector<Book> all;
  for (const auto& row : rows) {
    all.push_back({.id = payments::PaymentId{*Uuid::parse(row[0])},
                   .captured_minor = number_of(row[1]),
                   .refunded_minor = number_of(row[2]),
                   .provider = row[3],
                   .order_status = row[4],
                   .total_minor = number_of(row[5]),
                   .name = fmt::format("payment {} of order {} ({})", row[0], row[6], row[4])});
  }
  return all;
}

struct Truth {
  std::int64_t captured_minor = 0;
  std::int64_t refunded_minor = 0;
  bool is_open = false;
};

Truth truth_of(World& world, payments::PaymentId id) {
  const Attempt* attempt = world.account.find(id);
  if (attempt == nullptr) return {};
  return {attempt->captured_minor(), attempt->refunded_minor() + attempt->returned_by_hand_minor,
          attempt->standing == Attempt::Standing::open ||
              attempt->standing == Attempt::Standing::processing};
}

bool is_shown(const World& world, payments::PaymentId id) {
  for (const Shopper& shopper : world.shoppers) {
    for (const Bought& bought : shopper.bought) {
      if (bought.payment == id && bought.is_page_shown) return true;
    }
  }
  return false;
}

void check_one_book(World& world, const Book& book) {
  if (book.provider != "stripe") return;
  const Truth truth = truth_of(world, book.id);
  const bool agrees =
      truth.captured_minor == book.captured_minor && truth.refunded_minor == book.refunded_minor;
  if (!agrees) {
    throw Violation(fmt::format("{}: captured {}, refunded {}, but the provider says {} and {}",
                                book.name, book.captured_minor, book.refunded_minor,
                                truth.captured_minor, truth.refunded_minor));
  }
  const std::int64_t kept = truth.captured_minor - truth.refunded_minor;
  const bool is_placed = book.order_status == "placed" || book.order_status == "completed";
  if (kept != 0 && !is_placed)
    throw Violation(book.name + ": money was kept without an order that is placed");
  if (truth.is_open && is_shown(world, book.id))
    throw Violation(book.name + ": is over, and somebody can still pay it");
}

void check_orders_paid(World& world) {
  const auto wrong = world.observer.run(
      "SELECT o.number, o.total_minor - given.back, sum(p.captured_minor - p.refunded_minor)"
      "  FROM orders.orders o JOIN payments.payments p ON p.payable_id = o.id,"
      "       LATERAL (SELECT coalesce(sum(part.amount_minor), 0) AS back"
      "                  FROM orders.order_refunds decided"
      "                  JOIN orders.order_refund_payments part ON part.order_refund_id = "
      "decided.id"
      "                  JOIN payments.refunds r ON r.id = part.refund_id AND r.status = "
      "'succeeded'"
      "                 WHERE decided.order_id = o.id) given"
      " WHERE o.status IN ('placed', 'completed') AND p.provider = 'stripe'"
      " GROUP BY o.id, given.back"
      " HAVING sum(p.captured_minor - p.refunded_minor) <> o.total_minor - given.back");
  if (!wrong.empty()) {
    throw Violation(fmt::format("order {} is placed, {} is to be kept, and {} was", wrong[0][0],
                                wrong[0][1], wrong[0][2]));
  }
  const auto carts = world.observer.run(
      "SELECT o.number FROM orders.orders o JOIN checkout.carts c ON c.id = o.cart_id"
      " WHERE o.status IN ('placed', 'completed') AND c.status = 'active'");
  if (!carts.empty()) throw Violation("the cart of order " + carts[0][0] + " is not completed");
}

void check_acknowledged(World& world) {
  for (const Shopper& shopper : world.shoppers) {
    for (const Bought& bought : shopper.bought) {
      const auto rows = world.observer.run(
          "SELECT 1 FROM orders.orders WHERE id = $1 AND total_minor = $2",
          {bought.order.value().to_string(), std::to_string(bought.total.amount_minor())});
      if (rows.empty())
        throw Violation("order " + bought.order.value().to_string() +
                        " was acknowledged and is lost");
    }
  }
}

void count(World& world) {
  const auto row = world.observer.run(
      "SELECT (SELECT count(*) FROM orders.orders),"
      " (SELECT count(*) FROM orders.orders WHERE status IN ('placed', 'completed')),"
      " (SELECT count(*) FROM payments.payment_transactions WHERE kind = 'capture'),"
      " (SELECT count(*) FROM payments.payment_transactions WHERE kind = 'refund'),"
      " (SELECT count(*) FROM orders.order_transitions WHERE to_status = 'expired'),"
      " (SELECT count(*) FROM orders.order_transitions WHERE to_status = 'canceled'),"
      " (SELECT count(*) FROM orders.order_transitions WHERE reason = 'late_payment')"
      " + (SELECT count(*) FROM payments.refunds WHERE reason = 'late_payment'),"
      " (SELECT count(*) FROM promotions.coupon_uses)")[0];
  Counts& counts = world.counts;
  counts.steps = static_cast<std::int64_t>(world.stage.steps());
  counts.orders = number_of(row[0]);
  counts.placed = number_of(row[1]);
  counts.payments = number_of(row[2]);
  counts.refunds = number_of(row[3]);
  counts.expired = number_of(row[4]);
  counts.canceled = number_of(row[5]);
  counts.late_money = number_of(row[6]);
  counts.coupons = number_of(row[7]);
}

constexpr const char* open_sql = R"sql(
  SELECT 'order ' || number || ' is pending' FROM orders.orders WHERE status = 'pending'
  UNION ALL
  SELECT 'payment ' || id || ' is ' || status FROM payments.payments
   WHERE provider = 'stripe' AND status IN ('created', 'requires_action', 'processing')
  UNION ALL
  SELECT 'refund ' || id || ' is ' || status FROM payments.refunds WHERE status NOT IN ('succeeded', 'failed')
  UNION ALL
  SELECT 'event ' || topic || ' waits' FROM platform.outbox_events WHERE delivered_at IS NULL
  UNION ALL
  SELECT 'message ' || event_id || ' waits' FROM platform.inbox_events WHERE processed_at IS NULL
)sql";

}  // namespace

void check_moment(World& world) {
  const auto prepared =
      world.observer.run("SELECT 1 FROM pg_prepared_statements WHERE name = 'invariants'");
  if (prepared.empty()) world.observer.run(invariants_sql());
  const auto violations = world.observer.run("EXECUTE invariants");
  if (!violations.empty()) throw Violation(violations[0][0]);
  for (const Book& book : books(world)) {
    if (book.provider != "stripe") continue;
    const Truth truth = truth_of(world, book.id);
    if (book.captured_minor > truth.captured_minor || book.refunded_minor > truth.refunded_minor) {
      throw Violation(fmt::format(
          "{}: captured {}, refunded {}, and the provider knows of {} and {}", book.name,
          book.captured_minor, book.refunded_minor, truth.captured_minor, truth.refunded_minor));
    }
  }
}

bool is_settled(World& world) {
  return world.account.webhooks.empty() && world.observer.run(open_sql).empty();
}

std::vector<WaitingRefund> refunds_for_people(World& world) {
  const auto rows = world.observer.run(
      "SELECT r.id, p.payable_id, p.id, r.amount_minor"
      "  FROM payments.refunds r JOIN payments.payments p ON p.id = r.payment_id"
      " WHERE r.status = 'failed' OR p.provider = 'manual' AND r.status <> 'succeeded'"
      " ORDER BY r.id");
  std::vector<WaitingRefund> all;
  for (const auto& row : rows) {
    all.push_back({.id = payments::RefundId{*Uuid::parse(row[0])},
                   .order = orders::OrderId{*Uuid::parse(row[1])},
                   .payment = payments::PaymentId{*Uuid::parse(row[2])},
                   .amount_minor = number_of(row[3])});
  }
  return all;
}

std::string what_is_open(World& world) {
  const auto rows = world.observer.run(open_sql);
  return rows.empty() ? "messages keep coming" : rows[0][0];
}

void check_everything(World& world) {
  check_moment(world);
  for (const Book& book : books(world)) check_one_book(world, book);
  check_orders_paid(world);
  check_acknowledged(world);
  count(world);
}

}  // namespace osier::simulation
