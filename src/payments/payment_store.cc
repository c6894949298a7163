#include "payments/payment_store.h"

#include <algorithm>

namespace osier::payments {

static constexpr pg::Statement insert_payments_sql{"payments.insert_payments", R"sql(
  INSERT INTO payments.payments (id, payable_id, provider, method, status, currency, amount_minor)
  SELECT id, payable_id, provider, method, 'created', currency, amount_minor
    FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::bigint[])
         AS payment (id, payable_id, provider, method, currency, amount_minor)
)sql"};

void add_insert_payments(pg::Batch& batch, const std::vector<NewPayment>& payments) {
  if (payments.empty()) return;
  std::vector<PaymentId> ids;
  std::vector<PayableId> payables;
  std::vector<std::string_view> providers, methods;
  std::vector<Currency> currencies;
  std::vector<std::int64_t> amounts;
  for (const NewPayment& payment : payments) {
    ids.push_back(payment.id);
    payables.push_back(payment.payable_id);
    providers.push_back(to_string(payment.provider));
    methods.push_back(to_string(payment.method));
    currencies.push_back(payment.amount.currency());
    amounts.push_back(payment.amount.amount_minor());
  }
  batch.add(insert_payments_sql, ids, payables, providers, methods, currencies, amounts);
}

namespace {

template <class Word>
Word known(std::optional<Word> word) {
  require(word.has_value(), "the schema knows no word that the code does not");
  return *word;
}

Payment payment_of(const pg::Row& row) {
  const auto currency = row.get<Currency>("currency");
  const auto money = [&](const char* column) {
    return Money::minor(row.get<std::int64_t>(column), currency);
  };
  Payment payment;
  payment.id = row.get<PaymentId>("id");
  payment.payable_id = row.get<PayableId>("payable_id");
  payment.provider = known(parse_provider(row.get<std::string>("provider")));
  payment.method = known(parse_payment_method(row.get<std::string>("method")));
  payment.status = known(parse_payment_status(row.get<std::string>("status")));
  payment.amount = money("amount_minor");
  payment.authorized = money("authorized_minor");
  payment.captured = money("captured_minor");
  payment.refunded = money("refunded_minor");
  payment.provider_session_id = row.get<std::optional<std::string>>("provider_session_id");
  payment.provider_payment_id = row.get<std::optional<std::string>>("provider_payment_id");
  payment.url = row.get<std::string>("url");
  payment.client_secret = row.get<std::string>("client_secret");
  payment.failure_reason = row.get<std::optional<std::string>>("failure_reason");
  return payment;
}

}  // namespace

std::vector<Payment> payments_of(const pg::Rows& rows) {
  std::vector<Payment> payments;
  for (const pg::Row& row : rows) payments.push_back(payment_of(row));
  return payments;
}

static constexpr pg::Statement lock_payments_sql{"payments.lock_payments", R"sql(
  SELECT id, payable_id, provider, method, status, currency, amount_minor, authorized_minor, captured_minor,
         refunded_minor, provider_session_id, provider_payment_id, coalesce(provider_data->>'url', '') AS url,
         coalesce(provider_data->>'client_secret', '') AS client_secret, failure_reason
    FROM payments.payments
   WHERE id = ANY ($1)
   ORDER BY id
     FOR UPDATE
)sql"};

static constexpr pg::Statement lock_of_payable_sql{"payments.lock_of_payable", R"sql(
  SELECT id, payable_id, provider, method, status, currency, amount_minor, authorized_minor, captured_minor,
         refunded_minor, provider_session_id, provider_payment_id, coalesce(provider_data->>'url', '') AS url,
         coalesce(provider_data->>'client_secret', '') AS client_secret, failure_reason
    FROM payments.payments
   WHERE payable_id = $1
   ORDER BY id
     FOR UPDATE
)sql"};

static constexpr pg::Statement select_returning_sql{"payments.select_returning", R"sql(
  SELECT id, returning_minor FROM payments.payable_payments WHERE payable_id = $1 AND returning_minor > 0
)sql"};

// Ids are made in the order of time.
Task<std::vector<Payments::Held>> lock_held_of_payable(pg::Transaction& transaction,
                                                       PayableId payable_id) {
  pg::Batch batch;
  const auto payments = batch.add(lock_of_payable_sql, payable_id);
  const auto returning = batch.add(select_returning_sql, payable_id);
  const auto results = co_await transaction.run_all(std::move(batch));
  std::vector<Payments::Held> held;
  for (const pg::Row& row : results[payments]) {
    Payment payment = payment_of(row);
    const Money nothing = Money::zero(payment.amount.currency());
    held.push_back({std::move(payment), nothing});
  }
  for (const pg::Row& row : results[returning]) {
    const auto one = std::ranges::find(held, row.get<PaymentId>("id"),
                                       [](const auto& each) { return each.payment.id; });
    if (one == held.end()) continue;
    one->returning =
        Money::minor(row.get<std::int64_t>("returning_minor"), one->payment.amount.currency());
  }
  co_return held;
}

