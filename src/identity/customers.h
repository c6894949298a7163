// Customers' accounts: the face.
//
// Nobody learns here whether an address has an account: registering, asking for a new password and
// changing an address do the same work and answer the same either way, and the mail says the rest
// (hardening 28). An address counts when somebody has shown that they read its mail: until then a
// registration opens nothing and stands in nobody's way, and when an address is proved, whatever
// else was registered with it goes (hardening 49). The link of a registration asks for the password
// that was chosen with it, so that nobody proves an address for somebody else's account.
//
// What fails is counted per account, per range of addresses and in all (hardening 27). Everything
// throws pg::Error, and jobs::Overloaded where a password is hashed and too many wait (hardening
// 54).

#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "identity/account_events.h"
#include "identity/customer_entrance.h"
#include "identity/customer_store.h"
#include "identity/password.h"
#include "identity/password_hashing.h"
#include "identity/second_factor.h"
#include "identity/throttle.h"
#include "platform/http/client_address.h"

namespace osier::identity {

struct AccountRefusal {
  enum class Reason {
    bad_email,
    bad_name,
    bad_phone,
    bad_password,  // See password.
    wrong,         // Address and password, or one of them; or nobody has proved the address.
    throttled,     // See retry_after.
    link_void,     // Unknown, used, too old, or the account has changed since.
    signed_out,    // The session has ended in between, or the account was closed.
  };
  Reason reason = Reason::wrong;
  std::optional<PasswordRefusal> password{};
  Duration retry_after{};
};

using AccountReason = AccountRefusal::Reason;

struct Registration {
  std::string email;
  std::string password;
  std::string given_name;
  std::string family_name;
  std::string market_code;
  std::string locale;
};

// All outlive what is made of them.
struct AccountParts {
  pg::Database& database;
  const privacy::Vault& vault;
  Sessions& sessions;
  Throttle& throttle;
  PasswordHashing& hashing;
  const Clock& clock;
  Random& random;
};

// How tries at a customer's password are counted, wherever it is asked for.
class PasswordDoor {
 public:
  // `exempt`: networks whose addresses are not counted.
  PasswordDoor(AccountParts parts, http::TrustedProxies exempt)
      : parts_(parts), exempt_(std::move(exempt)) {}

  // Whether the password is the one of that hash. `account` is what tries are counted by, besides
  // the address: an index of what was typed. Nothing for the hash never matches, and takes as long.
  struct Verdict {
    bool matches = false;
    bool needs_rehash = false;
  };
  Task<Result<Verdict, Throttled>> check(pg::Bytes account, std::optional<std::string> hash,
                                         std::string typed, std::string client_address);

  // Counts one of `rule` for that address, unless it is exempt.
  std::vector<Bucket> buckets_of_address(std::vector<const ThrottleRule*> rules,
                                         const std::string& client_address) const;

 private:
  AccountParts parts_;
  http::TrustedProxies exempt_;
};

class CustomerAccounts {
 public:
  struct Site {
    std::function<std::string()> shop_name;
  };
  CustomerAccounts(AccountParts parts, PasswordDoor& door, SecondFactors& factors,
                   CustomerEntrance& entrance, Site site);

  // The shop writes to the address: a link that proves it, or that there is an account already. The
  // id opens nothing.
  Task<Result<CustomerId, AccountRefusal>> register_customer(Registration registration,
                                                             std::string client_address);

  struct SignIn {
    std::string email;
    std::string password;
    std::optional<SessionId> former{};  // Of the browser; it ends.
    http::Request request{};
  };
  // Pending if the account has a second factor. A registration that nobody has proved opens
  // nothing, and is not told from one that is not there: whoever has just registered an address
  // would learn by it whether the address had an account before.
  Task<Result<OpenedSession, AccountRefusal>> sign_in(SignIn what);
  Task<void> sign_out(SessionId session);

  // Whether the link still counts.
  Task<bool> is_living(EmailPurpose purpose, std::string token) const;
  // Proves the address of a registration. Who proves it is signed in to it, or knows its password;
  // then they get a session.
  struct Verification {
    std::string token;
    std::string password{};
    std::optional<CustomerId> signed_in{};
    std::optional<SessionId> former{};
    http::Request request{};
  };
  Task<Result<std::optional<OpenedSession>, AccountRefusal>> verify(Verification what);
  // Another link, for somebody who is signed in to an account whose address nobody has proved.
  Task<Result<void, AccountRefusal>> send_verification(CustomerId customer,
                                                       std::string client_address);

  // Writes to the address, if it has an account.
  Task<Result<void, AccountRefusal>> forgot_password(std::string email, std::string client_address);
  // By the link. All sessions of the account end.
  Task<Result<void, AccountRefusal>> reset_password(std::string token, std::string password,
                                                    http::Request request);

  // --- Of somebody who is signed in. Who changes password or address has proved lately who they
  // are (step_up.h).

  Task<std::optional<Customer>> find(CustomerId customer) const;
  Task<bool> has_second_factor(CustomerId customer);
  // All other sessions end; this one gets a new token.
  Task<Result<OpenedSession, AccountRefusal>> change_password(CustomerId customer,
                                                              SessionId session,
                                                              std::string password,
                                                              http::Request request);
  // Writes to both addresses. The new one counts when its link is followed by the same customer.
  Task<Result<void, AccountRefusal>> ask_for_email(CustomerId customer, std::string email,
                                                   std::string client_address);
  Task<Result<void, AccountRefusal>> change_email(CustomerId customer, std::string token,
                                                  http::Request request);
  Task<Result<void, AccountRefusal>> change_profile(CustomerId customer, CustomerProfile profile);

  struct Device {
    Session session;
    std::string name;  // "Firefox, Linux"; empty: not known.
  };
  Task<std::vector<Device>> devices(CustomerId customer);
  Task<bool> revoke(CustomerId customer, SessionId session);
  Task<void> revoke_others(CustomerId customer, SessionId keep);

  // Forgets links that are over, and registrations that nobody proved within a week. For a
  // schedule.
  Task<void> trim();

 private:
  using Refusal = AccountRefusal;

  static Refusal refused(Refusal::Reason reason) { return {.reason = reason}; }
  static Refusal throttled(const Throttled& by) {
    return {.reason = Refusal::Reason::throttled, .retry_after = by.retry_after};
  }

  Task<Result<void, Refusal>> take_mail(std::string email, std::string client_address);
  Result<Secret, Refusal> accept(const std::string& typed, OtherFactor other,
                                 std::vector<std::string> own_words) const;
  Task<Result<Secret, Refusal>> accept_for(CustomerId customer, std::string typed);
  Task<OpenedSession> open(pg::Transaction& transaction, CustomerId customer,
                           std::optional<SessionId> former, http::Request request);
  Task<void> mail_verification(Credentials credentials, pg::Bytes email_index);
  Task<bool> may_verify(EmailTokenRow token, Verification what, Refusal& why);
  void note(pg::Batch& batch, CustomerId customer, std::string_view action,
            const http::Request& request) const;

  AccountParts parts_;
  PasswordDoor& door_;
  SecondFactors& factors_;
  CustomerEntrance& entrance_;
  Site site_;
  CustomerStore store_;
  EmailTokens tokens_;
};

}  // namespace osier::identity
