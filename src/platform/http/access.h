// Who may ask at an address, and who did ask.
//
// Every route says its access when it is added; one that does not say it does not compile. Where
// the access names a person, the router's guard decides before the handler runs, and puts the
// principal into the request. Whose object a path names is the handler's care: it looks it up
// together with the principal's account, and another's is 404.

#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "platform/base/time.h"
#include "platform/base/uuid.h"

namespace osier::http {

class Access {
 public:
  enum class Kind {
    everyone,
    token_holder,
    signature,
    operators,
    customer,
    staff,
    staff_member,
  };

  // Anybody.
  static Access everyone() { return Access{Kind::everyone}; }
  // Who knows an unguessable token (a cart's, an order's, a mail's): the handler looks the thing up
  // by it, and a wrong one is 404.
  static Access token_holder() { return Access{Kind::token_holder}; }
  // A machine that signs what it sends (webhooks): the handler checks the signature.
  static Access signature() { return Access{Kind::signature}; }
  // Who reaches the private listener: the network decides.
  static Access operators() { return Access{Kind::operators}; }
  // A customer who is signed in.
  static Access customer() { return Access{Kind::customer}; }
  // A staff member with a second factor, or an API key, that has this permission ("orders.refund").
  static Access staff(std::string permission) { return Access{Kind::staff, std::move(permission)}; }
  // Any staff member who is signed in with a second factor: what everybody may do with their own
  // account.
  static Access staff_member() { return Access{Kind::staff_member}; }

  Kind kind() const { return kind_; }
  // The permission's name; empty unless kind() is staff.
  const std::string& permission() const { return permission_; }
  // Whether a guard must find out who asks.
  bool names_a_person() const {
    return kind_ == Kind::customer || kind_ == Kind::staff || kind_ == Kind::staff_member;
  }

  friend bool operator==(const Access&, const Access&) = default;

 private:
  explicit Access(Kind kind, std::string permission = {})
      : kind_(kind), permission_(std::move(permission)) {}

  Kind kind_;
  std::string permission_;
};

std::string_view to_string(Access::Kind kind);

// Who asks, as the guard has found out. Read anew for each request: what a role lost a moment ago
// is not in `permissions`.
struct Principal {
  enum class Realm { customer, staff, machine };

  Realm realm = Realm::customer;
  Uuid account;                          // The customer, the staff member or the API key.
  Uuid session;                          // Nil for an API key.
  Instant authenticated_at;              // When a secret was last shown: step-up asks for this.
  std::vector<std::string> methods;      // How (RFC 8176): "pwd", "otp", "hwk", "fed".
  std::vector<std::string> permissions;  // Sorted; empty for customers.
  std::string name_for_audit;            // "staff:<id>", "api_key:<id>": no personal data.
  std::string name{};                    // For their own pages: personal, never logged.
  std::string locale{};                  // The language that they read; empty: not known.

  bool may(std::string_view permission) const;
};

}  // namespace osier::http
