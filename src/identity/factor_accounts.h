// What second factors need of the accounts of a realm: customers fill it in, and staff.

#pragma once

#include <optional>
#include <string>

#include "identity/account.h"
#include "identity/session.h"
#include "platform/base/result.h"
#include "platform/http/message.h"
#include "platform/postgres/database.h"

namespace osier::identity {

// How somebody has proved who they are (RFC 8176).
namespace method {
inline constexpr std::string_view password = "pwd";
inline constexpr std::string_view otp = "otp";
inline constexpr std::string_view passkey = "hwk";
}  // namespace method

class FactorAccounts {
 public:
  virtual ~FactorAccounts() = default;

  virtual Realm realm() const = 0;

  // How a person knows the account, for the app or authenticator that keeps it. Nothing if it is
  // closed. Throws pg::Error.
  struct Label {
    std::string email;
    std::string name;  // May be empty.
  };
  virtual Task<std::optional<Label>> label_of(AccountRef account) = 0;

  // Neither closed nor disabled. Throws pg::Error.
  virtual Task<bool> may_sign_in(pg::Transaction& transaction, AccountRef account) = 0;
  // Whether it is opened by something that is no passkey: a password, another issuer.
  virtual Task<bool> has_other_way_in(pg::Transaction& transaction, AccountRef account) = 0;

  // The password of somebody who is signed in; throttled like a sign-in.
  enum class PasswordAnswer { right, wrong, none };  // None: the account has no password.
  struct Throttled {
    Duration retry_after{};
  };
  virtual Task<Result<PasswordAnswer, Throttled>> check_password(AccountRef account,
                                                                 std::string password,
                                                                 std::string client_address) = 0;
  virtual Task<bool> has_password(AccountRef account) = 0;

  // A passkey has opened the account by itself: an open session, and what else belongs to a
  // sign-in. `former` is the session that the browser had; it ends. Counts when the caller commits.
  virtual Task<OpenedSession> sign_in(pg::Transaction& transaction, AccountRef account,
                                      std::string method, http::Request request,
                                      std::optional<SessionId> former) = 0;
  // The person has proved it once more: a new token, and open if it was pending. Nothing if the
  // session has ended in between. Counts when the caller commits.
  virtual Task<std::optional<OpenedSession>> prove_again(pg::Transaction& transaction,
                                                         Session session, std::string method,
                                                         http::Request request) = 0;
};

}  // namespace osier::identity
