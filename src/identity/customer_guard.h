// Decides who asks where a route's access is `customer`, and answers in the handler's place if
// nobody is signed in: pages lead to the sign-in and back, the store API says 401.

#pragma once

#include <memory>
#include <optional>

#include "catalog/storefront.h"
#include "identity/session.h"
#include "platform/http/access.h"
#include "platform/http/message.h"

namespace osier::identity {

// The principal of a session that is open.
http::Principal principal_of(const Session& session);

class CustomerGuard {
 public:
  // Both outlive it.
  CustomerGuard(Sessions& sessions, const catalog::Storefront& storefront)
      : sessions_(sessions), storefront_(storefront) {}

  // For http::Router::set_guard. `request` outlives the task. Throws pg::Error.
  Task<std::optional<http::Response>> admit(http::Request& request);

  // Who is signed in, where nobody has to be: a page that is kinder to customers. Throws pg::Error.
  Task<std::shared_ptr<const http::Principal>> who_asks(const http::Request& request);

 private:
  http::Response refusal_for(const http::Request& request) const;

  Sessions& sessions_;
  const catalog::Storefront& storefront_;
};

}  // namespace osier::identity
