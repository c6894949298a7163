#include "identity/issuers.h"

#include "identity/facebook.h"
#include "identity/oidc_issuer.h"

namespace osier::identity {

Issuers::Issuers(std::vector<config::SignInIssuer> settings, config::Environment environment,
                 Loop& loop, const Clock& clock, telemetry::Log& log)
    : http_(loop,
            environment == config::Environment::production ? Schemes::https_only : Schemes::any) {
  for (auto& each : settings) {
    if (each.kind == config::SignInKind::facebook) {
      issuers_.push_back(std::make_unique<Facebook>(std::move(each), http_, clock, log));
    } else {
      issuers_.push_back(std::make_unique<OidcIssuer>(std::move(each), http_, clock, log));
    }
  }
}

Issuer* Issuers::find(config::SignInRealm realm, std::string_view name) const {
  for (const auto& issuer : issuers_) {
    if (issuer->settings().realm == realm && issuer->settings().name == name) return issuer.get();
  }
  return nullptr;
}

std::vector<Issuer*> Issuers::of(config::SignInRealm realm) const {
  std::vector<Issuer*> found;
  for (const auto& issuer : issuers_) {
    if (issuer->settings().realm == realm) found.push_back(issuer.get());
  }
  return found;
}

}  // namespace osier::identity
