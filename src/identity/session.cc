#include "identity/session.h"

#include <algorithm>

#include "identity/session_cache.h"
#include "platform/base/require.h"
#include "platform/crypto/crypto.h"

namespace osier::identity {

std::string_view to_string(SessionStage stage) {
  switch (stage) {
    case SessionStage::pending_second_factor:
      return "pending_second_factor";
    case SessionStage::open:
      return "open";
  }
}

std::string_view to_string(SessionEnd reason) {
  switch (reason) {
    case SessionEnd::signed_out:
      return "signed_out";
    case SessionEnd::revoked:
      return "revoked";
    case SessionEnd::replaced:
      return "replaced";
    case SessionEnd::password_changed:
      return "password_changed";
    case SessionEnd::account_closed:
      return "account_closed";
  }
}

SessionLimits limits_of(Realm realm) {
  using std::chrono::days;
  switch (realm) {
    case Realm::customer:
      return {.idle = days(30), .absolute = days(90)};
    case Realm::staff:
      return {.idle = 15min, .absolute = 12h};
  }
}

bool Session::is_alive(Instant now) const {
  if (stage == SessionStage::pending_second_factor) return now < created_at + pending_session_max;
  const SessionLimits limits = limits_of(account.realm);
  return now < created_at + limits.absolute && now < last_seen_at + limits.idle;
}

namespace {

constexpr std::size_t token_bytes = 32;
constexpr std::size_t token_length = 43;  // In base64url.
constexpr Duration remembered = 90 * 24h;

// How stale last_seen_at may become before it is written anew.
Duration seen_step(Realm realm) { return realm == Realm::staff ? Duration(1min) : Duration(1h); }

Session session_of(const pg::Row& row) {
  return {.id = row.get<SessionId>("id"),
          .account = {.realm =
                          row.get<std::string>("realm") == "staff" ? Realm::staff : Realm::customer,
                      .id = row.get<Uuid>("account_id")},
          .stage = row.get<std::string>("stage") == "open" ? SessionStage::open
                                                           : SessionStage::pending_second_factor,
          .methods = row.get<std::vector<std::string>>("methods"),
          .created_at = row.get<Instant>("created_at"),
          .authenticated_at = row.get<Instant>("authenticated_at"),
          .last_seen_at = row.get<Instant>("last_seen_at")};
}

}  // namespace

Sessions::Sessions(pg::Database& database, const Clock& clock, Random& random)
    : database_(database), clock_(clock), random_(random), cache_(std::make_unique<Cache>()) {}

Sessions::~Sessions() = default;

static constexpr pg::Statement open_session_sql{"identity.open_session", R"sql(
  INSERT INTO identity.sessions
      (id, realm, account_id, token_hash, stage, methods, created_at, authenticated_at, last_seen_at)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $7, $7)
)sql"};

Task<OpenedSession> Sessions::open(pg::Transaction& transaction, AccountRef account,
                                   SessionStage stage, std::vector<std::string> methods) {
  const Instant now = clock_.now();
  OpenedSession opened{.session = {.id = SessionId{Uuid::v7(now)},
                                   .account = account,
                                   .stage = stage,
                                   .methods = std::move(methods),
                                   .created_at = now,
                                   .authenticated_at = now,
                                   .last_seen_at = now},
                       .token = random_.token(token_bytes)};
  const Session& session = opened.session;
  co_await transaction.run(open_session_sql, session.id, to_string(account.realm), account.id,
                           crypto::token_hash(opened.token), to_string(stage), session.methods,
                           now);
  co_return opened;
}

static constexpr pg::Statement find_session_sql{"identity.find_session", R"sql(
  SELECT id, realm, account_id, stage, methods, created_at, authenticated_at, last_seen_at
    FROM identity.sessions
   WHERE token_hash = $1 AND realm = $2 AND ended_at IS NULL
)sql"};

Task<std::optional<Session>> Sessions::find(Realm realm, std::string token) {
  if (token.size() != token_length) co_return std::nullopt;
  const std::string hash = crypto::token_hash(token);
  std::optional<Session> session = cache_->find(hash);
  if (!session) {
    // What is announced as ended while this reads must not be remembered.
    const auto generation = cache_->generation();
    const auto row = co_await database_.run_one(find_session_sql, hash, to_string(realm));
    if (!row) co_return std::nullopt;
    session = session_of(*row);
    cache_->remember(hash, *session, generation);
  }
  const Instant now = clock_.now();
  if (session->account.realm != realm || !session->is_alive(now)) co_return std::nullopt;
  if (now - session->last_seen_at >= seen_step(realm)) {
    session->last_seen_at = now;
    cache_->update(hash, *session);
    co_await note_seen(*session);
  }
  co_return session;
}

static constexpr pg::Statement note_seen_sql{"identity.note_session_seen", R"sql(
  UPDATE identity.sessions SET last_seen_at = greatest(last_seen_at, $2)
   WHERE id = $1 AND ended_at IS NULL
)sql"};

