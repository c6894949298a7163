// The port to somebody else who says who a person is. OpenID Connect (oidc_issuer.h) and Facebook
// (facebook.h) stand behind it.
//
// A person is sent there with an address of ours to come back to, and comes back with a code; we
// redeem the code for what the issuer says of them. All waiting ends by deadlines; an issuer that
// is away is a refusal and never an exception. Not called inside a transaction.

#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "identity/id_token.h"
#include "platform/async/task.h"
#include "platform/base/result.h"
#include "platform/base/secret.h"
#include "platform/config/config.h"

namespace osier::identity {

struct AuthorizationRequest {
  std::string redirect_uri;
  std::string state;
  std::string nonce;
  std::string code_challenge;  // pkce.h.
};

struct Redemption {
  std::string code;
  std::optional<std::string> issuer{};  // `iss` of the answer (RFC 9207), if it came.
  std::string redirect_uri;             // The same as in the request.
  Secret code_verifier;
  std::string nonce_hash;  // crypto::token_hash of the nonce.
};

enum class IssuerRefusal {
  unavailable,    // Away, slow, or its answer was none: later.
  mixed_up,       // The answer is another issuer's.
  code_refused,   // The issuer does not know the code (any more), or not by this verifier.
  token_refused,  // What it vouches with does not hold.
};
std::string_view to_string(IssuerRefusal refusal);

class Issuer {
 public:
  explicit Issuer(config::SignInIssuer settings) : settings_(std::move(settings)) {}
  virtual ~Issuer() = default;
  Issuer(const Issuer&) = delete;
  Issuer& operator=(const Issuer&) = delete;

  const config::SignInIssuer& settings() const { return settings_; }

  // Where to send the browser. Refuses with `unavailable` only.
  virtual Task<Result<std::string, IssuerRefusal>> authorization_url(
      AuthorizationRequest request) = 0;
  virtual Task<Result<Claims, IssuerRefusal>> redeem(Redemption redemption) = 0;
  // Where the browser ends its session at the issuer and comes back to `return_to`; empty if there
  // is no such place.
  virtual Task<std::string> sign_out_url(std::string return_to) = 0;

  // Whether the issuer decides who owns this verified address, so that it may open the account of
  // that address here: the setting email_domains, and Google's own domains and organisations.
  bool is_authoritative_for(const Claims& claims) const;

 private:
  config::SignInIssuer settings_;
};

}  // namespace osier::identity
