#include "identity/second_factor.h"

#include "identity/passkey_options.h"
#include "identity/password.h"
#include "identity/recovery_codes.h"

namespace osier::identity {

using Reason = FactorRefusal::Reason;

SecondFactors::SecondFactors(SecondFactorParts parts, FactorAccounts& accounts,
                             SecondFactorSite site)
    : parts_(parts),
      accounts_(accounts),
      site_(std::move(site)),
      apps_(parts_.vault),
      passkeys_(parts_.vault),
      challenges_(parts_.database, parts_.clock, parts_.random) {}

static constexpr pg::Statement has_factor_sql{"identity.has_second_factor", R"sql(
  SELECT EXISTS (SELECT FROM identity.passkeys WHERE realm = $1 AND account_id = $2)
      OR EXISTS (SELECT FROM identity.authenticator_apps
                  WHERE realm = $1 AND account_id = $2 AND confirmed_at IS NOT NULL)
)sql"};

Task<bool> SecondFactors::has_any(pg::Transaction& transaction, AccountRef account) const {
  const auto row =
      co_await transaction.run_one(has_factor_sql, to_string(account.realm), account.id);
  co_return row->get<bool>(0);
}

Task<bool> SecondFactors::is_needed(pg::Transaction& transaction, AccountRef account) const {
  if (account.realm == Realm::staff) co_return true;
  co_return co_await has_any(transaction, account);
}

Task<FactorsOfAccount> SecondFactors::read(pg::Transaction& transaction, AccountRef account) const {
  FactorsOfAccount factors{.app = co_await apps_.find(transaction, account),
                           .passkeys = co_await passkeys_.of(transaction, account),
                           .recovery_codes_left = 0};
  factors.recovery_codes_left = co_await count_recovery_codes(transaction, account);
  co_return factors;
}

Task<FactorsOfAccount> SecondFactors::of(AccountRef account) const {
  auto transaction = co_await parts_.database.begin();
  auto factors = co_await read(transaction, account);
  if (factors.app) factors.app->seed = Secret();
  co_return factors;
}

// Whoever adds or removes a factor of the account waits here, so that the last one is known.
static constexpr pg::Statement lock_factors_sql{"identity.lock_second_factors", R"sql(
  SELECT pg_advisory_xact_lock(hashtextextended('identity.second_factors ' || $1::text, 0))
)sql"};

Task<void> SecondFactors::lock(pg::Transaction& transaction, AccountRef account) const {
  co_await transaction.run(lock_factors_sql, account.id.to_string());
}

void SecondFactors::note(pg::Batch& batch, AccountRef account, std::string_view action,
                         audit::Actor by, std::string reason) const {
  audit::Entry entry{.actor = std::move(by),
                     .action = "second_factor." + std::string(action),
                     .object_kind = account.realm == Realm::staff ? "staff_member" : "customer",
                     .object_id = account.id.to_string(),
                     .reason = std::move(reason)};
  audit::add_entries(batch, {std::move(entry)}, parts_.clock.now());
}

// Done by the account's owner.
void SecondFactors::note(pg::Batch& batch, AccountRef account, std::string_view action,
                         const http::Request& request) const {
  audit::Actor owner{
      .kind = account.realm == Realm::staff ? audit::ActorKind::staff : audit::ActorKind::customer,
      .name = account.id.to_string(),
      .request_id = request.id,
      .client_address = request.client_address};
  note(batch, account, action, std::move(owner), "");
}

Task<bool> SecondFactors::offer_app(Session session) {
  auto transaction = co_await parts_.database.begin();
  co_await lock(transaction, session.account);
  if (!co_await may_add(transaction, session)) co_return false;
  const bool is_offered = co_await apps_.offer(transaction, session.account,
                                               make_totp_seed(parts_.random), parts_.clock.now());
  if (is_offered) co_await transaction.commit();
  co_return is_offered;
}

Task<std::optional<SecondFactors::OfferedApp>> SecondFactors::offered_app(
    AccountRef account) const {
  const auto app = co_await apps_.offered(parts_.database, account, parts_.clock.now());
  if (!app) co_return std::nullopt;
  const auto label = co_await accounts_.label_of(account);
  if (!label) co_return std::nullopt;
  co_return OfferedApp{.seed = app->seed,
                       .uri = otpauth_uri(site_.shop_name, label->email, app->seed)};
}

// Who has passed the first factor alone adds none, or whoever has the password has the account:
// but for staff who have none yet, and get in no other way.
Task<bool> SecondFactors::may_add(pg::Transaction& transaction, const Session& session) const {
  if (session.stage == SessionStage::open) co_return true;
  if (session.account.realm != Realm::staff) co_return false;
  co_return !co_await has_any(transaction, session.account);
}

Task<Result<SecondFactors::Added, FactorRefusal>> SecondFactors::add_app(Session session,
                                                                         std::string code,
                                                                         http::Request request) {
  const Instant now = parts_.clock.now();
  const auto offered = co_await apps_.offered(parts_.database, session.account, now);
  if (!offered) co_return refuse(refused(Reason::lapsed));
  const auto step = matching_totp_step(offered->seed, code, now, std::nullopt);
  if (!step) co_return refuse(refused(Reason::wrong));

  auto transaction = co_await parts_.database.begin();
  co_await lock(transaction, session.account);
  if (!co_await may_add(transaction, session)) co_return refuse(refused(Reason::signed_out));
  const bool is_confirmed =
      co_await apps_.confirm(transaction, session.account, offered->id, *step, now);
  if (!is_confirmed) co_return refuse(refused(Reason::lapsed));
  auto added = co_await finish_adding(transaction, std::move(session), SecondFactorNews::app_added,
                                      std::string(method::otp), std::move(request));
  if (added) co_await transaction.commit();
  co_return added;
}

Task<Result<std::string, FactorRefusal>> SecondFactors::ask_for_new_passkey(Session session) {
  if (!site_.relying_party) co_return refuse(refused(Reason::unavailable));
  auto transaction = co_await parts_.database.begin();
  const bool is_allowed = co_await may_add(transaction, session);
  const auto there = co_await passkeys_.of(transaction, session.account);
  co_await transaction.commit();
  if (!is_allowed) co_return refuse(refused(Reason::signed_out));
  if (there.size() >= passkeys_per_account_max) co_return refuse(refused(Reason::too_many));
  const auto label = co_await accounts_.label_of(session.account);
  if (!label) co_return refuse(refused(Reason::signed_out));
  const ChallengeFor what{
      .purpose = ChallengePurpose::add, .realm = session.account.realm, .session = session.id};
  const std::string challenge = co_await challenges_.give(what);
  const PasskeyOwner owner{.account = session.account,
                           .name = label->email,
                           .display_name = label->name.empty() ? label->email : label->name};
  co_return creation_options(*site_.relying_party, site_.shop_name, owner, challenge, there);
}

Task<Result<SecondFactors::Added, FactorRefusal>> SecondFactors::add_passkey(
    Session session, std::string text, std::string name, http::Request request) {
  if (!site_.relying_party) co_return refuse(refused(Reason::unavailable));
  const auto answer = RegistrationAnswer::parse(text);
  const auto challenge = answer ? challenge_of(answer->client_data) : std::nullopt;
  if (!challenge) co_return refuse(refused(Reason::wrong));
  const ChallengeFor what{
      .purpose = ChallengePurpose::add, .realm = session.account.realm, .session = session.id};
  if (!co_await challenges_.take(what, *challenge)) co_return refuse(refused(Reason::lapsed));
  auto made =
      verify_registration(*site_.relying_party, *challenge, *answer, UserVerification::preferred);
  if (!made) {
    parts_.log.warning("a new passkey was refused", {{"why", to_string(made.error())}});
    co_return refuse(refused(Reason::wrong));
  }

  auto transaction = co_await parts_.database.begin();
  co_await lock(transaction, session.account);
  if (!co_await may_add(transaction, session)) co_return refuse(refused(Reason::signed_out));
  const auto there = co_await passkeys_.of(transaction, session.account);
  if (there.size() >= passkeys_per_account_max) co_return refuse(refused(Reason::too_many));
  const auto id = co_await passkeys_.add(transaction, session.account, *std::move(made),
                                         std::move(name), parts_.clock.now());
  if (!id) co_return refuse(refused(Reason::known));
  auto added =
      co_await finish_adding(transaction, std::move(session), SecondFactorNews::passkey_added,
                             std::string(method::passkey), std::move(request));
  if (added) co_await transaction.commit();
  co_return added;
}

Task<Result<SecondFactors::Added, FactorRefusal>> SecondFactors::finish_adding(
    pg::Transaction& transaction, Session session, SecondFactorNews news, std::string method,
    http::Request request) {
  const Instant now = parts_.clock.now();
  const AccountRef account = session.account;
  std::vector<Secret> codes;
  if (co_await count_recovery_codes(transaction, account) == 0) {
    codes = make_recovery_codes(parts_.random);
    co_await replace_recovery_codes(transaction, account, codes, now);
  }
  pg::Batch batch;
  note(batch, account, to_string(news), request);
  add_news(batch, account, news, now);
  co_await transaction.run_all(std::move(batch));
  auto opened = co_await accounts_.prove_again(transaction, std::move(session), std::move(method),
                                               std::move(request));
  if (!opened) co_return refuse(refused(Reason::signed_out));
  co_return Added{.recovery_codes = std::move(codes), .opened = *std::move(opened)};
}

Task<Result<void, FactorRefusal>> SecondFactors::rename_passkey(AccountRef account, PasskeyId id,
                                                                std::string name) {
  auto transaction = co_await parts_.database.begin();
  if (!co_await passkeys_.rename(transaction, account, id, std::move(name))) {
    co_return refuse(refused(Reason::not_there));
  }
  co_await transaction.commit();
  co_return Result<void, FactorRefusal>{};
}

// Whether one factor is all there is; and if so, whether the account may do without.
Task<Result<bool, FactorRefusal>> SecondFactors::check_last(AccountRef account,
                                                            FactorsOfAccount there,
                                                            std::string password,
                                                            http::Request request) {
  const std::size_t count = there.passkeys.size() + (there.app ? 1 : 0);
  if (count != 1) co_return false;
  if (account.realm == Realm::staff) co_return refuse(refused(Reason::last_factor));
  const auto answer = co_await accounts_.check_password(account, password, request.client_address);
  if (!answer) {
    co_return refuse(
        FactorRefusal{.reason = Reason::throttled, .retry_after = answer.error().retry_after});
  }
  if (*answer == FactorAccounts::PasswordAnswer::wrong) co_return refuse(refused(Reason::wrong));
  if (*answer == FactorAccounts::PasswordAnswer::right) {
    const auto alone = accept_new_password(password, OtherFactor::none, {});
    if (!alone && alone.error() == PasswordRefusal::too_short) {
      co_return refuse(refused(Reason::short_password));
    }
  }
  co_return true;
}

Task<Result<void, FactorRefusal>> SecondFactors::remove_passkey(AccountRef account, PasskeyId id,
                                                                std::string password,
                                                                http::Request request) {
  const auto is_last = co_await check_last(account, co_await of(account), password, request);
  if (!is_last) co_return refuse(is_last.error());
  auto transaction = co_await parts_.database.begin();
  co_await lock(transaction, account);
  if (!co_await passkeys_.remove(transaction, account, id)) {
    co_return refuse(refused(Reason::not_there));
  }
  const bool has_any_left = co_await has_any(transaction, account);
  if (!has_any_left && !*is_last) co_return refuse(refused(Reason::lapsed));
  const auto left = co_await passkeys_.of(transaction, account);
  if (left.empty() && !co_await accounts_.has_other_way_in(transaction, account)) {
    co_return refuse(refused(Reason::last_way_in));
  }
  auto outcome = co_await finish_removing(transaction, account, SecondFactorNews::passkey_removed,
                                          std::move(request));
  co_await transaction.commit();
  co_return outcome;
}

Task<Result<void, FactorRefusal>> SecondFactors::remove_app(AccountRef account,
                                                            std::string password,
                                                            http::Request request) {
  const auto is_last = co_await check_last(account, co_await of(account), password, request);
  if (!is_last) co_return refuse(is_last.error());
  auto transaction = co_await parts_.database.begin();
  co_await lock(transaction, account);
  if (!co_await apps_.remove(transaction, account)) co_return refuse(refused(Reason::not_there));
  if (!*is_last && !co_await has_any(transaction, account)) {
    co_return refuse(refused(Reason::lapsed));
  }
  auto outcome = co_await finish_removing(transaction, account, SecondFactorNews::app_removed,
                                          std::move(request));
  co_await transaction.commit();
  co_return outcome;
}

Task<Result<void, FactorRefusal>> SecondFactors::finish_removing(pg::Transaction& transaction,
                                                                 AccountRef account,
                                                                 SecondFactorNews news,
                                                                 http::Request request) {
  if (!co_await has_any(transaction, account)) {
    co_await remove_recovery_codes(transaction, account);
  }
  pg::Batch batch;
  note(batch, account, to_string(news), request);
  add_news(batch, account, news, parts_.clock.now());
  co_await transaction.run_all(std::move(batch));
  co_return Result<void, FactorRefusal>{};
}

Task<Result<std::vector<Secret>, FactorRefusal>> SecondFactors::renew_recovery_codes(
    AccountRef account, http::Request request) {
  auto transaction = co_await parts_.database.begin();
  co_await lock(transaction, account);
  if (!co_await has_any(transaction, account)) co_return refuse(refused(Reason::not_there));
  auto codes = make_recovery_codes(parts_.random);
  co_await replace_recovery_codes(transaction, account, codes, parts_.clock.now());
  pg::Batch batch;
  note(batch, account, to_string(SecondFactorNews::recovery_codes_made), request);
  add_news(batch, account, SecondFactorNews::recovery_codes_made, parts_.clock.now());
  co_await transaction.run_all_and_commit(std::move(batch));
  co_return codes;
}

static constexpr pg::Statement remove_passkeys_sql{"identity.remove_passkeys", R"sql(
  DELETE FROM identity.passkeys WHERE realm = $1 AND account_id = $2
)sql"};

static constexpr pg::Statement remove_apps_sql{"identity.remove_apps", R"sql(
  DELETE FROM identity.authenticator_apps WHERE realm = $1 AND account_id = $2
)sql"};

Task<void> SecondFactors::reset(AccountRef account, audit::Actor by, std::string reason) {
  auto transaction = co_await parts_.database.begin();
  co_await reset(transaction, account, std::move(by), std::move(reason));
  co_await transaction.commit();
}

Task<void> SecondFactors::reset(pg::Transaction& transaction, AccountRef account, audit::Actor by,
                                std::string reason) {
  co_await lock(transaction, account);
  co_await remove_recovery_codes(transaction, account);
  co_await parts_.sessions.end_all(transaction, account, SessionEnd::revoked);
  pg::Batch batch;
  batch.add(remove_passkeys_sql, to_string(account.realm), account.id);
  batch.add(remove_apps_sql, to_string(account.realm), account.id);
  note(batch, account, to_string(SecondFactorNews::factors_reset), std::move(by),
       std::move(reason));
  add_news(batch, account, SecondFactorNews::factors_reset, parts_.clock.now());
  co_await transaction.run_all(std::move(batch));
}

}  // namespace osier::identity
