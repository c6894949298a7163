#include "identity/api_answers.h"

#include <chrono>

namespace osier::identity {

std::string customer_wire_id(CustomerId id) { return web::public_id("cus", id.value()); }

namespace {

std::string sentence_of(PasswordRefusal refusal) {
  switch (refusal) {
    case PasswordRefusal::too_short:
      return "password is too short: it needs 15 characters, or 8 with a second "
             "factor";
    case PasswordRefusal::too_long:
      return "password has more than 128 characters";
    case PasswordRefusal::control_character:
      return "password has a character that cannot be typed everywhere";
    case PasswordRefusal::common:
      return "password is on the lists that everybody tries first";
    case PasswordRefusal::own_words:
      return "password is made of the person's or the shop's own words";
    case PasswordRefusal::easily_guessed:
      return "password is easily guessed";
  }
}

}  // namespace

http::Response answer_refusal(const AccountRefusal &refusal) {
  switch (refusal.reason) {
    case AccountReason::bad_email:
      return web::error(web::ErrorType::invalid_data, "email must be an address that mails reach");
    case AccountReason::bad_name:
      return web::error(web::ErrorType::invalid_data,
                        "first_name and last_name have at most 100 characters and one line");
    case AccountReason::bad_phone:
      return web::error(web::ErrorType::invalid_data, "phone has at most 40 characters");
    case AccountReason::bad_password:
      return web::error(web::ErrorType::invalid_data, sentence_of(*refusal.password),
                        std::string(to_string(*refusal.password)));
    case AccountReason::wrong:
      return web::error(web::ErrorType::unauthorized, "Invalid email or password");
    case AccountReason::link_void:
    case AccountReason::signed_out:
      return web::error(web::ErrorType::unauthorized, "Unauthorized");
    case AccountReason::throttled: {
      auto response = web::error(web::ErrorType::too_many_requests,
                                 "There were too many tries. Please wait and try again.");
      const auto wait = std::chrono::ceil<std::chrono::seconds>(refusal.retry_after);
      response.headers.set("Retry-After", std::to_string(wait.count()));
      return response;
    }
  }
}

std::string locale_for(const catalog::Market &market, const http::Request &request) {
  const auto wanted = request.headers.get("x-medusa-locale").value_or("");
  for (const std::string &locale : market.locales) {
    if (!wanted.empty() && locale.substr(0, 2) == wanted.substr(0, 2)) return locale;
  }
  return market.locales.front();
}

http::Handler handle(CustomerApi api, CustomerApiHandler handler) {
  return web::api(
      [api, handler](http::Request request) { return handler(api, std::move(request)); });
}

}  // namespace osier::identity
