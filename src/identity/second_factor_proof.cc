// Proving a second factor, and signing in by a passkey alone.

#include "identity/passkey_options.h"
#include "identity/recovery_codes.h"
#include "identity/second_factor.h"

namespace osier::identity {

using Reason = FactorRefusal::Reason;

namespace {

std::string subject_of(AccountRef account) {
  return std::string(to_string(account.realm)) + ":" + account.id.to_string();
}

std::vector<Bucket> buckets_of(AccountRef account) {
  return {{&throttle_rule::second_factor, subject_of(account)},
          {&throttle_rule::second_factor_in_a_day, subject_of(account)}};
}

}  // namespace

// Told once an hour, however often it is tried.
Task<FactorRefusal> SecondFactors::lock_codes(AccountRef account, Throttled throttled) {
  const auto told =
      co_await parts_.throttle.take({{&throttle_rule::second_factor_told, subject_of(account)}});
  if (told) {
    parts_.log.warning("codes of a second factor are locked after too many wrong ones",
                       {{"realm", to_string(account.realm)}, {"account", account.id.to_string()}});
    pg::Batch batch;
    add_news(batch, account, SecondFactorNews::codes_locked, parts_.clock.now());
    auto transaction = co_await parts_.database.begin();
    co_await transaction.run_all_and_commit(std::move(batch));
  }
  co_return FactorRefusal{.reason = Reason::throttled, .retry_after = throttled.retry_after};
}

// Whether the code is one, and then it is used. What follows from it is added to the batch.
Task<bool> SecondFactors::use_code(pg::Transaction& transaction, AccountRef account, CodeKind kind,
                                   std::string code, pg::Batch& batch) {
  const Instant now = parts_.clock.now();
  if (kind == CodeKind::recovery) {
    if (!co_await use_recovery_code(transaction, account, std::move(code), now)) co_return false;
    add_news(batch, account, SecondFactorNews::recovery_code_used, now);
    co_return true;
  }
  const auto app = co_await apps_.find(transaction, account);
  if (!app) co_return false;
  const auto step = matching_totp_step(app->seed, code, now, app->last_step);
  co_return step&& co_await apps_.use(transaction, app->id, *step, now);
}

Task<Result<OpenedSession, FactorRefusal>> SecondFactors::prove(pg::Transaction& transaction,
                                                                Session session, std::string method,
                                                                http::Request request,
                                                                pg::Batch batch) {
  auto opened = co_await accounts_.prove_again(transaction, std::move(session), std::move(method),
                                               std::move(request));
  if (!opened) co_return refuse(refused(Reason::signed_out));
  if (batch.empty()) {
    co_await transaction.commit();
  } else {
    co_await transaction.run_all_and_commit(std::move(batch));
  }
  co_return *std::move(opened);
}

Task<Result<OpenedSession, FactorRefusal>> SecondFactors::prove_by_code(Session session,
                                                                        CodeKind kind,
                                                                        std::string code,
                                                                        http::Request request) {
  const AccountRef account = session.account;
  const auto taken = co_await parts_.throttle.take(buckets_of(account));
  if (!taken) co_return refuse(co_await lock_codes(account, taken.error()));
  pg::Batch batch;
  auto transaction = co_await parts_.database.begin();
  if (!co_await use_code(transaction, account, kind, std::move(code), batch)) {
    co_return refuse(refused(Reason::wrong));
  }
  if (kind == CodeKind::recovery) note(batch, account, "recovery_code_used", request);
  auto proved = co_await prove(transaction, std::move(session), std::string(method::otp),
                               std::move(request), std::move(batch));
  if (proved) co_await parts_.throttle.give_back(buckets_of(account));
  co_return proved;
}

ChallengeFor SecondFactors::challenge_for(const Session& session) const {
  const bool is_pending = session.stage == SessionStage::pending_second_factor;
  return {.purpose = is_pending ? ChallengePurpose::second_factor : ChallengePurpose::confirm,
          .realm = session.account.realm,
          .session = session.id};
}

// After a password the passkey is the second factor; for one who is signed in already it is the
// only thing that is asked.
static UserVerification verification_for(const Session& session) {
  return session.stage == SessionStage::pending_second_factor ? UserVerification::preferred
                                                              : UserVerification::required;
}

Task<Result<std::string, FactorRefusal>> SecondFactors::ask_for_passkey(Session session) {
  if (!site_.relying_party) co_return refuse(refused(Reason::unavailable));
  auto transaction = co_await parts_.database.begin();
  const auto passkeys = co_await passkeys_.of(transaction, session.account);
  co_await transaction.commit();
  if (passkeys.empty()) co_return refuse(refused(Reason::not_there));
  const std::string challenge = co_await challenges_.give(challenge_for(session));
  co_return request_options(*site_.relying_party, challenge, passkeys, verification_for(session));
}

Task<Result<std::string, FactorRefusal>> SecondFactors::ask_who_signs_in() {
  if (!site_.relying_party) co_return refuse(refused(Reason::unavailable));
  const ChallengeFor what{.purpose = ChallengePurpose::sign_in, .realm = realm(), .session = {}};
  const std::string challenge = co_await challenges_.give(what);
  co_return request_options(*site_.relying_party, challenge, {}, UserVerification::required);
}

// Its challenge is used up, whatever else the answer is worth.
Task<Result<AssertionAnswer, FactorRefusal>> SecondFactors::take_answer(ChallengeFor what,
                                                                        std::string text) {
  if (!site_.relying_party) co_return refuse(refused(Reason::unavailable));
  auto answer = AssertionAnswer::parse(text);
  const auto challenge = answer ? challenge_of(answer->client_data) : std::nullopt;
  if (!challenge) co_return refuse(refused(Reason::wrong));
  if (!co_await challenges_.take(what, *challenge)) co_return refuse(refused(Reason::lapsed));
  co_return *std::move(answer);
}

Task<Result<Passkey, FactorRefusal>> SecondFactors::use_passkey(pg::Transaction& transaction,
                                                                AssertionAnswer answer,
                                                                UserVerification verification) {
  const auto passkey = co_await passkeys_.find(transaction, realm(), answer.credential_id);
  const auto key = passkey ? CoseKey::read(passkey->public_key) : std::nullopt;
  if (!key) co_return refuse(refused(Reason::wrong));
  const KnownPasskey known{.credential_id = passkey->credential_id,
                           .user_handle = user_handle_of(passkey->account),
                           .key = *key,
                           .sign_count = passkey->sign_count};
  const auto challenge = challenge_of(answer.client_data);
  const auto use =
      verify_assertion(*site_.relying_party, challenge.value_or(""), known, answer, verification);
  if (!use) {
    parts_.log.warning("a passkey was refused", {{"why", to_string(use.error())},
                                                 {"passkey", passkey->id.value().to_string()}});
    co_return refuse(refused(Reason::wrong));
  }
  if (!co_await passkeys_.note_use(transaction, passkey->id, *use, parts_.clock.now())) {
    co_return refuse(refused(Reason::wrong));
  }
  co_return *passkey;
}

Task<Result<OpenedSession, FactorRefusal>> SecondFactors::prove_by_passkey(Session session,
                                                                           std::string text,
                                                                           http::Request request) {
  const auto answer = co_await take_answer(challenge_for(session), std::move(text));
  if (!answer) co_return refuse(answer.error());
  auto transaction = co_await parts_.database.begin();
  const auto passkey = co_await use_passkey(transaction, *answer, verification_for(session));
  if (!passkey) co_return refuse(passkey.error());
  if (passkey->account != session.account) co_return refuse(refused(Reason::wrong));
  co_return co_await prove(transaction, std::move(session), std::string(method::passkey),
                           std::move(request), {});
}

Task<Result<OpenedSession, FactorRefusal>> SecondFactors::sign_in_by_passkey(
    std::string text, http::Request request, std::optional<SessionId> former) {
  const ChallengeFor what{.purpose = ChallengePurpose::sign_in, .realm = realm(), .session = {}};
  const auto answer = co_await take_answer(what, std::move(text));
  if (!answer) co_return refuse(answer.error());
  // WebAuthn section 7.2, step 6: where nobody has said who they are, the authenticator must.
  if (answer->user_handle.empty()) co_return refuse(refused(Reason::wrong));
  auto transaction = co_await parts_.database.begin();
  const auto passkey = co_await use_passkey(transaction, *answer, UserVerification::required);
  if (!passkey) co_return refuse(passkey.error());
  if (!co_await accounts_.may_sign_in(transaction, passkey->account)) {
    co_return refuse(refused(Reason::wrong));
  }
  auto opened = co_await accounts_.sign_in(
      transaction, passkey->account, std::string(method::passkey), std::move(request), former);
  co_await transaction.commit();
  co_return opened;
}

Task<Result<OpenedSession, FactorRefusal>> SecondFactors::prove_by_password(Session session,
                                                                            std::string password,
                                                                            http::Request request) {
  // Who has a second factor shows that: a password is what is stolen most often.
  auto transaction = co_await parts_.database.begin();
  const bool has_factor = co_await has_any(transaction, session.account);
  co_await transaction.commit();
  if (has_factor || session.stage != SessionStage::open) {
    co_return refuse(refused(Reason::not_there));
  }
  const auto answer = co_await accounts_.check_password(session.account, std::move(password),
                                                        request.client_address);
  if (!answer) {
    co_return refuse(
        FactorRefusal{.reason = Reason::throttled, .retry_after = answer.error().retry_after});
  }
  if (*answer != FactorAccounts::PasswordAnswer::right) co_return refuse(refused(Reason::wrong));
  auto proving = co_await parts_.database.begin();
  co_return co_await prove(proving, std::move(session), std::string(method::password),
                           std::move(request), {});
}

}  // namespace osier::identity
