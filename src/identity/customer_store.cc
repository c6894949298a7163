#include "identity/customer_store.h"

#include "identity/session.h"
#include "privacy/subjects.h"

namespace osier::identity {

namespace {

privacy::Place place_of(std::string_view column, CustomerId id) {
  return {.table = "identity.customers", .column = column, .row = id.value()};
}

}  // namespace

static constexpr pg::Statement add_customer_sql{"identity.add_customer", R"sql(
  INSERT INTO identity.customers (id, market_code, locale, email, email_index, given_name,
                                  family_name, password_hash, created_at, verified_at)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
)sql"};

void CustomerStore::add(pg::Batch& batch, const NewCustomer& customer, Instant now) const {
  const auto subject = vault_.make_subject(privacy::SubjectId{customer.id.value()});
  const auto sealed = [&](std::string_view column, const std::string& text) {
    return vault_.seal(subject.keys, privacy::Purpose::profile, place_of(column, customer.id),
                       text);
  };
  privacy::add_subjects(batch, {subject});
  std::optional<Instant> verified_at;
  if (customer.is_verified) verified_at = now;
  batch.add(add_customer_sql, customer.id, customer.market_code, customer.locale,
            sealed("email", customer.email), index_of(customer.email),
            sealed("given_name", customer.given_name), sealed("family_name", customer.family_name),
            customer.password_hash, now, verified_at);
}

static constexpr pg::Statement find_customer_sql{"identity.find_customer", R"sql(
  SELECT id, market_code, locale, email, given_name, family_name, phone,
         password_hash IS NOT NULL AS has_password, created_at, verified_at,
         subject, profile_key, invoice_key, wrapping_key
    FROM identity.customers
    JOIN privacy.subject_keys ON subject = id
   WHERE id = $1 AND closed_at IS NULL
)sql"};

std::optional<Customer> CustomerStore::customer_of(const pg::Row& row) const {
  const auto keys = vault_.unwrap(privacy::read_wrapped_keys(row));
  const CustomerId id = row.get<CustomerId>("id");
  const auto opened = [&](const char* column) -> std::optional<std::string> {
    const auto sealed = row.get<std::optional<pg::Bytes>>(column);
    if (!sealed) return std::string();
    return vault_.open(keys, privacy::Purpose::profile, place_of(column, id), *sealed);
  };
  auto email = opened("email");
  if (!email || email->empty()) return std::nullopt;
  return Customer{.id = id,
                  .email = *std::move(email),
                  .given_name = opened("given_name").value_or(""),
                  .family_name = opened("family_name").value_or(""),
                  .phone = opened("phone").value_or(""),
                  .market_code = row.get<std::string>("market_code"),
                  .locale = row.get<std::string>("locale"),
                  .has_password = row.get<bool>("has_password"),
                  .verified_at = row.get<std::optional<Instant>>("verified_at"),
                  .created_at = row.get<Instant>("created_at")};
}

Task<std::optional<Customer>> CustomerStore::find(pg::Database& database, CustomerId id) const {
  const auto row = co_await database.run_one(find_customer_sql, id);
  if (!row) co_return std::nullopt;
  co_return customer_of(*row);
}

Task<std::optional<Customer>> CustomerStore::find(pg::Transaction& transaction,
                                                  CustomerId id) const {
  const auto row = co_await transaction.run_one(find_customer_sql, id);
  if (!row) co_return std::nullopt;
  co_return customer_of(*row);
}

static std::optional<Credentials> credentials_in(const std::optional<pg::Row>& row) {
  if (!row) return std::nullopt;
  return Credentials{.id = row->get<CustomerId>("id"),
                     .password_hash = row->get<std::optional<std::string>>("password_hash"),
                     .is_verified = row->get<bool>("is_verified"),
                     .version = row->get<std::int64_t>("credentials_version")};
}

static constexpr pg::Statement credentials_for_sql{"identity.credentials_for_email", R"sql(
  SELECT id, password_hash, verified_at IS NOT NULL AS is_verified, credentials_version
    FROM identity.customers
   WHERE email_index = $1 AND closed_at IS NULL
   ORDER BY verified_at IS NULL, created_at DESC, id DESC
   LIMIT 1
)sql"};

Task<std::optional<Credentials>> CustomerStore::credentials_for(pg::Database& database,
                                                                pg::Bytes email_index) const {
  co_return credentials_in(co_await database.run_one(credentials_for_sql, email_index));
}

static constexpr pg::Statement credentials_of_sql{"identity.credentials_of_customer", R"sql(
  SELECT id, password_hash, verified_at IS NOT NULL AS is_verified, credentials_version
    FROM identity.customers
   WHERE id = $1 AND closed_at IS NULL
)sql"};

Task<std::optional<Credentials>> CustomerStore::credentials_of(pg::Database& database,
                                                               CustomerId id) const {
  co_return credentials_in(co_await database.run_one(credentials_of_sql, id));
}

static constexpr pg::Statement lock_customer_sql{"identity.lock_customer", R"sql(
  SELECT id, password_hash, verified_at IS NOT NULL AS is_verified, credentials_version
    FROM identity.customers
   WHERE id = $1 AND closed_at IS NULL
     FOR NO KEY UPDATE
)sql"};

Task<std::optional<Credentials>> CustomerStore::lock(pg::Transaction& transaction,
                                                     CustomerId id) const {
  co_return credentials_in(co_await transaction.run_one(lock_customer_sql, id));
}

static constexpr pg::Statement verified_sql{"identity.verified_customer", R"sql(
  SELECT id FROM identity.customers
   WHERE email_index = $1 AND verified_at IS NOT NULL AND closed_at IS NULL
)sql"};

Task<std::optional<CustomerId>> CustomerStore::verified(pg::Transaction& transaction,
                                                        pg::Bytes email_index) const {
  const auto row = co_await transaction.run_one(verified_sql, email_index);
  if (!row) co_return std::nullopt;
  co_return row->get<CustomerId>("id");
}

static constexpr pg::Statement lock_address_sql{"identity.lock_address", R"sql(
  SELECT pg_advisory_xact_lock(hashtextextended('identity.email ' || encode($1::bytea, 'hex'), 0))
)sql"};

Task<void> CustomerStore::lock_address(pg::Transaction& transaction, pg::Bytes email_index) const {
  co_await transaction.run(lock_address_sql, email_index);
}

static constexpr pg::Statement set_password_sql{"identity.set_customer_password", R"sql(
  UPDATE identity.customers
     SET password_hash = $2, credentials_version = credentials_version + 1
   WHERE id = $1 AND closed_at IS NULL
)sql"};

void CustomerStore::set_password(pg::Batch& batch, CustomerId id, const std::string& hash) const {
  batch.add(set_password_sql, id, hash);
}

static constexpr pg::Statement set_verified_sql{"identity.set_customer_verified", R"sql(
  UPDATE identity.customers
     SET verified_at = greatest($2, created_at), credentials_version = credentials_version + 1
   WHERE id = $1 AND closed_at IS NULL
)sql"};

void CustomerStore::set_verified(pg::Batch& batch, CustomerId id, Instant now) const {
  batch.add(set_verified_sql, id, now);
}

static constexpr pg::Statement set_email_sql{"identity.set_customer_email", R"sql(
  UPDATE identity.customers
     SET email = $2, email_index = $3, credentials_version = credentials_version + 1
   WHERE id = $1 AND closed_at IS NULL
)sql"};

Task<void> CustomerStore::set_email(pg::Transaction& transaction, CustomerId id,
                                    std::string email) const {
  const auto keys = co_await vault_.keys_of(transaction, privacy::SubjectId{id.value()});
  const auto sealed = vault_.seal(keys, privacy::Purpose::profile, place_of("email", id), email);
  co_await transaction.run(set_email_sql, id, sealed, index_of(email));
}

static constexpr pg::Statement rehash_sql{"identity.rehash_customer_password", R"sql(
  UPDATE identity.customers SET password_hash = $3 WHERE id = $1 AND password_hash = $2
)sql"};

Task<void> CustomerStore::rehash(pg::Database& database, CustomerId id, std::string former,
                                 std::string hash) const {
  auto transaction = co_await database.begin();
  co_await transaction.run(rehash_sql, id, former, hash);
  co_await transaction.commit();
}

static constexpr pg::Statement set_profile_sql{"identity.set_customer_profile", R"sql(
  UPDATE identity.customers
     SET given_name = $2, family_name = $3, phone = $4, locale = $5
   WHERE id = $1 AND closed_at IS NULL
)sql"};

Task<bool> CustomerStore::set_profile(pg::Transaction& transaction, CustomerId id,
                                      CustomerProfile profile) const {
  const auto keys = co_await vault_.keys_of(transaction, privacy::SubjectId{id.value()});
  if (!keys.has(privacy::Purpose::profile)) co_return false;
  const auto sealed = [&](std::string_view column, const std::string& text) {
    return vault_.seal(keys, privacy::Purpose::profile, place_of(column, id), text);
  };
  const auto given_name = sealed("given_name", profile.given_name);
  const auto family_name = sealed("family_name", profile.family_name);
  const auto phone = sealed("phone", profile.phone);
  const auto rows =
      co_await transaction.run(set_profile_sql, id, given_name, family_name, phone, profile.locale);
  co_return rows.affected() > 0;
}

static constexpr pg::Statement discard_of_address_sql{"identity.discard_registrations", R"sql(
  DELETE FROM identity.customers
   WHERE email_index = $1 AND verified_at IS NULL AND id IS DISTINCT FROM $2
  RETURNING id
)sql"};

Task<int> CustomerStore::discard_unverified(pg::Transaction& transaction, pg::Bytes email_index,
                                            std::optional<CustomerId> keep, Instant now) const {
  auto rows = co_await transaction.run(discard_of_address_sql, email_index, keep);
  co_return co_await discard(transaction, std::move(rows), now);
}

static constexpr pg::Statement discard_old_sql{"identity.discard_old_registrations", R"sql(
  DELETE FROM identity.customers
   WHERE id IN (SELECT id FROM identity.customers
                 WHERE verified_at IS NULL AND created_at < $1
                   AND NOT EXISTS (SELECT FROM identity.federated_identities
                                    WHERE realm = 'customer' AND account_id = customers.id)
                 LIMIT 1000)
  RETURNING id
)sql"};

Task<int> CustomerStore::discard_unverified(pg::Transaction& transaction, Instant before,
                                            Instant now) const {
  auto rows = co_await transaction.run(discard_old_sql, before);
  co_return co_await discard(transaction, std::move(rows), now);
}

static constexpr pg::Statement end_sessions_sql{"identity.end_sessions_of_customers", R"sql(
  WITH ended AS (
    UPDATE identity.sessions
       SET ended_at = greatest($2, created_at), end_reason = 'account_closed'
     WHERE realm = 'customer' AND account_id = ANY ($1) AND ended_at IS NULL
    RETURNING id
  )
  SELECT pg_notify('identity_sessions', id::text) FROM ended
)sql"};

static constexpr pg::Statement discard_apps_sql{"identity.remove_apps_of_customers", R"sql(
  DELETE FROM identity.authenticator_apps WHERE realm = 'customer' AND account_id = ANY ($1)
)sql"};

static constexpr pg::Statement discard_codes_sql{"identity.remove_codes_of_customers", R"sql(
  DELETE FROM identity.recovery_codes WHERE realm = 'customer' AND account_id = ANY ($1)
)sql"};

static constexpr pg::Statement discard_passkeys_sql{"identity.remove_passkeys_of_customers", R"sql(
  DELETE FROM identity.passkeys WHERE realm = 'customer' AND account_id = ANY ($1)
)sql"};

static constexpr pg::Statement discard_identities_sql{"identity.remove_identities_of_customers",
                                                      R"sql(
  DELETE FROM identity.federated_identities WHERE realm = 'customer' AND account_id = ANY ($1)
)sql"};

Task<int> CustomerStore::discard(pg::Transaction& transaction, pg::Rows rows, Instant now) const {
  if (rows.empty()) co_return 0;
  std::vector<CustomerId> ids;
  pg::Batch batch;
  for (const pg::Row row : rows) {
    ids.push_back(row.get<CustomerId>("id"));
    const privacy::SubjectId subject{ids.back().value()};
    privacy::add_forget(batch, subject, privacy::Purpose::profile);
    privacy::add_forget(batch, subject, privacy::Purpose::invoice);
  }
  batch.add(end_sessions_sql, ids, now);
  batch.add(discard_apps_sql, ids);
  batch.add(discard_codes_sql, ids);
  batch.add(discard_passkeys_sql, ids);
  batch.add(discard_identities_sql, ids);
  co_await transaction.run_all(std::move(batch));
  co_return rows.size();
}

}  // namespace osier::identity
