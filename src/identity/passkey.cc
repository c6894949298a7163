#include "identity/passkey.h"

#include "platform/base/require.h"
#include "platform/crypto/crypto.h"

namespace osier::identity {

namespace {

privacy::Place place_of_name(Uuid row) {
  return {.table = "identity.passkeys", .column = "name", .row = row};
}

pg::Bytes bytes_of(const std::string& text) { return {text.begin(), text.end()}; }
std::string text_of(const pg::Bytes& bytes) { return {bytes.begin(), bytes.end()}; }

// Without its name.
Passkey passkey_of(const pg::Row& row, AccountRef account) {
  return {.id = row.get<PasskeyId>("id"),
          .account = account,
          .credential_id = text_of(row.get<pg::Bytes>("credential_id")),
          .public_key = text_of(row.get<pg::Bytes>("public_key")),
          .sign_count = static_cast<std::uint32_t>(row.get<std::int64_t>("sign_count")),
          .is_backed_up = row.get<bool>("is_backed_up"),
          .name = {},
          .created_at = row.get<Instant>("created_at"),
          .last_used_at = row.get<std::optional<Instant>>("last_used_at")};
}

}  // namespace

std::string user_handle_of(AccountRef account) {
  const auto& bytes = account.id.bytes();
  return {bytes.begin(), bytes.end()};
}

static constexpr pg::Statement passkeys_of_sql{"identity.passkeys_of", R"sql(
  SELECT id, credential_id, public_key, sign_count, is_backed_up, name, created_at, last_used_at
    FROM identity.passkeys
   WHERE realm = $1 AND account_id = $2
   ORDER BY created_at, id
)sql"};

Task<std::vector<Passkey>> Passkeys::of(pg::Transaction& transaction, AccountRef account) const {
  const auto rows = co_await transaction.run(passkeys_of_sql, to_string(account.realm), account.id);
  std::vector<Passkey> passkeys;
  if (rows.empty()) co_return passkeys;
  const auto keys = co_await vault_.keys_of(transaction, privacy::SubjectId{account.id});
  for (const auto row : rows) {
    Passkey passkey = passkey_of(row, account);
    passkey.name = vault_
                       .open(keys, privacy::Purpose::profile, place_of_name(passkey.id.value()),
                             row.get<pg::Bytes>("name"))
                       .value_or("");
    passkeys.push_back(std::move(passkey));
  }
  co_return passkeys;
}

static constexpr pg::Statement find_passkey_sql{"identity.find_passkey", R"sql(
  SELECT id, account_id, credential_id, public_key, sign_count, is_backed_up, created_at, last_used_at
    FROM identity.passkeys
   WHERE realm = $1 AND credential_id = $2
)sql"};

Task<std::optional<Passkey>> Passkeys::find(pg::Transaction& transaction, Realm realm,
                                            std::string credential_id) const {
  const auto row =
      co_await transaction.run_one(find_passkey_sql, to_string(realm), bytes_of(credential_id));
  if (!row) co_return std::nullopt;
  const AccountRef account{.realm = realm, .id = row->get<Uuid>("account_id")};
  co_return passkey_of(*row, account);
}

static constexpr pg::Statement add_passkey_sql{"identity.add_passkey", R"sql(
  INSERT INTO identity.passkeys
      (id, realm, account_id, credential_id, public_key, sign_count, is_backed_up, name, created_at)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
  ON CONFLICT (credential_id) DO NOTHING
)sql"};

Task<std::optional<PasskeyId>> Passkeys::add(pg::Transaction& transaction, AccountRef account,
                                             NewPasskey passkey, std::string name,
                                             Instant now) const {
  const auto keys = co_await vault_.keys_of(transaction, privacy::SubjectId{account.id});
  if (!keys.has(privacy::Purpose::profile)) co_return std::nullopt;
  const PasskeyId id{Uuid::v7(now)};
  const auto sealed = vault_.seal(keys, privacy::Purpose::profile, place_of_name(id.value()), name);
  const auto rows =
      co_await transaction.run(add_passkey_sql, id, to_string(account.realm), account.id,
                               bytes_of(passkey.credential_id), bytes_of(passkey.key.encoded()),
                               std::int64_t{passkey.sign_count}, passkey.is_backed_up, sealed, now);
  if (rows.affected() == 0) co_return std::nullopt;
  co_return id;
}

// The guard is in the WHERE clause, so that of two answers with one count the second is refused.
static constexpr pg::Statement note_passkey_use_sql{"identity.note_passkey_use", R"sql(
  UPDATE identity.passkeys
     SET sign_count = $2, is_backed_up = $3, last_used_at = greatest(last_used_at, created_at, $4)
   WHERE id = $1 AND (sign_count < $2 OR (sign_count = 0 AND $2 = 0))
)sql"};

Task<bool> Passkeys::note_use(pg::Transaction& transaction, PasskeyId id, PasskeyUse use,
                              Instant now) const {
  const auto rows = co_await transaction.run(note_passkey_use_sql, id, std::int64_t{use.sign_count},
                                             use.is_backed_up, now);
  co_return rows.affected() == 1;
}

static constexpr pg::Statement rename_passkey_sql{"identity.rename_passkey", R"sql(
  UPDATE identity.passkeys SET name = $4 WHERE id = $1 AND realm = $2 AND account_id = $3
)sql"};

Task<bool> Passkeys::rename(pg::Transaction& transaction, AccountRef account, PasskeyId id,
                            std::string name) const {
  const auto keys = co_await vault_.keys_of(transaction, privacy::SubjectId{account.id});
  if (!keys.has(privacy::Purpose::profile)) co_return false;
  const auto sealed = vault_.seal(keys, privacy::Purpose::profile, place_of_name(id.value()), name);
  const auto rows = co_await transaction.run(rename_passkey_sql, id, to_string(account.realm),
                                             account.id, sealed);
  co_return rows.affected() == 1;
}

static constexpr pg::Statement remove_passkey_sql{"identity.remove_passkey", R"sql(
  DELETE FROM identity.passkeys WHERE id = $1 AND realm = $2 AND account_id = $3
)sql"};

Task<bool> Passkeys::remove(pg::Transaction& transaction, AccountRef account, PasskeyId id) const {
  const auto rows =
      co_await transaction.run(remove_passkey_sql, id, to_string(account.realm), account.id);
  co_return rows.affected() == 1;
}

std::string_view to_string(ChallengePurpose purpose) {
  switch (purpose) {
    case ChallengePurpose::add:
      return "add";
    case ChallengePurpose::sign_in:
      return "sign_in";
    case ChallengePurpose::second_factor:
      return "second_factor";
    case ChallengePurpose::confirm:
      return "confirm";
  }
}

static constexpr pg::Statement give_challenge_sql{"identity.give_challenge", R"sql(
  INSERT INTO identity.passkey_challenges (challenge_hash, realm, purpose, session_id, expires_at)
  VALUES ($1, $2, $3, $4, $5)
)sql"};

Task<std::string> PasskeyChallenges::give(ChallengeFor what) {
  require(what.session.has_value() != (what.purpose == ChallengePurpose::sign_in),
          "only who signs in has no session");
  std::string challenge(32, '\0');
  random_.fill({reinterpret_cast<unsigned char*>(challenge.data()), challenge.size()});
  // What a crash loses is asked for again.
  auto transaction = co_await database_.begin(pg::Durability::asynchronous);
  pg::Batch batch;
  batch.add(give_challenge_sql, crypto::token_hash(challenge), to_string(what.realm),
            to_string(what.purpose), what.session, clock_.now() + passkey_challenge_max);
  co_await transaction.run_all_and_commit(std::move(batch));
  co_return challenge;
}

static constexpr pg::Statement take_challenge_sql{"identity.take_challenge", R"sql(
  DELETE FROM identity.passkey_challenges
   WHERE challenge_hash = $1 AND realm = $2 AND purpose = $3 AND session_id IS NOT DISTINCT FROM $4
         AND expires_at > $5
)sql"};

Task<bool> PasskeyChallenges::take(ChallengeFor what, std::string challenge) {
  const auto rows = co_await database_.run(take_challenge_sql, crypto::token_hash(challenge),
                                           to_string(what.realm), to_string(what.purpose),
                                           what.session, clock_.now());
  co_return rows.affected() == 1;
}

static constexpr pg::Statement trim_challenges_sql{"identity.trim_challenges", R"sql(
  DELETE FROM identity.passkey_challenges
   WHERE challenge_hash IN (SELECT challenge_hash FROM identity.passkey_challenges
                             WHERE expires_at <= $1 LIMIT 10000)
)sql"};

Task<std::int64_t> PasskeyChallenges::trim() {
  const auto rows = co_await database_.run(trim_challenges_sql, clock_.now());
  co_return rows.affected();
}

}  // namespace osier::identity