std::unordered_map<PaymentId, std::vector<PaymentTransaction>> transactions_of(
    const pg::Rows& rows) {
  std::unordered_map<PaymentId, std::vector<PaymentTransaction>> transactions;
  for (const pg::Row& row : rows) {
    transactions[row.get<PaymentId>("payment_id")].push_back(
        {.kind = known(parse_transaction_kind(row.get<std::string>("kind"))),
         .amount =
             Money::minor(row.get<std::int64_t>("amount_minor"), row.get<Currency>("currency")),
         .provider_reference = row.get<std::string>("provider_reference")});
  }
  return transactions;
}

Task<std::vector<Payment>> lock_payments(pg::Transaction& transaction, std::vector<PaymentId> ids) {
  co_return payments_of(co_await transaction.run(lock_payments_sql, ids));
}

static constexpr pg::Statement lock_books_sql{"payments.lock_books", R"sql(
  SELECT id, payable_id, provider, method, status, currency, amount_minor, authorized_minor, captured_minor,
         refunded_minor, provider_session_id, provider_payment_id, coalesce(provider_data->>'url', '') AS url,
         coalesce(provider_data->>'client_secret', '') AS client_secret, failure_reason
    FROM payments.payments
   WHERE payable_id = ANY ($1::uuid[] || ARRAY(SELECT payable_id FROM payments.payments WHERE id = ANY ($2)))
   ORDER BY id
     FOR UPDATE
)sql"};

static constexpr pg::Statement select_books_sql{"payments.select_books", R"sql(
  SELECT payment_id, kind, amount_minor, currency, provider_reference
    FROM payments.payment_transactions
   WHERE payment_id = ANY (ARRAY(
         SELECT id
           FROM payments.payments
          WHERE payable_id = ANY ($1::uuid[] || ARRAY(SELECT payable_id FROM payments.payments WHERE id = ANY ($2)))))
)sql"};

std::size_t add_lock_books(pg::Batch& batch, const std::vector<PayableId>& payables,
                           const std::vector<PaymentId>& payments) {
  const auto at = batch.add(lock_books_sql, payables, payments);
  batch.add(select_books_sql, payables, payments);
  return at;
}

// The next poll stays while the payment is open; afterwards there is nothing to ask.
static constexpr pg::Statement update_payments_sql{"payments.update_payments", R"sql(
  UPDATE payments.payments payment
     SET status = booked.status,
         authorized_minor = booked.authorized_minor,
         captured_minor = booked.captured_minor,
         refunded_minor = booked.refunded_minor,
         provider_payment_id = booked.provider_payment_id,
         failure_reason = booked.failure_reason,
         updated_at = clock_timestamp(),
         next_poll_at = CASE WHEN booked.status IN ('created', 'requires_action', 'processing')
                             THEN payment.next_poll_at END
    FROM unnest($1::uuid[], $2::text[], $3::bigint[], $4::bigint[], $5::bigint[], $6::text[], $7::text[])
         AS booked (id, status, authorized_minor, captured_minor, refunded_minor, provider_payment_id, failure_reason)
   WHERE payment.id = booked.id
)sql"};

static constexpr pg::Statement insert_transactions_sql{"payments.insert_transactions", R"sql(
  INSERT INTO payments.payment_transactions (id, payment_id, kind, amount_minor, currency, provider_reference)
  SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::bigint[], $5::text[], $6::text[])
)sql"};

static void add_transactions(pg::Batch& batch, const std::vector<Booking>& bookings, Instant now) {
  std::vector<Uuid> ids;
  std::vector<PaymentId> payments;
  std::vector<std::string_view> kinds;
  std::vector<std::int64_t> amounts;
  std::vector<Currency> currencies;
  std::vector<std::string> references;
  for (const Booking& booking : bookings) {
    for (const PaymentTransaction& transaction : booking.transactions) {
      ids.push_back(Uuid::v7(now));
      payments.push_back(booking.payment.id);
      kinds.push_back(to_string(transaction.kind));
      amounts.push_back(transaction.amount.amount_minor());
      currencies.push_back(transaction.amount.currency());
      references.push_back(transaction.provider_reference);
    }
  }
  if (!ids.empty())
    batch.add(insert_transactions_sql, ids, payments, kinds, amounts, currencies, references);
}

