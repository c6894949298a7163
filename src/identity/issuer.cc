#include "identity/issuer.h"

#include <algorithm>

namespace osier::identity {

namespace {

// Behind the last '@', in lower case; empty if there is none.
std::string domain_of(std::string_view email) {
  const auto at = email.rfind('@');
  if (at == std::string_view::npos) return {};
  std::string domain(email.substr(at + 1));
  for (char& c : domain) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return domain;
}

// Google decides about its own addresses, and about those of an organisation that it hosts. Any
// other address it has seen working once, and may be somebody else's by now.
bool is_googles(const Claims& claims, const std::string& domain) {
  return domain == "gmail.com" || domain == "googlemail.com" ||
         (!claims.hosted_domain.empty() && claims.hosted_domain == domain);
}

}  // namespace

bool Issuer::is_authoritative_for(const Claims& claims) const {
  const std::string domain = domain_of(claims.email);
  if (domain.empty() || !claims.is_email_verified) return false;
  const bool is_named = std::ranges::any_of(
      settings_.email_domains, [&](const auto& each) { return each == "*" || each == domain; });
  if (is_named) return true;
  // Staff are of the domains that the shop names, and no others.
  return settings_.kind == config::SignInKind::google &&
         settings_.realm == config::SignInRealm::customers && is_googles(claims, domain);
}

std::string_view to_string(IssuerRefusal refusal) {
  switch (refusal) {
    case IssuerRefusal::unavailable:
      return "unavailable";
    case IssuerRefusal::mixed_up:
      return "mixed_up";
    case IssuerRefusal::code_refused:
      return "code_refused";
    case IssuerRefusal::token_refused:
      return "token_refused";
  }
}

}  // namespace osier::identity