Task<void> Sessions::note_seen(Session session) {
  auto transaction = co_await database_.begin(pg::Durability::asynchronous);
  pg::Batch batch;
  batch.add(note_seen_sql, session.id, session.last_seen_at);
  co_await transaction.run_all_and_commit(std::move(batch));
}

static constexpr pg::Statement prove_again_sql{"identity.prove_again", R"sql(
  WITH proved AS (
    UPDATE identity.sessions
       SET token_hash = $2, stage = 'open', authenticated_at = $3, last_seen_at = $3,
           methods = CASE WHEN $4 = ANY (methods) THEN methods ELSE methods || $4 END
     WHERE id = $1 AND ended_at IS NULL
    RETURNING id, realm, account_id, stage, methods, created_at, authenticated_at, last_seen_at
  )
  SELECT proved.*, pg_notify('identity_sessions', id::text) FROM proved
)sql"};

Task<std::optional<OpenedSession>> Sessions::prove_again(pg::Transaction& transaction, SessionId id,
                                                         std::string method) {
  std::string token = random_.token(token_bytes);
  const auto row = co_await transaction.run_one(prove_again_sql, id, crypto::token_hash(token),
                                                clock_.now(), method);
  if (!row) co_return std::nullopt;
  co_return OpenedSession{.session = session_of(*row), .token = std::move(token)};
}

static constexpr pg::Statement end_session_sql{"identity.end_session", R"sql(
  WITH ended AS (
    UPDATE identity.sessions SET ended_at = greatest($2, created_at), end_reason = $3
     WHERE id = $1 AND ended_at IS NULL
    RETURNING id
  )
  SELECT pg_notify('identity_sessions', id::text) FROM ended
)sql"};

Task<void> Sessions::end(pg::Transaction& transaction, SessionId id, SessionEnd reason) {
  co_await transaction.run(end_session_sql, id, clock_.now(), to_string(reason));
}

Task<void> Sessions::sign_out(SessionId id) {
  auto transaction = co_await database_.begin();
  co_await end(transaction, id, SessionEnd::signed_out);
  co_await transaction.commit();
  cache_->forget(id);
}

static constexpr pg::Statement end_all_sql{"identity.end_all_sessions", R"sql(
  WITH ended AS (
    UPDATE identity.sessions SET ended_at = greatest($3, created_at), end_reason = $4
     WHERE realm = $1 AND account_id = $2 AND ended_at IS NULL AND id IS DISTINCT FROM $5
    RETURNING id
  )
  SELECT pg_notify('identity_sessions', id::text) FROM ended
)sql"};

Task<void> Sessions::end_all(pg::Transaction& transaction, AccountRef account, SessionEnd reason,
                             std::optional<SessionId> except) {
  co_await transaction.run(end_all_sql, to_string(account.realm), account.id, clock_.now(),
                           to_string(reason), except);
}

static constexpr pg::Statement revoke_session_sql{"identity.revoke_session", R"sql(
  WITH ended AS (
    UPDATE identity.sessions SET ended_at = greatest($4, created_at), end_reason = 'revoked'
     WHERE id = $1 AND realm = $2 AND account_id = $3 AND ended_at IS NULL
    RETURNING id
  )
  SELECT pg_notify('identity_sessions', id::text) FROM ended
)sql"};

Task<bool> Sessions::revoke(AccountRef owner, SessionId id) {
  auto transaction = co_await database_.begin();
  const auto rows = co_await transaction.run(revoke_session_sql, id, to_string(owner.realm),
                                             owner.id, clock_.now());
  co_await transaction.commit();
  cache_->forget(id);
  co_return !rows.empty();
}

static constexpr pg::Statement sessions_of_sql{"identity.sessions_of", R"sql(
  SELECT id, realm, account_id, stage, methods, created_at, authenticated_at, last_seen_at
    FROM identity.sessions
   WHERE realm = $1 AND account_id = $2 AND ended_at IS NULL AND stage = 'open'
   ORDER BY last_seen_at DESC, id DESC
   LIMIT 200
)sql"};

Task<std::vector<Session>> Sessions::of(AccountRef account) {
  const auto rows = co_await database_.run(sessions_of_sql, to_string(account.realm), account.id);
  std::vector<Session> sessions;
  const Instant now = clock_.now();
  for (const pg::Row row : rows) {
    Session session = session_of(row);
    if (session.is_alive(now)) sessions.push_back(std::move(session));
  }
  co_return sessions;
}

void Sessions::listen(Loop& loop, std::string connection) {
  cache_->listen(loop, std::move(connection));
}

void Sessions::stop_listening() { cache_->stop_listening(); }

static constexpr pg::Statement trim_sessions_sql{"identity.trim_sessions", R"sql(
  DELETE FROM identity.sessions
   WHERE id IN (SELECT id FROM identity.sessions
                 WHERE last_seen_at < $1 AND (ended_at IS NULL OR ended_at < $1) LIMIT 10000)
)sql"};

Task<std::int64_t> Sessions::trim() {
  const auto rows = co_await database_.run(trim_sessions_sql, clock_.now() - remembered);
  co_return rows.affected();
}

}  // namespace osier::identity
