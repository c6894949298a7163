#include "hosted.h"

#include <algorithm>
#include <charconv>

#include "hosted_page.h"
#include "platform/http/ascii.h"

namespace osier::simulator {

namespace {

http::Response page(int status, std::string html) {
  http::Response response = http::html(status, std::move(html));
  response.headers.add("Content-Security-Policy",
                       "default-src 'none'; style-src 'self'; img-src data:; base-uri 'none'; "
                       "frame-ancestors 'none'");
  response.headers.add("Cache-Control", "no-store");
  response.headers.add("Referrer-Policy", "no-referrer");
  return response;
}

std::string digits_of(std::string_view text) {
  std::string digits;
  std::copy_if(text.begin(), text.end(), std::back_inserter(digits), http::is_digit);
  return digits;
}

json::Object form_error(std::string code, std::string message) {
  return json::Object{{"code", std::move(code)}, {"message", std::move(message)}};
}

struct Refused {
  json::Object error;
  std::string field;
};

// "12 / 34", "12/2034", "1234".
bool read_expiry(std::string_view text, CardEntry& card) {
  std::string_view rest = text;
  std::string month = digits_of(http::cut_before(rest, '/'));
  std::string year = digits_of(rest);
  if (year.empty() && month.size() >= 4) {
    year = month.substr(2);
    month.resize(2);
  }
  if (month.empty() || month.size() > 2 || (year.size() != 2 && year.size() != 4)) return false;
  std::from_chars(month.data(), month.data() + month.size(), card.expiry_month);
  std::from_chars(year.data(), year.data() + year.size(), card.expiry_year);
  if (year.size() == 2) card.expiry_year += 2000;
  return card.expiry_month >= 1 && card.expiry_month <= 12;
}

bool is_past(const CardEntry& card, Instant now) {
  const std::chrono::year_month_day today{std::chrono::floor<std::chrono::days>(now)};
  const int year = static_cast<int>(today.year());
  const int month = static_cast<int>(static_cast<unsigned>(today.month()));
  return card.expiry_year < year || (card.expiry_year == year && card.expiry_month < month) ||
         card.expiry_year > year + 50;
}

std::optional<Refused> read_form(const http::Parameters& form, Instant now,
                                 Sessions::Attempt& attempt) {
  const auto value = [&](std::string_view name) {
    return std::string(http::trimmed(form.get(name).value_or("")));
  };
  attempt.email = value("email");
  attempt.name = value("billingName");
  attempt.card.number = digits_of(value("cardNumber"));
  attempt.card.cvc = value("cardCvc");
  const auto at = attempt.email.find('@');
  if (at == 0 || at == std::string::npos || at + 1 == attempt.email.size()) {
    return Refused{form_error("invalid_email", "Please enter a valid e-mail address."), "email"};
  }
  if (!has_valid_check_digit(attempt.card.number)) {
    return Refused{form_error("incorrect_number", "Your card number is incorrect."), "cardNumber"};
  }
  if (!read_expiry(value("cardExpiry"), attempt.card) || is_past(attempt.card, now)) {
    return Refused{form_error("invalid_expiry", "Your card's expiry date is invalid."),
                   "cardExpiry"};
  }
  const std::string& cvc = attempt.card.cvc;
  if (cvc.size() < 3 || cvc.size() > 4 || digits_of(cvc) != cvc) {
    return Refused{form_error("invalid_cvc", "Please enter your card's security code."), "cardCvc"};
  }
  if (attempt.name.empty()) {
    return Refused{form_error("invalid_name", "Please enter the name on the card."), "billingName"};
  }
  return std::nullopt;
}

}  // namespace

Call Hosted::call_of(const http::Request& request) { return {.base_url = api_.base_url(request)}; }

void Hosted::add_routes(http::Router& router) {
  using Action = http::Response (Hosted::*)(const http::Request&);
  const auto calling = [this](Action action) {
    return http::RouteOptions{
        .quick = [this, action](const http::Request& request) -> std::optional<http::Response> {
          return (this->*action)(request);
        }};
  };
  const http::Handler never = [](http::Request) -> Task<http::Response> {
    co_return http::text(500, "unreachable\n");
  };
  router.get("/c/pay/{session}", http::Access::everyone(), never, calling(&Hosted::show));
  router.post("/c/pay/{session}", http::Access::everyone(), never, calling(&Hosted::pay));
  router.get("/c/pay/{session}/challenge", http::Access::everyone(), never,
             calling(&Hosted::show_challenge));
  router.post("/c/pay/{session}/challenge", http::Access::everyone(), never,
              calling(&Hosted::end_challenge));
  router.get("/c/challenge/{intent}", http::Access::everyone(), never,
             calling(&Hosted::show_intent_challenge));
  router.post("/c/challenge/{intent}", http::Access::everyone(), never,
              calling(&Hosted::end_intent_challenge));
}

http::Response Hosted::show(const http::Request& request) {
  sessions_.expire_due();
  const json::Object* session = books_.sessions.find(request.path_value(0));
  if (session == nullptr) return page(404, notice_page(Notice::unknown, "en", ""));
  const std::string locale = text_of(*session, "locale");
  const std::string status = text_of(*session, "status");
  if (status == "complete")
    return page(200, notice_page(Notice::complete, locale, Sessions::success_url_of(*session)));
  if (status == "expired")
    return page(410, notice_page(Notice::expired, locale, text_of(*session, "cancel_url")));
  FormState form{
      .email = text_of(*session, "customer_email"), .name = {}, .error = {}, .wrong_field = {}};
  const json::Object* intent = books_.intents.find(text_of(*session, "payment_intent"));
  if (request.query == "failed" && intent != nullptr &&
      intent->at("last_payment_error").is_object()) {
    form.error = decline_text(intent->at("last_payment_error").get_object(), locale);
  }
  return page(200, payment_page(*session, books_.line_items[request.path_value(0)], form));
}

http::Response Hosted::pay(const http::Request& request) {
  const std::string& id = request.path_value(0);
  const auto form = http::Parameters::parse(request.body);
  const json::Object* session = books_.sessions.find(id);
  sessions_.expire_due();
  if (!form || session == nullptr || text_of(*session, "status") != "open") return show(request);

  const std::string locale = text_of(*session, "locale");
  Sessions::Attempt attempt;
  auto refused = read_form(*form, books_.now(), attempt);
  if (!refused) {
    const auto paid = sessions_.pay(call_of(request), id, attempt);
    if (paid && *paid == Sessions::Paid::needs_challenge)
      return http::redirect("/c/pay/" + id + "/challenge");
    if (paid) return http::redirect(Sessions::success_url_of(*session));
    refused = Refused{json::Object{{"code", paid.error().code},
                                   {"decline_code", paid.error().decline_code},
                                   {"message", paid.error().message}},
                      "cardNumber"};
    if (paid.error().code == "incorrect_cvc") refused->field = "cardCvc";
    if (paid.error().code == "expired_card") refused->field = "cardExpiry";
  }
  const FormState state{.email = attempt.email,
                        .name = attempt.name,
                        .error = decline_text(refused->error, locale),
                        .wrong_field = refused->field};
  return page(402, payment_page(*session, books_.line_items[id], state));
}

http::Response Hosted::show_challenge(const http::Request& request) {
  const json::Object* session = books_.sessions.find(request.path_value(0));
  const json::Object* intent =
      session == nullptr ? nullptr : books_.intents.find(text_of(*session, "payment_intent"));
  if (intent == nullptr || text_of(*session, "status") != "open" ||
      text_of(*intent, "status") != "requires_action") {
    return show(request);
  }
  return page(200, challenge_page(*intent, text_of(*session, "locale")));
}

http::Response Hosted::end_challenge(const http::Request& request) {
  const std::string& id = request.path_value(0);
  const auto form = http::Parameters::parse(request.body);
  const bool is_passed = form && form->get("outcome") == "complete";
  const auto done = sessions_.finish_challenge(
      call_of(request), id, is_passed ? Intents::Challenge::passed : Intents::Challenge::failed);
  if (done) return http::redirect(Sessions::success_url_of(*books_.sessions.find(id)));
  return http::redirect("/c/pay/" + http::url_encode(id) + "?failed");
}

json::Object* Hosted::waiting_intent(const http::Request& request) {
  json::Object* intent = books_.intents.find(request.path_value(0));
  const auto query = request.parameters();
  if (intent == nullptr || !query ||
      query->get("client_secret") != text_of(*intent, "client_secret"))
    return nullptr;
  return text_of(*intent, "status") == "requires_action" ? intent : nullptr;
}

http::Response Hosted::show_intent_challenge(const http::Request& request) {
  const json::Object* intent = waiting_intent(request);
  if (intent == nullptr) return page(404, notice_page(Notice::unknown, "en", ""));
  return page(200, challenge_page(*intent, "en"));
}

http::Response Hosted::end_intent_challenge(const http::Request& request) {
  json::Object* intent = waiting_intent(request);
  if (intent == nullptr) return page(404, notice_page(Notice::unknown, "en", ""));
  std::string url;
  if (const auto* action = intent->at("next_action").get_object().if_contains("redirect_to_url")) {
    url = text_of(action->get_object(), "return_url");
  }
  const auto form = http::Parameters::parse(request.body);
  const bool is_passed = form && form->get("outcome") == "complete";
  const auto done = intents_.finish_challenge(
      call_of(request), *intent,
      is_passed ? Intents::Challenge::passed : Intents::Challenge::failed);
  if (url.empty()) return page(200, notice_page(Notice::challenge_done, "en", ""));
  url += url.find('?') == std::string::npos ? '?' : '&';
  url += "payment_intent=" + text_of(*intent, "id") +
         "&payment_intent_client_secret=" + text_of(*intent, "client_secret") +
         "&redirect_status=" + (done ? "succeeded" : "failed");
  return http::redirect(url);
}

}  // namespace osier::simulator
