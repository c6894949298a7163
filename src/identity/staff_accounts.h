// How staff sign in: the accounts that second factors stand on, passwords, and what every sign-in
// does.
//
// A password alone opens nothing: the session it begins waits for a second factor, which all staff
// have (second_factor.h). What is answered, and how long it takes, is the same for an address that
// nobody has, a disabled member and a wrong password (hardening 28).

#pragma once

#include <string>

#include "identity/factor_accounts.h"
#include "identity/password.h"
#include "identity/password_hashing.h"
#include "identity/second_factor.h"
#include "identity/staff_store.h"

namespace osier::identity {

namespace throttle_rule {
inline constexpr ThrottleRule staff_password{.name = "staff_password", .count = 5, .per = 1min};
inline constexpr ThrottleRule staff_password_from{
    .name = "staff_password_from", .count = 20, .per = 1min};
inline constexpr ThrottleRule staff_password_of_all{
    .name = "staff_password_of_all", .count = 300, .per = 1min};
}  // namespace throttle_rule

// All outlive it.
struct StaffParts {
  pg::Database& database;
  privacy::Vault& vault;
  Sessions& sessions;
  PasswordHashing& hashing;
  Throttle& throttle;
  const Clock& clock;
  Random& random;
  telemetry::Log& log;
};

struct SignInRefusal {
  enum class Reason { wrong, throttled };
  Reason reason = Reason::wrong;
  Duration retry_after{};
};

class StaffAccounts final : public FactorAccounts {
 public:
  explicit StaffAccounts(StaffParts parts) : parts_(parts), store_(parts.vault) {}

  // A session that waits for the second factor. `former` is what the browser had; it ends. Throws
  // pg::Error and jobs::Overloaded.
  Task<Result<OpenedSession, SignInRefusal>> sign_in_by_password(std::string email,
                                                                 std::string password,
                                                                 http::Request request,
                                                                 std::optional<SessionId> former);

  // The hash of a new password that is good enough beside a second factor. Throws
  // jobs::Overloaded.
  Task<Result<std::string, PasswordRefusal>> hash_new_password(std::string password,
                                                               std::vector<std::string> own_words);

  Realm realm() const override { return Realm::staff; }
  Task<std::optional<Label>> label_of(AccountRef account) override;
  Task<bool> may_sign_in(pg::Transaction& transaction, AccountRef account) override;
  Task<bool> has_other_way_in(pg::Transaction& transaction, AccountRef account) override;
  Task<Result<PasswordAnswer, Throttled>> check_password(AccountRef account, std::string password,
                                                         std::string client_address) override;
  Task<bool> has_password(AccountRef account) override;
  Task<OpenedSession> sign_in(pg::Transaction& transaction, AccountRef account, std::string method,
                              http::Request request, std::optional<SessionId> former) override;
  Task<std::optional<OpenedSession>> prove_again(pg::Transaction& transaction, Session session,
                                                 std::string method,
                                                 http::Request request) override;

 private:
  Task<bool> is_password(std::optional<StaffStore::Credentials> member, std::string typed);
  Task<void> note_sign_in(pg::Transaction& transaction, AccountRef account,
                          const std::vector<std::string>& methods, http::Request request);

  StaffParts parts_;
  StaffStore store_;
};

}  // namespace osier::identity
