#include "orders/orders.h"

namespace osier::orders {

namespace {

// Invariant 2, by variant: what is committed is what orders that hold stock have not been sent.
constexpr pg::Statement committed_sql{"verify.orders_committed", R"sql(
  SELECT format('variant %s: %s units are committed, orders hold %s', variant_id, coalesce(committed, 0),
                coalesce(held, 0))
    FROM inventory.committed_units
    FULL JOIN (SELECT line.variant_id, sum(line.quantity - line.canceled_quantity)
                      - coalesce((SELECT sum(units.shipped)
                                    FROM inventory.holder_units units
                                    JOIN orders.orders holder ON holder.id = units.holder_id
                                   WHERE units.variant_id = line.variant_id
                                     AND holder.status IN ('pending', 'placed')), 0) AS held
                 FROM orders.order_lines line
                 JOIN orders.orders ON orders.id = line.order_id
                WHERE orders.status IN ('pending', 'placed')
                GROUP BY line.variant_id) lines USING (variant_id)
   WHERE coalesce(committed, 0) <> coalesce(held, 0)
)sql"};

// And by order.
constexpr pg::Statement holder_sql{"verify.orders_holder_units", R"sql(
  SELECT format('order %s (%s) holds %s units of variant %s and should hold %s',
                order_id, coalesce(status, 'not there'), coalesce(committed, 0), variant_id, coalesce(wanted, 0))
    FROM (SELECT holder_id AS order_id, variant_id, committed, shipped FROM inventory.holder_units) units
    FULL JOIN (SELECT line.order_id, line.variant_id, sum(line.quantity - line.canceled_quantity) AS wanted
                 FROM orders.order_lines line
                 JOIN orders.orders ON orders.id = line.order_id
                WHERE orders.status IN ('pending', 'placed')
                GROUP BY line.order_id, line.variant_id) lines USING (order_id, variant_id)
    LEFT JOIN orders.orders ON orders.id = order_id
   WHERE coalesce(committed, 0) <> CASE WHEN status IN ('pending', 'placed')
                                        THEN coalesce(wanted, 0) - coalesce(shipped, 0) ELSE 0 END
)sql"};

constexpr pg::Statement total_sql{"verify.orders_total", R"sql(
  SELECT format('order %s: items %s + shipping %s + fee %s + tax %s - discount %s = total %s, but its lines say %s + %s + %s - %s',
                orders.id, items_minor, shipping_minor, fee_minor, orders.tax_minor, orders.discount_minor,
                orders.total_minor, coalesce(line.net, 0), coalesce(shipping.net, 0),
                coalesce(line.tax, 0) + coalesce(shipping.tax, 0), coalesce(line.discount, 0))
    FROM orders.orders
    LEFT JOIN (SELECT order_id, sum(net_minor) AS net, sum(tax_minor) AS tax, sum(discount_minor) AS discount,
                      sum(total_minor) AS total
                 FROM orders.order_lines GROUP BY order_id) line ON line.order_id = orders.id
    LEFT JOIN (SELECT order_id, sum(net_minor) AS net, sum(tax_minor) AS tax, sum(total_minor) AS total
                 FROM orders.order_shipping_lines GROUP BY order_id) shipping ON shipping.order_id = orders.id
   WHERE orders.total_minor <> items_minor + shipping_minor + fee_minor + orders.tax_minor - orders.discount_minor
      OR items_minor <> coalesce(line.net, 0)
      OR shipping_minor <> coalesce(shipping.net, 0)
      OR orders.tax_minor <> coalesce(line.tax, 0) + coalesce(shipping.tax, 0)
      OR orders.discount_minor <> coalesce(line.discount, 0)
      OR orders.total_minor <> coalesce(line.total, 0) + coalesce(shipping.total, 0) + fee_minor
)sql"};

constexpr pg::Statement currency_sql{"verify.orders_currency", R"sql(
  SELECT format('order %s is in %s, its payment %s in %s', orders.id, orders.currency, payment.id, payment.currency)
    FROM orders.orders
    JOIN payments.payable_payments payment ON payment.payable_id = orders.id
   WHERE payment.currency <> orders.currency
)sql"};

constexpr pg::Statement paid_sql{"verify.orders_paid", R"sql(
  SELECT format('order %s says %s %s is paid, its payments say %s', id, paid_minor, currency, coalesce(paid, 0))
    FROM orders.orders
    LEFT JOIN (SELECT payable_id, sum(captured_minor - refunded_minor) AS paid
                 FROM payments.payable_payments
                GROUP BY payable_id) money ON money.payable_id = orders.id
   WHERE paid_minor <> coalesce(paid, 0)
)sql"};

// What the shopper and staff read about it.
constexpr pg::Statement payment_status_sql{"verify.orders_payment_status", R"sql(
  SELECT format('order %s is %s, %s was captured of %s and %s refunded', id, payment_status, captured, total_minor,
                refunded)
    FROM orders.orders
    JOIN (SELECT payable_id, currency, sum(captured_minor) AS captured, sum(refunded_minor) AS refunded
            FROM payments.payable_payments
           WHERE captured_minor > 0
           GROUP BY payable_id, currency) money
      ON money.payable_id = orders.id
     AND money.currency = orders.currency
   WHERE payment_status <> CASE WHEN captured - refunded > total_minor THEN 'overpaid'
                                WHEN captured - refunded = total_minor THEN 'paid'
                                WHEN captured = refunded THEN 'refunded'
                                WHEN refunded > 0 THEN 'partially_refunded'
                                ELSE 'partially_paid' END
)sql"};

// Money without an order. What has been decided to go back and is on its way counts as returned; of
// a refund that failed staff know by a hold.
constexpr pg::Statement money_sql{"verify.orders_money_has_a_home", R"sql(
  SELECT format('payment %s has %s %s for order %s, which is %s', payment.id,
                captured_minor - refunded_minor - returning_minor, payment.currency, payable_id,
                coalesce(status, 'not there'))
    FROM (SELECT id, payable_id, currency, captured_minor, refunded_minor, returning_minor
            FROM payments.payable_payments
           WHERE captured_minor > 0) payment
    LEFT JOIN orders.orders ON orders.id = payment.payable_id
   WHERE captured_minor > refunded_minor + returning_minor
     AND coalesce(status, '') NOT IN ('placed', 'completed')
     AND NOT EXISTS (SELECT 1
                       FROM orders.order_holds hold
                      WHERE hold.order_id = orders.id
                        AND hold.reason = 'refund_failed'
                        AND hold.released_at IS NULL)
)sql"};

constexpr pg::Statement cart_sql{"verify.orders_one_per_cart", R"sql(
  SELECT format('cart %s has %s living orders: %s', cart_id, count(*), string_agg(id::text, ', ' ORDER BY id))
    FROM orders.orders
   WHERE cart_id IS NOT NULL
     AND status IN ('pending', 'placed', 'completed')
   GROUP BY cart_id
  HAVING count(*) > 1
)sql"};

constexpr pg::Statement key_sql{"verify.orders_one_per_key", R"sql(
  SELECT format('idempotency key %s has %s orders: %s', idempotency_key, count(*),
                string_agg(id::text, ', ' ORDER BY id))
    FROM orders.orders
   GROUP BY idempotency_key
  HAVING count(*) > 1
)sql"};

// A sweep that began five minutes after the hold's end and went well had looked at it, and would
// have noted why it had to stay. So would one of those that have failed for ten minutes in a row
// (sixty times): a sweep that never succeeds excuses nothing.
constexpr pg::Statement expiry_sql{"verify.orders_expiry", R"sql(
  SELECT format('order %s is still pending, though it expired at %s and sweeps came by until %s', id, expires_at,
                swept_until)
    FROM orders.orders
    JOIN (SELECT greatest(last_run_at, CASE WHEN failures >= 60 THEN next_run_at - interval '10 minutes' END)
                 AS swept_until
            FROM platform.schedules
           WHERE name = 'orders.expire') schedule ON true
   WHERE status = 'pending'
     AND coalesce(release_tried_at, expires_at) + interval '5 minutes' < swept_until
     AND expires_at + interval '5 minutes' < swept_until
)sql"};

// Counted, not put in order of time: clocks may go back. Each way begins at pending and leaves
// every status that it comes to but the last.
constexpr pg::Statement transition_sql{"verify.orders_transitions", R"sql(
  SELECT format('order %s is %s, its transitions lead to %s', orders.id, status, coalesce(way.ends, 'pending'))
    FROM orders.orders
    LEFT JOIN LATERAL (SELECT string_agg(step.status, ', ' ORDER BY step.status) AS ends
                         FROM (SELECT passed.status
                                 FROM orders.order_transitions,
                                      LATERAL (VALUES (to_status, 1), (from_status, -1)) AS passed (status, count)
                                WHERE order_id = orders.id
                                GROUP BY passed.status
                               HAVING sum(passed.count) > 0) step) way ON true
   WHERE status <> 'draft'
     AND status <> coalesce(way.ends, 'pending')
)sql"};

constexpr pg::Statement payment_sql{"verify.orders_have_a_payment", R"sql(
  SELECT format('order %s (%s) has no payment', id, status)
    FROM orders.orders
   WHERE status IN ('pending', 'placed', 'completed')
     AND NOT EXISTS (SELECT 1 FROM payments.payable_payments payment WHERE payment.payable_id = orders.id)
)sql"};

constexpr pg::Statement lines_sql{"verify.orders_have_lines", R"sql(
  SELECT format('order %s (%s) has no lines or no contact', id, status)
    FROM orders.orders
   WHERE NOT EXISTS (SELECT 1 FROM orders.order_lines line WHERE line.order_id = orders.id)
      OR NOT EXISTS (SELECT 1 FROM orders.order_contacts contact WHERE contact.order_id = orders.id)
)sql"};

// Each refund of a payment belongs to one decision of the payment's order, and the decision is
// their sum.
constexpr pg::Statement refunds_sql{"verify.orders_refunds", R"sql(
  SELECT format('refund %s of payment %s is %s %s, its record of order %s says %s', carried.id, carried.payment_id,
                carried.amount_minor, carried.currency, coalesce(decided.order_id::text, 'none'),
                coalesce(part.amount_minor::text, 'nothing'))
    FROM payments.payable_refunds carried
    JOIN orders.orders ON orders.id = carried.payable_id
    LEFT JOIN orders.order_refund_payments part ON part.refund_id = carried.id
    LEFT JOIN orders.order_refunds decided ON decided.id = part.order_refund_id
   WHERE part.amount_minor IS DISTINCT FROM carried.amount_minor
      OR decided.order_id IS DISTINCT FROM carried.payable_id
   UNION ALL
  SELECT format('order %s: %s is to be refunded by %s, its payments'' refunds say %s', order_id, amount_minor, id,
                coalesce(carried, 0))
    FROM orders.order_refunds
    LEFT JOIN (SELECT order_refund_id, sum(amount_minor) AS carried
                 FROM orders.order_refund_payments
                GROUP BY order_refund_id) parts ON parts.order_refund_id = id
   WHERE amount_minor <> coalesce(carried, 0)
)sql"};

constexpr pg::Statement refund_parts_sql{"verify.orders_refund_parts", R"sql(
  SELECT format('refund %s of order %s is %s, but %s is for delivery and %s for units', id, order_id, amount_minor,
                shipping_minor, coalesce(lines, 0))
    FROM orders.order_refunds
    LEFT JOIN (SELECT order_refund_id, sum(amount_minor) AS lines
                 FROM orders.order_refund_lines
                GROUP BY order_refund_id) parts ON parts.order_refund_id = id
   WHERE amount_minor < shipping_minor + coalesce(lines, 0)
      OR (units = 'none') <> (lines IS NULL)
   UNION ALL
  SELECT format('order %s: delivery cost %s, %s was refunded', order_id, coalesce(paid, 0), refunded)
    FROM (SELECT order_id, sum(shipping_minor) AS refunded FROM orders.order_refunds GROUP BY order_id) refunds
    LEFT JOIN (SELECT order_id, sum(total_minor) AS paid
                 FROM orders.order_shipping_lines
                GROUP BY order_id) shipping USING (order_id)
   WHERE refunded > coalesce(paid, 0)
)sql"};

constexpr pg::Statement canceled_units_sql{"verify.orders_canceled_units", R"sql(
  SELECT format('line %s of order %s: %s units are taken out, its refunds say %s', line.id, line.order_id,
                line.canceled_quantity, coalesce(taken.quantity, 0))
    FROM orders.order_lines line
    LEFT JOIN (SELECT part.line_id, refund.order_id, sum(part.quantity) AS quantity
                 FROM orders.order_refund_lines part
                 JOIN orders.order_refunds refund ON refund.id = part.order_refund_id
                GROUP BY part.line_id, refund.order_id) taken
           ON taken.line_id = line.id
          AND taken.order_id = line.order_id
   WHERE line.canceled_quantity <> coalesce(taken.quantity, 0)
)sql"};

constexpr pg::Statement audited_sql{"verify.orders_audited", R"sql(
  SELECT format('%s commands of staff on order %s were obeyed, and the audit has %s entries of them', obeyed.commands,
                obeyed.order_id, noted.entries)
    FROM (SELECT order_id, count(*) AS commands
            FROM orders.order_commands
           WHERE at >= (SELECT since FROM audit.coverage WHERE changes = 'orders')
           GROUP BY order_id) obeyed
   CROSS JOIN LATERAL (SELECT count(*) AS entries
                         FROM audit.acts act
                        WHERE act.object_kind = 'order' AND act.object_id = obeyed.order_id::text
                          AND act.action IN ('order.refunded', 'order.canceled', 'order.transfer_noted',
                                             'order.refund_noted')) noted
   WHERE obeyed.commands > noted.entries
)sql"};

constexpr pg::Invariant all[] = {
    {"orders.committed_units_are_those_of_the_orders", committed_sql},
    {"orders.each_order_holds_its_units", holder_sql},
    {"orders.total_is_the_sum_of_the_lines", total_sql},
    {"orders.order_and_payments_have_one_currency", currency_sql},
    {"orders.paid_is_captured_minus_refunded", paid_sql},
    {"orders.payment_status_says_what_is_paid", payment_status_sql},
    {"orders.money_has_a_home", money_sql},
    {"orders.one_living_order_per_cart", cart_sql},
    {"orders.one_order_per_idempotency_key", key_sql},
    {"orders.holds_end_in_time", expiry_sql},
    {"orders.status_is_where_the_transitions_lead", transition_sql},
    {"orders.order_has_a_payment", payment_sql},
    {"orders.order_is_whole", lines_sql},
    {"orders.refunds_are_those_of_the_payments", refunds_sql},
    {"orders.refund_is_not_less_than_its_parts", refund_parts_sql},
    {"orders.units_taken_out_are_those_of_the_refunds", canceled_units_sql},
    {"orders.command_has_its_audit_entry", audited_sql},
};

}  // namespace

std::span<const pg::Invariant> invariants() { return all; }

}  // namespace osier::orders
