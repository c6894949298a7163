#include "identity/email_token.h"

#include "platform/base/require.h"
#include "platform/crypto/crypto.h"
#include "privacy/subjects.h"

namespace osier::identity {

std::string_view to_string(EmailPurpose purpose) {
  switch (purpose) {
    case EmailPurpose::verify:
      return "verify";
    case EmailPurpose::reset:
      return "reset";
    case EmailPurpose::change_email:
      return "change_email";
  }
}

Duration lifetime_of(EmailPurpose purpose) {
  return purpose == EmailPurpose::reset ? Duration(30min) : Duration(24h);
}

namespace {

constexpr std::size_t link_token_length = 22;  // 128 bits in base64url.

privacy::Place place_of(std::string_view column, EmailTokenId id) {
  return {.table = "identity.email_tokens", .column = column, .row = id.value()};
}

EmailPurpose purpose_of(const std::string& word) {
  for (const EmailPurpose purpose :
       {EmailPurpose::verify, EmailPurpose::reset, EmailPurpose::change_email}) {
    if (to_string(purpose) == word) return purpose;
  }
  require(false, "the database knows the purposes of links");
  return EmailPurpose::verify;
}

}  // namespace

std::string EmailTokens::token_of(EmailTokenId id) const {
  const auto bytes = vault_.index("email_token", id.value().to_string());
  return crypto::to_base64url({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

static constexpr pg::Statement add_token_sql{"identity.add_email_token", R"sql(
  INSERT INTO identity.email_tokens (id, token_hash, customer_id, purpose, email_index, new_email,
                                     credentials_version, created_at, expires_at)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
  ON CONFLICT (id) DO NOTHING
)sql"};

void EmailTokens::add(pg::Batch& batch, const EmailTokenRow& token, const privacy::Keys& keys,
                      Instant now) const {
  std::optional<pg::Bytes> new_email;
  if (token.purpose == EmailPurpose::change_email) {
    new_email = vault_.seal(keys, privacy::Purpose::profile, place_of("new_email", token.id),
                            token.new_email);
  }
  batch.add(add_token_sql, token.id, crypto::token_hash(token_of(token.id)), token.customer,
            to_string(token.purpose), token.email_index, new_email, token.credentials_version, now,
            now + lifetime_of(token.purpose));
}

EmailTokenRow EmailTokens::row_of(const pg::Row& row) const {
  EmailTokenRow token{.id = row.get<EmailTokenId>("id"),
                      .customer = row.get<CustomerId>("customer_id"),
                      .purpose = purpose_of(row.get<std::string>("purpose")),
                      .email_index = row.get<pg::Bytes>("email_index"),
                      .new_email = {},
                      .credentials_version = row.get<std::int64_t>("credentials_version")};
  if (const auto sealed = row.get<std::optional<pg::Bytes>>("new_email")) {
    const auto keys = vault_.unwrap(privacy::read_wrapped_keys(row));
    token.new_email =
        vault_.open(keys, privacy::Purpose::profile, place_of("new_email", token.id), *sealed)
            .value_or("");
  }
  return token;
}

static constexpr pg::Statement find_token_sql{"identity.find_email_token", R"sql(
  SELECT token.id, token.customer_id, token.purpose, token.email_index, token.new_email,
         token.credentials_version, subject, profile_key, invoice_key, wrapping_key
    FROM identity.email_tokens token
    JOIN identity.customers customer ON customer.id = token.customer_id
    JOIN privacy.subject_keys ON subject = customer.id
   WHERE token.token_hash = $1 AND token.purpose = $2
     AND token.used_at IS NULL AND token.expires_at > $3
     AND customer.closed_at IS NULL
     AND customer.credentials_version = token.credentials_version
)sql"};

Task<std::optional<EmailTokenRow>> EmailTokens::find(pg::Database& database, EmailPurpose purpose,
                                                     std::string token, Instant now) const {
  if (token.size() != link_token_length) co_return std::nullopt;
  const auto row =
      co_await database.run_one(find_token_sql, crypto::token_hash(token), to_string(purpose), now);
  if (!row) co_return std::nullopt;
  co_return row_of(*row);
}

// The customer first: so all who change an account wait at its row, and nowhere else.
static constexpr pg::Statement lock_owner_sql{"identity.lock_owner_of_email_token", R"sql(
  SELECT customer.id
    FROM identity.customers customer
   WHERE customer.id = (SELECT customer_id FROM identity.email_tokens WHERE token_hash = $1)
     FOR NO KEY UPDATE
)sql"};

static constexpr pg::Statement use_token_sql{"identity.use_email_token", R"sql(
  WITH used AS (
    UPDATE identity.email_tokens token
       SET used_at = $3
      FROM identity.customers customer
     WHERE token.token_hash = $1 AND token.purpose = $2
       AND token.used_at IS NULL AND token.expires_at > $3
       AND customer.id = token.customer_id
       AND customer.closed_at IS NULL
       AND customer.credentials_version = token.credentials_version
    RETURNING token.id, token.customer_id, token.purpose, token.email_index, token.new_email,
              token.credentials_version
  )
  SELECT used.*, subject, profile_key, invoice_key, wrapping_key
    FROM used JOIN privacy.subject_keys ON subject = used.customer_id
)sql"};

Task<std::optional<EmailTokenRow>> EmailTokens::use(pg::Transaction& transaction,
                                                    EmailPurpose purpose, std::string token,
                                                    Instant now) const {
  if (token.size() != link_token_length) co_return std::nullopt;
  const std::string hash = crypto::token_hash(token);
  if (!co_await transaction.run_one(lock_owner_sql, hash)) co_return std::nullopt;
  const auto row = co_await transaction.run_one(use_token_sql, hash, to_string(purpose), now);
  if (!row) co_return std::nullopt;
  co_return row_of(*row);
}

static constexpr pg::Statement change_of_sql{"identity.email_change_of", R"sql(
  SELECT customer_id, new_email, former_email, subject, profile_key, invoice_key, wrapping_key
    FROM identity.email_tokens
    JOIN privacy.subject_keys ON subject = customer_id
   WHERE id = $1 AND purpose = 'change_email'
)sql"};

Task<std::optional<EmailTokens::Change>> EmailTokens::change_of(pg::Database& database,
                                                                EmailTokenId id) const {
  const auto row = co_await database.run_one(change_of_sql, id);
  if (!row) co_return std::nullopt;
  const auto keys = vault_.unwrap(privacy::read_wrapped_keys(*row));
  const auto opened = [&](const char* column) -> std::optional<std::string> {
    const auto sealed = row->get<std::optional<pg::Bytes>>(column);
    if (!sealed) return std::string();
    return vault_.open(keys, privacy::Purpose::profile, place_of(column, id), *sealed);
  };
  auto new_email = opened("new_email");
  auto former_email = opened("former_email");
  if (!new_email || !former_email) co_return std::nullopt;
  co_return Change{.customer = row->get<CustomerId>("customer_id"),
                   .new_email = *std::move(new_email),
                   .former_email = *std::move(former_email)};
}

static constexpr pg::Statement keep_former_sql{"identity.keep_former_email", R"sql(
  UPDATE identity.email_tokens SET former_email = $2 WHERE id = $1
)sql"};

Task<void> EmailTokens::keep_former(pg::Transaction& transaction, EmailTokenRow token,
                                    std::string email) const {
  const auto keys =
      co_await vault_.keys_of(transaction, privacy::SubjectId{token.customer.value()});
  const auto sealed =
      vault_.seal(keys, privacy::Purpose::profile, place_of("former_email", token.id), email);
  co_await transaction.run(keep_former_sql, token.id, sealed);
}

static constexpr pg::Statement trim_tokens_sql{"identity.trim_email_tokens", R"sql(
  DELETE FROM identity.email_tokens
   WHERE id IN (SELECT id FROM identity.email_tokens WHERE expires_at < $1 LIMIT 10000)
)sql"};

Task<std::int64_t> EmailTokens::trim(pg::Database& database, Instant now) const {
  const auto rows = co_await database.run(trim_tokens_sql, now - 30 * 24h);
  co_return rows.affected();
}

}  // namespace osier::identity
