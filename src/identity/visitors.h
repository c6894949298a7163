// Who looks at a page on which nobody has to be signed in: for rooms that are kinder to customers
// whom they know.

#pragma once

#include <optional>

#include "identity/customer_guard.h"
#include "identity/customers.h"

namespace osier::identity {

class Visitors {
 public:
  // Both outlive it.
  Visitors(CustomerGuard& guard, CustomerAccounts& accounts) : guard_(guard), accounts_(accounts) {}

  // By the session that the request brings; nothing for a guest. Throw pg::Error.
  Task<std::optional<CustomerId>> customer(const http::Request& request);
  Task<std::optional<Customer>> account(const http::Request& request);

 private:
  CustomerGuard& guard_;
  CustomerAccounts& accounts_;
};

}  // namespace osier::identity
