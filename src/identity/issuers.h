// The issuers that the shop has been told of, by realm and name.

#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "identity/issuer.h"
#include "identity/issuer_http.h"
#include "platform/telemetry/log.h"

namespace osier::identity {

class Issuers {
 public:
  // `loop` makes the calls; it, `clock` and `log` outlive this. Issuers may have http:// addresses
  // in development only.
  Issuers(std::vector<config::SignInIssuer> settings, config::Environment environment, Loop& loop,
          const Clock& clock, telemetry::Log& log);

  // Null if there is none of that name for the realm.
  Issuer* find(config::SignInRealm realm, std::string_view name) const;
  // In the order of their names.
  std::vector<Issuer*> of(config::SignInRealm realm) const;

 private:
  IssuerHttp http_;
  std::vector<std::unique_ptr<Issuer>> issuers_;
};

}  // namespace osier::identity
