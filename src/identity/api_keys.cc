#include "identity/api_keys.h"

#include "identity/one_line.h"
#include "platform/crypto/crypto.h"

namespace osier::identity {

namespace {

constexpr std::size_t key_bytes = 32;
constexpr std::size_t key_length = 4 + 43;  // With its prefix.
constexpr std::size_t key_shown_length = 10;

ApiKey key_of(const pg::Row& row) {
  return {.id = row.get<ApiKeyId>("id"),
          .name = row.get<std::string>("name"),
          .prefix = row.get<std::string>("prefix"),
          .scopes = PermissionSet::of(row.get<std::vector<std::string>>("scopes")),
          .created_at = row.get<Instant>("created_at"),
          .expires_at = row.get<Instant>("expires_at"),
          .last_used_at = row.get<std::optional<Instant>>("last_used_at"),
          .revoked_at = row.get<std::optional<Instant>>("revoked_at")};
}

audit::Facts facts_of(const std::string& name, const PermissionSet& scopes) {
  std::string names;
  for (const std::string& scope : scopes.names()) names += (names.empty() ? "" : " ") + scope;
  return audit::Facts().add("name", name).add("scopes", std::move(names));
}

}  // namespace

static constexpr pg::Statement key_name_is_known_sql{"identity.api_key_name_is_known", R"sql(
  SELECT EXISTS (SELECT FROM identity.api_keys
                  WHERE lower(name) = lower($1) AND revoked_at IS NULL)
)sql"};

static constexpr pg::Statement insert_api_key_sql{"identity.insert_api_key", R"sql(
  INSERT INTO identity.api_keys
      (id, name, prefix, token_hash, scopes, created_by, created_at, expires_at)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
)sql"};

Task<Result<ApiKeys::Made, RightsRefusal>> ApiKeys::make(StaffActor by, std::string typed,
                                                         PermissionSet scopes, int days) {
  require(days >= 1 && days <= api_key_days_max, "a key's lifetime was checked at the door");
  require(by.member.has_value(), "a key is made by somebody");
  const auto name = one_line(typed, api_key_name_length_max);
  if (!name) co_return refuse(RightsRefusal::name_invalid);
  auto transaction = co_await database_.begin();
  const auto who = co_await staff_.changer(transaction, by);
  if (!who) co_return refuse(RightsRefusal::beyond_own);
  const auto decided = decide_api_key(*who, scopes);
  if (!decided) co_return refuse(decided.error());
  const auto known = co_await transaction.run_one(key_name_is_known_sql, *name);
  if (known->get<bool>(0)) co_return refuse(RightsRefusal::name_known);

  const Instant now = clock_.now();
  Made made{.id = ApiKeyId{Uuid::v7(now)},
            .token = std::string(api_key_prefix) + random_.token(key_bytes)};
  pg::Batch batch;
  batch.add(insert_api_key_sql, made.id, *name, made.token.substr(0, key_shown_length),
            crypto::token_hash(made.token), scopes.names(), *by.member, now,
            now + std::chrono::days(days));
  audit::Entry entry{.actor = by.audit,
                     .action = "api_key.made",
                     .object_kind = "api_key",
                     .object_id = made.id.value().to_string(),
                     .after = facts_of(*name, scopes)};
  audit::add_entries(batch, {std::move(entry)}, now);
  co_await transaction.run_all_and_commit(std::move(batch));
  co_return made;
}

static constexpr pg::Statement revoke_key_sql{"identity.revoke_api_key", R"sql(
  UPDATE identity.api_keys SET revoked_at = greatest($2, created_at)
   WHERE id = $1 AND revoked_at IS NULL
)sql"};

Task<Result<void, RightsRefusal>> ApiKeys::revoke(StaffActor by, ApiKeyId id) {
  auto transaction = co_await database_.begin();
  const auto who = co_await staff_.changer(transaction, by);
  if (!who) co_return refuse(RightsRefusal::beyond_own);
  const Instant now = clock_.now();
  const auto revoked = co_await transaction.run(revoke_key_sql, id, now);
  if (revoked.affected() == 0) co_return refuse(RightsRefusal::not_there);
  audit::Entry entry{.actor = by.audit,
                     .action = "api_key.revoked",
                     .object_kind = "api_key",
                     .object_id = id.value().to_string()};
  pg::Batch batch;
  audit::add_entries(batch, {std::move(entry)}, now);
  co_await transaction.run_all_and_commit(std::move(batch));
  co_return Result<void, RightsRefusal>{};
}

static constexpr pg::Statement list_keys_sql{"identity.list_api_keys", R"sql(
  SELECT id, name, prefix, scopes, created_at, expires_at, last_used_at, revoked_at
    FROM identity.api_keys
   ORDER BY revoked_at IS NOT NULL, id DESC
   LIMIT 200
)sql"};

Task<std::vector<ApiKey>> ApiKeys::list() {
  const auto rows = co_await database_.run(list_keys_sql);
  std::vector<ApiKey> keys;
  for (const pg::Row row : rows) keys.push_back(key_of(row));
  co_return keys;
}

static constexpr pg::Statement find_api_key_sql{"identity.find_api_key", R"sql(
  SELECT id, name, prefix, scopes, created_at, expires_at, last_used_at, revoked_at
    FROM identity.api_keys
   WHERE token_hash = $1 AND revoked_at IS NULL AND expires_at > $2
)sql"};

static constexpr pg::Statement note_api_key_used_sql{"identity.note_api_key_used", R"sql(
  UPDATE identity.api_keys SET last_used_at = date_trunc('hour', $2::timestamptz)
   WHERE id = $1 AND last_used_at IS DISTINCT FROM date_trunc('hour', $2::timestamptz)
)sql"};

Task<std::optional<ApiKey>> ApiKeys::find(std::string token) {
  if (token.size() != key_length || !token.starts_with(api_key_prefix)) co_return std::nullopt;
  const Instant now = clock_.now();
  const auto row = co_await database_.run_one(find_api_key_sql, crypto::token_hash(token), now);
  if (!row) co_return std::nullopt;
  ApiKey key = key_of(*row);
  if (!key.last_used_at || now - *key.last_used_at >= 1h) {
    auto transaction = co_await database_.begin(pg::Durability::asynchronous);
    co_await transaction.run(note_api_key_used_sql, key.id, now);
    co_await transaction.commit();
  }
  co_return key;
}

}  // namespace osier::identity
