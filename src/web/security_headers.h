// Headers that every answer of the storefront carries (hardening 4.2).

#pragma once

#include <string>

#include "platform/http/router.h"

namespace osier::web {

struct SecurityOptions {
  bool is_https = false;  // HSTS and upgrade-insecure-requests only then.
  // Origins that a form may lead to: the payment provider's hosted page
  // ("https://checkout.stripe.com").
  std::string payment_origins;
};

class SecurityHeaders {
 public:
  explicit SecurityHeaders(const SecurityOptions& options);
  void add_to(http::Response& response) const;
  http::Router::Filter filter() const;

 private:
  std::string content_security_policy_;
  bool is_https_;
};

}  // namespace osier::web
