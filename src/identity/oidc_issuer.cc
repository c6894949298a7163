#include "identity/oidc_issuer.h"

#include <utility>

#include "identity/jwt.h"
#include "platform/crypto/crypto.h"
#include "platform/http/message.h"
#include "platform/json/value.h"

namespace osier::identity {

namespace {

constexpr json::StringRule oidc_token_rule{.length_max = jwt_size_max};

std::string with_parameters(std::string url,
                            std::initializer_list<std::pair<std::string_view, std::string>> all) {
  char separator = url.find('?') == std::string::npos ? '?' : '&';
  for (const auto& [name, value] : all) {
    url += separator;
    url += name;
    url += '=';
    url += http::url_encode(value);
    separator = '&';
  }
  return url;
}

}  // namespace

Task<Result<std::string, IssuerRefusal>> OidcIssuer::authorization_url(
    AuthorizationRequest request) {
  const KnownPointer issuer = co_await known(Need::anything);
  if (!issuer) co_return refuse(IssuerRefusal::unavailable);
  co_return with_parameters(issuer->metadata.authorization_endpoint,
                            {{"response_type", "code"},
                             {"client_id", settings().client_id},
                             {"redirect_uri", request.redirect_uri},
                             {"scope", "openid email profile"},
                             {"state", request.state},
                             {"nonce", request.nonce},
                             {"code_challenge", request.code_challenge},
                             {"code_challenge_method", "S256"}});
}

Task<Result<Claims, IssuerRefusal>> OidcIssuer::redeem(Redemption redemption) {
  const KnownPointer issuer = co_await known(Need::anything);
  if (!issuer) co_return refuse(IssuerRefusal::unavailable);
  const bool is_silent = !redemption.issuer && !issuer->metadata.names_itself;
  if (!is_silent && redemption.issuer != settings().issuer) {
    warn("an answer is another issuer's", redemption.issuer.value_or("it names none"));
    co_return refuse(IssuerRefusal::mixed_up);
  }
  auto request = token_request(issuer->metadata, redemption);
  auto answer = co_await http_.send(std::move(request));
  // RFC 6749 section 5.2: 400, and 401 for a client it does not know.
  if (answer.status == 400) {
    warn("a code was refused", answer.body.substr(0, 300));
    co_return refuse(IssuerRefusal::code_refused);
  }
  if (answer.status != 200) {
    warn("the token endpoint did not answer",
         answer.status == 0 ? answer.body : "status " + std::to_string(answer.status));
    co_return refuse(IssuerRefusal::unavailable);
  }
  co_return co_await check(issuer, std::move(answer.body), std::move(redemption.nonce_hash));
}

http_client::Request OidcIssuer::token_request(const OidcMetadata& metadata,
                                               const Redemption& redemption) const {
  http_client::Request request;
  request.method = "POST";
  request.url = metadata.token_endpoint;
  request.headers = {{"Content-Type", "application/x-www-form-urlencoded"}};
  request.body = "grant_type=authorization_code&code=" + http::url_encode(redemption.code) +
                 "&redirect_uri=" + http::url_encode(redemption.redirect_uri) +
                 "&code_verifier=" + http::url_encode(redemption.code_verifier.reveal());
  const std::string id = http::url_encode(settings().client_id);
  const std::string secret = http::url_encode(settings().client_secret.reveal());
  if (secret.empty()) {
    request.body += "&client_id=" + id;
  } else if (metadata.authentication == ClientAuthentication::post) {
    request.body += "&client_id=" + id + "&client_secret=" + secret;
  } else {
    request.headers.emplace_back("Authorization", "Basic " + crypto::to_base64(id + ":" + secret));
  }
  return request;
}

Task<Result<Claims, IssuerRefusal>> OidcIssuer::check(KnownPointer issuer, std::string token_answer,
                                                      std::string nonce_hash) {
  const auto body = json::parse(token_answer);
  if (!body) co_return refuse(IssuerRefusal::unavailable);
  json::Reader reader(*body);
  const auto id_token = reader.string("id_token", oidc_token_rule);
  const auto access_token = reader.string("access_token", oidc_token_rule);
  if (!id_token) {
    warn("an id token was refused", "there is none");
    co_return refuse(IssuerRefusal::token_refused);
  }
  auto verified = verify_jwt(*id_token, issuer->keys);
  if (!verified && verified.error() == JwtRefusal::key_unknown) {
    issuer = co_await known(Need::new_keys);
    if (!issuer) co_return refuse(IssuerRefusal::unavailable);
    verified = verify_jwt(*id_token, issuer->keys);
  }
  if (!verified) {
    warn("an id token was refused", to_string(verified.error()));
    co_return refuse(IssuerRefusal::token_refused);
  }
  const IdTokenExpectation expected{.issuer = settings().issuer,
                                    .client_id = settings().client_id,
                                    .nonce_hash = nonce_hash,
                                    .now = clock_.now()};
  auto claims = check_id_token(*verified, expected);
  if (!claims) {
    warn("an id token was refused", to_string(claims.error()));
    co_return refuse(IssuerRefusal::token_refused);
  }
  const std::string& userinfo = issuer->metadata.userinfo_endpoint;
  if (claims->email.empty() && access_token && !userinfo.empty()) {
    co_await ask_userinfo(userinfo, *access_token, *claims);
  }
  co_return *std::move(claims);
}

// Without an answer the person is one without an address.
Task<void> OidcIssuer::ask_userinfo(std::string url, std::string access_token, Claims& claims) {
  http_client::Request request;
  request.url = std::move(url);
  request.headers = {{"Authorization", "Bearer " + access_token}};
  const auto answer = co_await http_.send(std::move(request));
  const auto userinfo = json::parse(answer.body);
  if (answer.status == 200 && userinfo) {
    add_userinfo(claims, *userinfo);
  } else {
    warn("userinfo did not answer", "status " + std::to_string(answer.status));
  }
}

Task<std::string> OidcIssuer::sign_out_url(std::string return_to) {
  const KnownPointer issuer = co_await known(Need::anything);
  if (!issuer) co_return std::string();
  const OidcMetadata& metadata = issuer->metadata;
  if (settings().kind == config::SignInKind::cognito) {
    // Cognito has its own: /logout beside the hosted page.
    const std::string& page = metadata.authorization_endpoint;
    const auto host_end = page.find('/', page.find("://") + 3);
    co_return with_parameters(page.substr(0, host_end) + "/logout",
                              {{"client_id", settings().client_id}, {"logout_uri", return_to}});
  }
  if (metadata.end_session_endpoint.empty()) co_return std::string();
  co_return with_parameters(
      metadata.end_session_endpoint,
      {{"client_id", settings().client_id}, {"post_logout_redirect_uri", return_to}});
}

// --- What we know of the issuer.

Task<OidcIssuer::KnownPointer> OidcIssuer::known(Need need) {
  Loop& home = Loop::current();
  co_await resume_on(http_.loop());
  KnownPointer found = co_await known_here(need);
  co_await resume_on(home);
  co_return found;
}

bool OidcIssuer::should_fetch(Need need) const {
  const Instant now = clock_.now();
  if (tried_at_ && now < *tried_at_ + failure_pause && now >= *tried_at_) return false;
  if (!known_) return true;
  const Instant fetched = known_->fetched_at;
  // A clock that was set back makes nothing fresh for ever.
  if (now < fetched || now >= fetched + fresh_for) return true;
  return need == Need::new_keys && now >= fetched + refetch_pause;
}

Task<OidcIssuer::KnownPointer> OidcIssuer::known_here(Need need) {
  if (is_fetching_ && (!known_ || need == Need::new_keys)) {
    OneShot<bool> fetched;
    waiters_.push_back(fetched);
    co_await fetched.get();
  } else if (!is_fetching_ && should_fetch(need)) {
    co_await fetch();
  }
  const bool is_served = known_ && clock_.now() < known_->fetched_at + served_for;
  co_return is_served ? known_ : nullptr;
}

Task<void> OidcIssuer::fetch() {
  is_fetching_ = true;
  auto fetched = co_await fetch_known();
  is_fetching_ = false;
  if (fetched) {
    known_ = std::make_shared<const Known>(*std::move(fetched));
    tried_at_.reset();
  } else {
    tried_at_ = clock_.now();
    warn("an issuer's configuration cannot be had", fetched.error());
  }
  for (auto& waiter : std::exchange(waiters_, {})) waiter.set(true);
}

Task<Result<OidcIssuer::Known, std::string>> OidcIssuer::fetch_known() {
  const auto failed = [](std::string_view what, const IssuerAnswer& answer) {
    return refuse(std::string(what) + ": " +
                  (answer.status == 0 ? answer.body : "status " + std::to_string(answer.status)));
  };
  http_client::Request discovery;
  discovery.url = discovery_url(settings().issuer);
  const auto document = co_await http_.send(std::move(discovery));
  if (document.status != 200) co_return failed("its configuration", document);
  auto metadata = read_metadata(document.body, settings().issuer);
  if (!metadata) co_return refuse(metadata.error());
  for (const auto* url : {&metadata->authorization_endpoint, &metadata->token_endpoint}) {
    if (!http_.may_call(*url)) co_return refuse("it names the endpoint " + *url);
  }
  http_client::Request keys_request;
  keys_request.url = metadata->jwks_uri;
  const auto keys_answer = co_await http_.send(std::move(keys_request));
  if (keys_answer.status != 200) co_return failed("its keys", keys_answer);
  auto keys = JwkSet::parse(keys_answer.body);
  if (!keys) co_return refuse("its keys: " + keys.error());
  co_return Known{*std::move(metadata), *std::move(keys), clock_.now()};
}

void OidcIssuer::warn(std::string_view what, std::string_view reason) const {
  log_.warning(what, {{"issuer", settings().name}, {"reason", reason}});
}

}  // namespace osier::identity
