// Who can sign in: customers and staff, two realms that never mix.

#pragma once

#include <string_view>

#include "platform/base/strong.h"
#include "platform/base/uuid.h"

namespace osier::identity {

enum class Realm { customer, staff };
// The enumerator's name, which is also its word in the database.
std::string_view to_string(Realm realm);

using CustomerId = Strong<struct CustomerTag, Uuid>;
using StaffId = Strong<struct StaffTag, Uuid>;

// One account of either realm. Passwords, throttles, sessions and second factors know no more.
struct AccountRef {
  Realm realm = Realm::customer;
  Uuid id;

  static AccountRef of(CustomerId id) { return {Realm::customer, id.value()}; }
  static AccountRef of(StaffId id) { return {Realm::staff, id.value()}; }

  friend bool operator==(const AccountRef&, const AccountRef&) = default;
};

}  // namespace osier::identity
