// What else happens when a customer is let in. Rooms above know what; identity does not.

#pragma once

#include "identity/account.h"
#include "platform/http/message.h"
#include "platform/postgres/database.h"

namespace osier::identity {

class SignInListener {
 public:
  virtual ~SignInListener() = default;

  // The customer is signed in, by `request`, as soon as the caller commits: after the second factor
  // where there is one. Throws pg::Error.
  virtual Task<void> signed_in(pg::Transaction& transaction, CustomerId customer,
                               http::Request request) = 0;
};

}  // namespace osier::identity
