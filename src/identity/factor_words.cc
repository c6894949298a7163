#include "identity/factor_words.h"

namespace osier::identity {

using Reason = FactorRefusal::Reason;

static std::string_view key_of(Reason reason, std::string_view field) {
  switch (reason) {
    case Reason::wrong:
      if (field == "password") return "factor.error.wrong_password";
      if (field == "passkey") return "factor.error.wrong_passkey";
      if (field == "recovery_code") return "factor.error.wrong_recovery_code";
      return "factor.error.wrong_code";
    case Reason::throttled:
      return "factor.error.throttled";
    case Reason::lapsed:
      return "factor.error.lapsed";
    case Reason::known:
      return "factor.error.known";
    case Reason::too_many:
      return "factor.error.too_many";
    case Reason::not_there:
      return "factor.error.not_there";
    case Reason::last_factor:
      return "factor.error.last_factor";
    case Reason::last_way_in:
      return "factor.error.last_way_in";
    case Reason::short_password:
      return "factor.error.short_password";
    case Reason::signed_out:
      return "factor.error.signed_out";
    case Reason::unavailable:
      return "factor.error.unavailable";
  }
}

std::string words_for(const FactorRefusal& refusal, std::string_view field,
                      const FactorVisit& visit) {
  const std::int64_t minutes = std::chrono::ceil<std::chrono::minutes>(refusal.retry_after).count();
  return visit.text(key_of(refusal.reason, field), {{"minutes", minutes}});
}

int status_of(const FactorRefusal& refusal) {
  switch (refusal.reason) {
    case Reason::throttled:
      return 429;
    case Reason::not_there:
    case Reason::unavailable:
      return 404;
    case Reason::known:
    case Reason::too_many:
    case Reason::last_factor:
    case Reason::last_way_in:
    case Reason::lapsed:
      return 409;
    case Reason::signed_out:
      return 401;
    case Reason::wrong:
    case Reason::short_password:
      return 422;
  }
}

http::Response with_retry_after(http::Response response, const FactorRefusal& refusal) {
  if (refusal.reason == Reason::throttled) {
    const auto seconds = std::chrono::ceil<std::chrono::seconds>(refusal.retry_after).count();
    response.headers.set("Retry-After", std::to_string(seconds));
  }
  return response;
}

}  // namespace osier::identity
