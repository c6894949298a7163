#include "identity/recovery_codes.h"

#include "platform/base/require.h"

namespace osier::identity {

static constexpr pg::Statement remove_codes_sql{"identity.remove_recovery_codes", R"sql(
  DELETE FROM identity.recovery_codes WHERE realm = $1 AND account_id = $2
)sql"};

Task<void> remove_recovery_codes(pg::Transaction& transaction, AccountRef account) {
  co_await transaction.run(remove_codes_sql, to_string(account.realm), account.id);
}

static constexpr pg::Statement add_codes_sql{"identity.add_recovery_codes", R"sql(
  INSERT INTO identity.recovery_codes (realm, account_id, code_hash, created_at)
  SELECT $1, $2, code_hash, $4 FROM unnest($3::text[]) AS code_hash
)sql"};

Task<void> replace_recovery_codes(pg::Transaction& transaction, AccountRef account,
                                  std::vector<Secret> codes, Instant now) {
  std::vector<std::string> hashes;
  for (const Secret& code : codes) {
    const auto hash = recovery_code_hash(account, code.reveal());
    require(hash.has_value(), "a code of ours is one");
    hashes.push_back(*hash);
  }
  pg::Batch batch;
  batch.add(remove_codes_sql, to_string(account.realm), account.id);
  batch.add(add_codes_sql, to_string(account.realm), account.id, hashes, now);
  co_await transaction.run_all(std::move(batch));
}

static constexpr pg::Statement use_code_sql{"identity.use_recovery_code", R"sql(
  UPDATE identity.recovery_codes SET used_at = greatest($4, created_at)
   WHERE realm = $1 AND account_id = $2 AND code_hash = $3 AND used_at IS NULL
)sql"};

Task<bool> use_recovery_code(pg::Transaction& transaction, AccountRef account, std::string typed,
                             Instant now) {
  const auto hash = recovery_code_hash(account, typed);
  if (!hash) co_return false;
  const auto rows =
      co_await transaction.run(use_code_sql, to_string(account.realm), account.id, *hash, now);
  co_return rows.affected() == 1;
}

static constexpr pg::Statement count_codes_sql{"identity.count_recovery_codes", R"sql(
  SELECT count(*) FROM identity.recovery_codes
   WHERE realm = $1 AND account_id = $2 AND used_at IS NULL
)sql"};

Task<int> count_recovery_codes(pg::Transaction& transaction, AccountRef account) {
  const auto row =
      co_await transaction.run_one(count_codes_sql, to_string(account.realm), account.id);
  co_return row->get<int>(0);
}

}  // namespace osier::identity
