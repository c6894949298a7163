// What an OpenID Connect issuer says about itself (OpenID Connect Discovery 1.0, RFC 8414).

#pragma once

#include <string>
#include <string_view>

#include "platform/base/result.h"

namespace osier::identity {

enum class ClientAuthentication { basic, post };  // RFC 6749 section 2.3.1.

struct OidcMetadata {
  std::string authorization_endpoint;
  std::string token_endpoint;
  std::string jwks_uri;
  std::string userinfo_endpoint;     // Empty: there is none.
  std::string end_session_endpoint;  // Empty: there is none.
  ClientAuthentication authentication = ClientAuthentication::basic;
  bool names_itself = false;  // Its answers carry `iss` (RFC 9207 section 3).
};

// Where the document is.
std::string discovery_url(const std::string& issuer);

// Reads the document of `issuer`. Refuses, with the reason, one that names another issuer
// (Discovery section 4.3), lacks an endpoint, or offers none of what we speak: codes, S256, RS256
// or ES256.
Result<OidcMetadata, std::string> read_metadata(std::string_view json, const std::string& issuer);

}  // namespace osier::identity
