#include "payments/payments.h"

namespace osier::payments {

namespace {

constexpr pg::Statement order_sql{"verify.payment_money_in_order", R"sql(
  SELECT format('payment %s: refunded %s, captured %s, authorized %s %s are not in this order',
                id, refunded_minor, captured_minor, authorized_minor, currency)
    FROM payments.payments
   WHERE NOT (0 <= refunded_minor AND refunded_minor <= captured_minor AND captured_minor <= authorized_minor)
)sql"};

constexpr pg::Statement sums_sql{"verify.payment_sums", R"sql(
  SELECT format('payment %s: authorized %s, captured %s, refunded %s, but its transactions sum to %s, %s, %s',
                payment.id, authorized_minor, captured_minor, refunded_minor,
                coalesce(moved.authorized, 0), coalesce(moved.captured, 0), coalesce(moved.refunded, 0))
    FROM payments.payments payment
    LEFT JOIN (SELECT payment_id,
                      sum(amount_minor) FILTER (WHERE kind = 'authorization') AS authorized,
                      sum(amount_minor) FILTER (WHERE kind = 'capture') AS captured,
                      coalesce(sum(amount_minor) FILTER (WHERE kind = 'refund'), 0)
                      - coalesce(sum(amount_minor) FILTER (WHERE kind = 'refund_reversal'), 0) AS refunded
                 FROM payments.payment_transactions
                GROUP BY payment_id) moved ON moved.payment_id = payment.id
   WHERE (authorized_minor, captured_minor, refunded_minor)
         IS DISTINCT FROM
         (coalesce(moved.authorized, 0), coalesce(moved.captured, 0), coalesce(moved.refunded, 0))
)sql"};

constexpr pg::Statement currency_sql{"verify.payment_currency", R"sql(
  SELECT format('payment %s is in %s, its %s %s in %s', payment.id, payment.currency, moved.kind,
                moved.provider_reference, moved.currency)
    FROM payments.payments payment
    JOIN payments.payment_transactions moved ON moved.payment_id = payment.id
   WHERE moved.currency <> payment.currency
)sql"};

constexpr pg::Statement status_sql{"verify.payment_status", R"sql(
  SELECT format('payment %s has captured %s %s and its status is %s', id, captured_minor, currency, status)
    FROM payments.payments
   WHERE captured_minor > 0
     AND status <> 'captured'
)sql"};

// A refund that was tried may have been recorded already, before its row learns of it.
constexpr pg::Statement decided_sql{"verify.refunds_decided", R"sql(
  SELECT format('payment %s: %s %s was captured, but %s refunded and %s more decided',
                payment.id, captured_minor, payment.currency, refunded_minor, decided.amount_minor)
    FROM payments.payments payment
    JOIN (SELECT payment_id, sum(amount_minor) AS amount_minor
            FROM payments.refunds
           WHERE status = 'created'
             AND attempts = 0
           GROUP BY payment_id) decided ON decided.payment_id = payment.id
   WHERE refunded_minor + decided.amount_minor > captured_minor
)sql"};

// A reversal takes back a refund that was booked, all of it, and the decision is not done any more.
constexpr pg::Statement reversed_sql{"verify.refunds_reversed", R"sql(
  SELECT format('payment %s: the refund %s of %s was taken back with %s %s', reversal.payment_id,
                reversal.provider_reference, coalesce(refund.amount_minor::text, 'nothing'), reversal.amount_minor,
                (SELECT string_agg('and is ' || status, ', ')
                   FROM payments.refunds decided
                  WHERE decided.payment_id = reversal.payment_id
                    AND decided.provider_reference = reversal.provider_reference))
    FROM payments.payment_transactions reversal
    LEFT JOIN payments.payment_transactions refund
           ON refund.payment_id = reversal.payment_id
          AND refund.kind = 'refund'
          AND refund.provider_reference = reversal.provider_reference
   WHERE reversal.kind = 'refund_reversal'
     AND (refund.amount_minor IS DISTINCT FROM reversal.amount_minor
          OR EXISTS (SELECT 1
                       FROM payments.refunds decided
                      WHERE decided.payment_id = reversal.payment_id
                        AND decided.provider_reference = reversal.provider_reference
                        AND decided.status = 'succeeded'))
)sql"};

constexpr pg::Statement done_sql{"verify.refunds_done", R"sql(
  SELECT format('refund %s of payment %s succeeded as %s, but no transaction says so',
                refund.id, refund.payment_id, coalesce(refund.provider_reference, 'nothing'))
    FROM payments.refunds refund
   WHERE refund.status = 'succeeded'
     AND NOT EXISTS (SELECT 1
                       FROM payments.payment_transactions moved
                      WHERE moved.payment_id = refund.payment_id
                        AND moved.kind = 'refund'
                        AND moved.provider_reference = refund.provider_reference
                        AND moved.amount_minor = refund.amount_minor)
)sql"};

constexpr pg::Invariant all[] = {
    {"payments.refunded_captured_authorized_are_in_order", order_sql},
    {"payments.sums_are_those_of_the_transactions", sums_sql},
    {"payments.transactions_are_in_the_currency_of_the_payment", currency_sql},
    {"payments.captured_money_makes_a_captured_payment", status_sql},
    {"payments.no_more_is_given_back_than_came_in", decided_sql},
    {"payments.refund_done_has_its_transaction", done_sql},
    {"payments.refund_that_failed_is_taken_back", reversed_sql},
};

}  // namespace

std::span<const pg::Invariant> invariants() { return all; }

}  // namespace osier::payments
