// What sign-in by other issuers needs of the accounts of a realm.

#pragma once

#include <optional>
#include <string>

#include "identity/account.h"
#include "identity/session.h"
#include "platform/http/message.h"
#include "platform/postgres/database.h"

namespace osier::identity {

// Somebody who comes for the first time.
struct NewPerson {
  std::string email;
  bool is_verified = false;
  std::string given_name;
  std::string family_name;
  std::string market_code;
  std::string locale;
};

// What the issuer has asked of the person, by its word or the shop's settings.
enum class FactorsThere { one, two };

class AccountBook {
 public:
  virtual ~AccountBook() = default;

  // All count when the caller commits, and throw pg::Error.

  // The account that has proved this address; nothing if there is none, or it is no address.
  virtual Task<std::optional<AccountRef>> verified_account_of(pg::Transaction& transaction,
                                                              std::string email) = 0;
  // A new account without a password. With a verified address, accounts that were registered with
  // it and have not proved it end: their passwords and sessions count no more (hardening 49).
  // Nothing if the address is none, or the realm opens no accounts by itself.
  virtual Task<std::optional<AccountRef>> open_account(pg::Transaction& transaction,
                                                       NewPerson person) = 0;
  // Neither closed nor disabled.
  virtual Task<bool> may_sign_in(pg::Transaction& transaction, AccountRef account) = 0;
  // Besides identities at other issuers: a password, a passkey.
  virtual Task<bool> has_other_way_in(pg::Transaction& transaction, AccountRef account) = 0;

  // Opens a session, which waits for a second factor if the realm wants one that the issuer has
  // not seen, ends `former`, and does what else belongs to a sign-in (a customer's cart). `request`
  // is the browser's that signs in.
  virtual Task<OpenedSession> sign_in(pg::Transaction& transaction, AccountRef account,
                                      FactorsThere factors, std::optional<SessionId> former,
                                      http::Request request) = 0;
};

}  // namespace osier::identity
