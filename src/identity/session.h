// Sessions: that a browser is signed in, for both realms.
//
// A session is a row, found by the SHA-256 of a token of 32 random bytes that only the browser has.
// It ends by rest (idle), by age (absolute), by signing out, by revocation, or when the password
// changes. A new token is given whenever what it may do rises: at sign-in always a new session (no
// fixation, hardening 29), after a second factor and at step-up a new token for the same one.
//
// After the password, an account with a second factor has a session that is
// `pending_second_factor`: it lives ten minutes and opens nothing but the step that asks for it
// (hardening 39).
//
// Each process remembers sessions for at most a second, and forgets at once those that another
// announces as ended on the channel `identity_sessions`. So an ended one is 401 everywhere within a
// second, also when the announcement is lost (hardening 30).

#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "identity/account.h"
#include "platform/async/loop.h"
#include "platform/base/random.h"
#include "platform/base/time.h"
#include "platform/postgres/database.h"

namespace osier::identity {

using SessionId = Strong<struct SessionTag, Uuid>;

enum class SessionStage { pending_second_factor, open };
std::string_view to_string(SessionStage stage);

enum class SessionEnd { signed_out, revoked, replaced, password_changed, account_closed };
std::string_view to_string(SessionEnd reason);

struct SessionLimits {
  Duration idle;      // Since it was last seen.
  Duration absolute;  // Since it began.
};
// Customers 30 and 90 days, staff 15 minutes and 12 hours.
SessionLimits limits_of(Realm realm);
constexpr Duration pending_session_max = 10min;

struct Session {
  SessionId id;
  AccountRef account;
  SessionStage stage = SessionStage::open;
  std::vector<std::string> methods;  // RFC 8176: "pwd", "otp", "hwk" …; "fed" by another issuer.
  Instant created_at;
  Instant authenticated_at;  // When the person last proved to be it; step-up looks here.
  Instant last_seen_at;      // To the minute for staff, to the hour for customers.

  // Whether it still lives, by its age and rest.
  bool is_alive(Instant now) const;
};

// A session with its token, which is told once and is nowhere else.
struct OpenedSession {
  Session session;
  std::string token;
};

class Sessions {
 public:
  // All outlive it.
  Sessions(pg::Database& database, const Clock& clock, Random& random);
  ~Sessions();

  // A new session. Counts when the caller commits.
  Task<OpenedSession> open(pg::Transaction& transaction, AccountRef account, SessionStage stage,
                           std::vector<std::string> methods);

  // The living session of that token and realm, pending ones too. Nothing for any other text.
  // Notes that it was seen. Throws pg::Error.
  Task<std::optional<Session>> find(Realm realm, std::string token);

  // The person has proved to be it once more, by `method`: a new token, authenticated now, open if
  // it was pending. Nothing if the session has ended. Counts when the caller commits; the old token
  // is void from then on.
  Task<std::optional<OpenedSession>> prove_again(pg::Transaction& transaction, SessionId id,
                                                 std::string method);

  // Ends one, or all of an account but `except`. Whoever reads next finds them ended. Count when
  // the caller commits.
  Task<void> end(pg::Transaction& transaction, SessionId id, SessionEnd reason);
  Task<void> end_all(pg::Transaction& transaction, AccountRef account, SessionEnd reason,
                     std::optional<SessionId> except = std::nullopt);

  // Ends one whose owner signs out. Throws pg::Error.
  Task<void> sign_out(SessionId id);
  // Ends one that is this account's own; false if it is not, or has ended. Throws pg::Error.
  Task<bool> revoke(AccountRef owner, SessionId id);
  // The living open ones of an account, the last seen first. Throws pg::Error.
  Task<std::vector<Session>> of(AccountRef account);

  // Hears on `loop` what other processes end, until stop_listening(), which is called there.
  void listen(Loop& loop, std::string connection);
  void stop_listening();

  // Forgets rows of sessions that ended, or could have, more than 90 days ago; how many. For a
  // schedule.
  Task<std::int64_t> trim();

 private:
  class Cache;

  Task<void> note_seen(Session session);

  pg::Database& database_;
  const Clock& clock_;
  Random& random_;
  std::unique_ptr<Cache> cache_;
};

}  // namespace osier::identity
