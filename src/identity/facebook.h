// Sign-in by Facebook, which speaks an OAuth of its own: no id token, no nonce.
//
// What takes their place: the access token is shown back to Facebook, which says for which app and
// person it is (debug_token), and calls with it carry a proof that we hold the app's secret
// (appsecret_proof). Facebook says no word on whether it has verified an address lately; it never
// opens an account by one.

#pragma once

#include "identity/issuer.h"
#include "identity/issuer_http.h"
#include "platform/telemetry/log.h"

namespace osier::identity {

class Facebook final : public Issuer {
 public:
  // All outlive this. `issuer` of the settings is where the Graph API is; the dialog is at
  // www.facebook.com, or at the same place if that is another than Facebook's.
  Facebook(config::SignInIssuer settings, IssuerHttp& http, const Clock& clock, telemetry::Log& log)
      : Issuer(std::move(settings)), http_(http), clock_(clock), log_(log) {}

  Task<Result<std::string, IssuerRefusal>> authorization_url(AuthorizationRequest request) override;
  Task<Result<Claims, IssuerRefusal>> redeem(Redemption redemption) override;
  Task<std::string> sign_out_url(std::string return_to) override;

 private:
  // A call to the Graph API; the body, or the refusal that its status is.
  Task<Result<std::string, IssuerRefusal>> call(std::string method, std::string path,
                                                std::string parameters);
  Task<Result<Secret, IssuerRefusal>> access_token(Redemption redemption);
  Task<Result<std::string, IssuerRefusal>> subject_of(Secret token);
  Task<Result<Claims, IssuerRefusal>> person_of(Secret token, std::string subject);
  std::string app_token() const;
  IssuerRefusal refusal(IssuerRefusal what, std::string_view reason) const;

  IssuerHttp& http_;
  const Clock& clock_;
  telemetry::Log& log_;
};

}  // namespace osier::identity
