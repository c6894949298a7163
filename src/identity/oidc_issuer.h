// An issuer that speaks OpenID Connect: Google, Amazon Cognito, Okta, Entra, Keycloak …
//
// Its configuration and keys are fetched when they are first needed and kept for an hour; one who
// waits for them first time waits for all. While the issuer is away, those we have serve on for a
// day. A token signed by a key that we do not know has them fetched again, at most every five
// minutes.

#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "identity/issuer.h"
#include "identity/issuer_http.h"
#include "identity/jwk.h"
#include "identity/oidc_metadata.h"
#include "platform/telemetry/log.h"

namespace osier::identity {

class OidcIssuer final : public Issuer {
 public:
  static constexpr Duration fresh_for = 1h;
  static constexpr Duration served_for = 24h;      // While the issuer is away.
  static constexpr Duration refetch_pause = 5min;  // Between fetches for unknown keys.
  static constexpr Duration failure_pause = 10s;   // After a fetch that failed.

  // All outlive this.
  OidcIssuer(config::SignInIssuer settings, IssuerHttp& http, const Clock& clock,
             telemetry::Log& log)
      : Issuer(std::move(settings)), http_(http), clock_(clock), log_(log) {}

  Task<Result<std::string, IssuerRefusal>> authorization_url(AuthorizationRequest request) override;
  Task<Result<Claims, IssuerRefusal>> redeem(Redemption redemption) override;
  Task<std::string> sign_out_url(std::string return_to) override;

 private:
  struct Known {
    OidcMetadata metadata;
    JwkSet keys;
    Instant fetched_at;
  };
  using KnownPointer = std::shared_ptr<const Known>;
  enum class Need { anything, new_keys };

  // From any loop; null if the issuer is away.
  Task<KnownPointer> known(Need need);
  // These on the loop of the calls.
  Task<KnownPointer> known_here(Need need);
  bool should_fetch(Need need) const;
  Task<void> fetch();
  Task<Result<Known, std::string>> fetch_known();

  http_client::Request token_request(const OidcMetadata& metadata,
                                     const Redemption& redemption) const;
  Task<Result<Claims, IssuerRefusal>> check(KnownPointer known, std::string token_answer,
                                            std::string nonce_hash);
  Task<void> ask_userinfo(std::string url, std::string access_token, Claims& claims);
  void warn(std::string_view what, std::string_view reason) const;

  IssuerHttp& http_;
  const Clock& clock_;
  telemetry::Log& log_;

  // Touched on the loop of the calls only.
  KnownPointer known_;
  std::optional<Instant> tried_at_;
  bool is_fetching_ = false;
  std::vector<OneShot<bool>> waiters_;
};

}  // namespace osier::identity