void add_bookings(pg::Batch& batch, const std::vector<Booking>& bookings, Instant now) {
  // Of several bookings of one payment the last has its final state.
  std::unordered_map<PaymentId, const Payment*> last;
  for (const Booking& booking : bookings) {
    if (booking.is_changed) last[booking.payment.id] = &booking.payment;
  }
  if (last.empty()) return;

  std::vector<PaymentId> ids;
  std::vector<std::string_view> statuses;
  std::vector<std::int64_t> authorized, captured, refunded;
  std::vector<std::optional<std::string>> provider_ids, failures;
  for (const auto& [id, payment] : last) {
    ids.push_back(id);
    statuses.push_back(to_string(payment->status));
    authorized.push_back(payment->authorized.amount_minor());
    captured.push_back(payment->captured.amount_minor());
    refunded.push_back(payment->refunded.amount_minor());
    provider_ids.push_back(payment->provider_payment_id);
    failures.push_back(payment->failure_reason);
  }
  batch.add(update_payments_sql, ids, statuses, authorized, captured, refunded, provider_ids,
            failures);
  add_transactions(batch, bookings, now);
}

static constexpr pg::Statement select_of_payables_sql{"payments.select_of_payables", R"sql(
  SELECT id, payable_id, provider, method, status, currency, amount_minor, authorized_minor, captured_minor,
         refunded_minor, provider_session_id, provider_payment_id, coalesce(provider_data->>'url', '') AS url,
         coalesce(provider_data->>'client_secret', '') AS client_secret, failure_reason
    FROM payments.payments
   WHERE payable_id = ANY ($1)
   ORDER BY created_at, id
)sql"};

std::size_t add_select_of_payables(pg::Batch& batch, const std::vector<PayableId>& payables) {
  return batch.add(select_of_payables_sql, payables);
}

Task<std::vector<Payment>> select_of_payables(pg::Transaction& transaction,
                                              std::vector<PayableId> payables) {
  co_return payments_of(co_await transaction.run(select_of_payables_sql, payables));
}

Task<std::vector<Payment>> select_of_payable(pg::Database& database, PayableId payable_id) {
  const std::vector<PayableId> one{payable_id};
  co_return payments_of(co_await database.run(select_of_payables_sql, one));
}

static Payment looked_up(const pg::Row& row) {
  Payment payment = payment_of(row);
  payment.has_refunds = row.get<bool>("has_refunds");
  return payment;
}

static constexpr pg::Statement select_payment_sql{"payments.select_payment", R"sql(
  SELECT id, payable_id, provider, method, status, currency, amount_minor, authorized_minor, captured_minor,
         refunded_minor, provider_session_id, provider_payment_id, coalesce(provider_data->>'url', '') AS url,
         coalesce(provider_data->>'client_secret', '') AS client_secret, failure_reason,
         EXISTS (SELECT 1 FROM payments.refunds WHERE payment_id = payments.id) AS has_refunds
    FROM payments.payments
   WHERE id = $1
)sql"};

Task<std::optional<Payment>> select_payment(pg::Database& database, PaymentId id) {
  const auto row = co_await database.run_one(select_payment_sql, id);
  if (!row) co_return std::nullopt;
  co_return looked_up(*row);
}

static constexpr pg::Statement select_by_provider_id_sql{"payments.select_by_provider_id", R"sql(
  SELECT id, payable_id, provider, method, status, currency, amount_minor, authorized_minor, captured_minor,
         refunded_minor, provider_session_id, provider_payment_id, coalesce(provider_data->>'url', '') AS url,
         coalesce(provider_data->>'client_secret', '') AS client_secret, failure_reason,
         EXISTS (SELECT 1 FROM payments.refunds WHERE payment_id = payments.id) AS has_refunds
    FROM payments.payments
   WHERE provider_session_id = $1
      OR provider_payment_id = $1
   ORDER BY created_at
   LIMIT 1
)sql"};

Task<std::optional<Payment>> select_by_provider_id(pg::Database& database, std::string id) {
  const auto row = co_await database.run_one(select_by_provider_id_sql, id);
  if (!row) co_return std::nullopt;
  co_return looked_up(*row);
}

// Two look-ups by index: an OR of two lists reads the whole table as soon as the plan is kept.
static constexpr pg::Statement select_by_provider_ids_sql{"payments.select_by_provider_ids", R"sql(
  SELECT id, payable_id, provider, method, status, currency, amount_minor, authorized_minor, captured_minor,
         refunded_minor, provider_session_id, provider_payment_id, coalesce(provider_data->>'url', '') AS url,
         coalesce(provider_data->>'client_secret', '') AS client_secret, failure_reason,
         EXISTS (SELECT 1 FROM payments.refunds WHERE payment_id = payments.id) AS has_refunds
    FROM payments.payments
   WHERE id IN (SELECT id FROM payments.payments WHERE provider_session_id = ANY ($1)
                UNION
                SELECT id FROM payments.payments WHERE provider_payment_id = ANY ($1))
   ORDER BY id
)sql"};

Task<std::vector<Payment>> select_by_provider_ids(pg::Database& database,
                                                  std::vector<std::string> ids) {
  const auto rows = co_await database.run(select_by_provider_ids_sql, ids);
  std::vector<Payment> payments;
  for (const pg::Row& row : rows) payments.push_back(looked_up(row));
  co_return payments;
}

}  // namespace osier::payments
