#include "identity/sign_in_attempt.h"

#include <algorithm>

#include "identity/pkce.h"
#include "platform/crypto/crypto.h"
#include "platform/postgres/shared_key.h"

namespace osier::identity {

namespace {

constexpr std::size_t attempt_token_bytes = 32;
constexpr std::size_t attempt_token_length = 43;

bool is_token(const std::string& text) {
  return text.size() == attempt_token_length && std::ranges::all_of(text, [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  c == '-' || c == '_';
         });
}

}  // namespace

Task<void> SignInAttempts::load() {
  key_ = co_await pg::shared_key(database_, random_, "sign_in_attempts");
}

Secret SignInAttempts::verifier_of(const std::string& state,
                                   const std::string& browser_token) const {
  require(!key_.empty(), "attempts are loaded before they are used");
  return pkce_verifier(key_, state + ":" + browser_token);
}

static constexpr pg::Statement start_attempt_sql{"identity.start_attempt", R"sql(
  INSERT INTO identity.sign_in_attempts
      (state_hash, browser_hash, nonce_hash, realm, issuer, session_id, next, expires_at)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
)sql"};

Task<StartedAttempt> SignInAttempts::start(SignInAttempt attempt,
                                           std::optional<std::string> browser_token) {
  const bool is_known = browser_token && is_token(*browser_token);
  StartedAttempt started{
      .state = random_.token(attempt_token_bytes),
      .nonce = random_.token(attempt_token_bytes),
      .browser_token = is_known ? *browser_token : random_.token(attempt_token_bytes),
      .code_verifier = {}};
  started.code_verifier = verifier_of(started.state, started.browser_token);
  co_await database_.run(start_attempt_sql, crypto::token_hash(started.state),
                         crypto::token_hash(started.browser_token),
                         crypto::token_hash(started.nonce), to_string(attempt.realm),
                         attempt.issuer, attempt.connecting, attempt.next,
                         clock_.now() + sign_in_attempt_max);
  co_return started;
}

static constexpr pg::Statement finish_attempt_sql{"identity.finish_attempt", R"sql(
  DELETE FROM identity.sign_in_attempts
   WHERE state_hash = $1 AND browser_hash = $2 AND realm = $3 AND issuer = $4 AND expires_at > $5
  RETURNING nonce_hash, session_id, next
)sql"};

Task<std::optional<FinishedAttempt>> SignInAttempts::finish(
    Realm realm, std::string issuer, std::string state, std::optional<std::string> browser_token) {
  if (!browser_token || !is_token(*browser_token) || !is_token(state)) co_return std::nullopt;
  const auto row = co_await database_.run_one(finish_attempt_sql, crypto::token_hash(state),
                                              crypto::token_hash(*browser_token), to_string(realm),
                                              issuer, clock_.now());
  if (!row) co_return std::nullopt;
  co_return FinishedAttempt{
      .attempt = {.realm = realm,
                  .issuer = std::move(issuer),
                  .connecting = row->get<std::optional<SessionId>>("session_id"),
                  .next = row->get<std::string>("next")},
      .nonce_hash = row->get<std::string>("nonce_hash"),
      .code_verifier = verifier_of(state, *browser_token)};
}

static constexpr pg::Statement trim_attempts_sql{"identity.trim_attempts", R"sql(
  DELETE FROM identity.sign_in_attempts WHERE expires_at < $1
)sql"};

Task<std::int64_t> SignInAttempts::trim() {
  const auto rows = co_await database_.run(trim_attempts_sql, clock_.now());
  co_return rows.affected();
}

}  // namespace osier::identity
