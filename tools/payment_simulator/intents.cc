#include "intents.h"

#include <algorithm>

namespace osier::simulator {

namespace {

const std::vector<std::string_view> currencies = {"eur", "usd", "gbp", "chf",
                                                  "sek", "dkk", "pln", "jpy"};

Refusal<ApiError> unexpected_state(const json::Object& intent, std::string message) {
  ApiError error;
  error.code = "payment_intent_unexpected_state";
  error.message = std::move(message);
  error.payment_intent = intent;
  error.has_executed = true;
  return {std::move(error)};
}

json::Object outcome_of(const std::optional<Decline>& why) {
  json::Object outcome;
  outcome["network_status"] = why ? "declined_by_network" : "approved_by_network";
  outcome["reason"] =
      why && !why->decline_code.empty() ? json::Value(why->decline_code) : json::Value(nullptr);
  outcome["risk_level"] = "normal";
  outcome["risk_score"] = 12;
  outcome["seller_message"] =
      why ? "The bank did not return any further details with this decline." : "Payment complete.";
  outcome["type"] = why ? "issuer_declined" : "authorized";
  return outcome;
}

}  // namespace

void Intents::take_common(Params& params, json::Object& intent) {
  if (const auto amount = params.integer("amount")) {
    if (*amount < amount_min) {
      params.fail("Amount must be at least " + std::to_string(amount_min) + " " +
                      text_of(intent, "currency"),
                  "amount", "amount_too_small");
    }
    if (*amount > amount_max) {
      params.fail("Amount must be no more than " + std::to_string(amount_max), "amount",
                  "amount_too_large");
    }
    intent["amount"] = *amount;
  }
  for (const char* name :
       {"description", "receipt_email", "statement_descriptor", "statement_descriptor_suffix",
        "customer", "setup_future_usage", "transfer_group"}) {
    if (const auto value = params.text(name)) {
      intent[name] = value->empty() ? json::Value(nullptr) : json::Value(*value);
    }
  }
  if (params.has("shipping")) intent["shipping"] = params.raw("shipping");
  if (const auto metadata = params.metadata()) {
    auto& kept = intent["metadata"].get_object();
    for (const auto& member : *metadata) {
      if (member.value().get_string().empty()) {
        kept.erase(member.key());
      } else {
        kept[member.key()] = member.value();
      }
    }
  }
  params.raw("payment_method_options");
  params.raw("radar_options");
  params.raw("expand");
  params.raw("use_stripe_sdk");
  params.raw("off_session");
}

Answer<json::Object> Intents::create(const Call& call, Params params) {
  json::Object intent = empty_intent();
  intent["id"] = books_.new_id("pi_3");
  intent["created"] = books_.seconds();
  intent["client_secret"] = text_of(intent, "id") + books_.new_id("_secret_", 25);
  if (!params.has("amount")) params.required_text("amount");
  if (!params.has("currency")) params.required_text("currency");
  if (const auto currency = params.word("currency", currencies)) intent["currency"] = *currency;
  take_common(params, intent);
  if (const auto method =
          params.word("capture_method", {"automatic", "automatic_async", "manual"})) {
    intent["capture_method"] = *method;
  }
  params.word("confirmation_method", {"automatic", "manual"});
  auto types = params.texts("payment_method_types");
  auto automatic = params.object("automatic_payment_methods");
  if (automatic) {
    const bool enabled = automatic->boolean("enabled").value_or(false);
    const auto redirects =
        automatic->word("allow_redirects", {"always", "never"}).value_or("always");
    intent["automatic_payment_methods"] =
        json::Object{{"allow_redirects", redirects}, {"enabled", enabled}};
  } else if (types.empty()) {
    intent["automatic_payment_methods"] =
        json::Object{{"allow_redirects", "always"}, {"enabled", true}};
  }
  if (std::any_of(types.begin(), types.end(), [](const auto& type) { return type != "card"; })) {
    params.fail("The payment method type provided is invalid: the simulator knows cards.",
                "payment_method_types", "payment_intent_invalid_parameter");
  }
  const bool confirms = params.boolean("confirm").value_or(false);
  const std::string return_url = params.text("return_url").value_or("");
  params.boolean("error_on_requires_action");
  const auto method_id = method_from(params, intent);
  params.refuse_unknown();
  if (params.error()) return refuse(*params.error());
  if (!method_id) return refuse(method_id.error());
  if (!method_id->empty()) {
    intent["payment_method"] = *method_id;
    intent["status"] = "requires_confirmation";
  }
  json::Object& kept = books_.intents.add(std::move(intent));
  books_.record("payment_intent.created", kept, call);
  if (confirms) {
    const auto done = attempt(call, kept, *method_id, return_url);
    if (!done) return refuse(done.error());
  }
  return kept;
}

Answer<json::Object> Intents::update(const Call&, const std::string& id, Params params) {
  json::Object* intent = books_.intents.find(id);
  if (intent == nullptr) return missing_resource("payment_intent", id, "intent");
  const std::string status = text_of(*intent, "status");
  json::Object changed = *intent;
  if (const auto currency = params.word("currency", currencies)) changed["currency"] = *currency;
  const bool is_final = status == "succeeded" || status == "canceled";
  if (is_final && (params.has("amount") || params.has("currency"))) {
    return unexpected_state(
        *intent, "This PaymentIntent's amount could not be updated because it has a status of " +
                     status + ".");
  }
  take_common(params, changed);
  const auto method_id = method_from(params, changed);
  params.refuse_unknown();
  if (params.error()) return refuse(*params.error());
  if (!method_id) return refuse(method_id.error());
  if (!method_id->empty() && status == "requires_payment_method") {
    changed["payment_method"] = *method_id;
    changed["status"] = "requires_confirmation";
  }
  *intent = std::move(changed);
  return *intent;
}

Answer<json::Object> Intents::confirm(const Call& call, const std::string& id, Params params) {
  json::Object* intent = books_.intents.find(id);
  if (intent == nullptr) return missing_resource("payment_intent", id, "intent");
  const std::string return_url = params.text("return_url").value_or("");
  for (const char* name :
       {"client_secret", "expand", "use_stripe_sdk", "off_session", "key", "receipt_email",
        "shipping", "setup_future_usage", "mandate_data", "error_on_requires_action",
        "payment_method_options", "expected_payment_method_type"}) {
    params.raw(name);
  }
  const auto method_id = method_from(params, *intent);
  params.refuse_unknown();
  if (params.error()) return refuse(*params.error());
  if (!method_id) return refuse(method_id.error());
  const auto done = attempt(call, *intent, *method_id, return_url);
  if (!done) return refuse(done.error());
  return *intent;
}

Answer<json::Object> Intents::cancel(const Call& call, const std::string& id, Params params) {
  json::Object* intent = books_.intents.find(id);
  if (intent == nullptr) return missing_resource("payment_intent", id, "intent");
  const auto reason = params.word(
      "cancellation_reason", {"duplicate", "fraudulent", "requested_by_customer", "abandoned"});
  params.raw("expand");
  params.refuse_unknown();
  if (params.error()) return refuse(*params.error());
  const std::string status = text_of(*intent, "status");
  if (status == "succeeded" || status == "canceled") {
    return unexpected_state(
        *intent,
        "You cannot cancel this PaymentIntent because it has a status of " + status +
            ". Only a PaymentIntent with one of the following statuses may be canceled: "
            "requires_payment_method, requires_capture, requires_confirmation, requires_action, "
            "processing.");
  }
  const auto session = books_.session_of_intent.find(id);
  if (session != books_.session_of_intent.end() &&
      text_of(*books_.sessions.find(session->second), "status") == "open") {
    return unexpected_state(
        *intent,
        "You cannot cancel a PaymentIntent created by a Checkout Session. Expire the Checkout "
        "Session instead.");
  }
  if (json::Object* charge = books_.charges.find(text_of(*intent, "latest_charge"));
      charge != nullptr && status == "requires_capture") {
    (*charge)["refunded"] = true;
    (*charge)["amount_refunded"] = (*charge)["amount"];
    books_.record("charge.refunded", *charge, call);
  }
  (*intent)["status"] = "canceled";
  (*intent)["canceled_at"] = books_.seconds();
  (*intent)["cancellation_reason"] = reason ? json::Value(*reason) : json::Value(nullptr);
  (*intent)["amount_capturable"] = 0;
  (*intent)["next_action"] = nullptr;
  books_.record("payment_intent.canceled", *intent, call);
  return *intent;
}

void Intents::cancel_for_expired_session(const Call& call, json::Object& intent) {
  if (text_of(intent, "status") == "succeeded" || text_of(intent, "status") == "canceled") return;
  intent["status"] = "canceled";
  intent["canceled_at"] = books_.seconds();
  intent["cancellation_reason"] = "automatic";
  intent["next_action"] = nullptr;
  books_.record("payment_intent.canceled", intent, call);
}

Answer<json::Object> Intents::capture(const Call& call, const std::string& id, Params params) {
  json::Object* intent = books_.intents.find(id);
  if (intent == nullptr) return missing_resource("payment_intent", id, "intent");
  const auto wanted = params.integer("amount_to_capture", 1);
  params.raw("expand");
  params.raw("metadata");
  params.raw("statement_descriptor");
  params.refuse_unknown();
  if (params.error()) return refuse(*params.error());
  const std::string status = text_of(*intent, "status");
  if (status != "requires_capture") {
    return unexpected_state(
        *intent, "This PaymentIntent could not be captured because it has a status of " + status +
                     ". Only a PaymentIntent with one of the following statuses may be captured: "
                     "requires_capture.");
  }
  const std::int64_t capturable = number_of(*intent, "amount_capturable");
  const std::int64_t amount = wanted.value_or(capturable);
  if (amount > capturable) {
    return invalid("Amount to capture cannot be greater than the authorized amount.",
                   "amount_to_capture", "amount_too_large");
  }
  json::Object& charge = *books_.charges.find(text_of(*intent, "latest_charge"));
  mark_captured(call, *intent, charge, amount);
  books_.record("charge.captured", charge, call);
  books_.record("payment_intent.succeeded", *intent, call);
  return *intent;
}

json::Object& Intents::open_for_session(const Call& call, const json::Object& session,
                                        json::Object metadata, const json::Object& data) {
  json::Object intent = empty_intent();
  intent["id"] = books_.new_id("pi_3");
  intent["created"] = books_.seconds();
  intent["client_secret"] = text_of(intent, "id") + books_.new_id("_secret_", 25);
  intent["amount"] = number_of(session, "amount_total");
  intent["currency"] = text_of(session, "currency");
  intent["metadata"] = std::move(metadata);
  for (const auto& member : data) intent[member.key()] = member.value();
  json::Object& kept = books_.intents.add(std::move(intent));
  books_.session_of_intent[text_of(kept, "id")] = text_of(session, "id");
  books_.record("payment_intent.created", kept, call);
  return kept;
}

Answer<void> Intents::attempt(const Call& call, json::Object& intent, const std::string& method_id,
                              const std::string& return_url) {
  const std::string status = text_of(intent, "status");
  if (status == "succeeded" || status == "requires_capture") {
    return unexpected_state(
        intent,
        "You cannot confirm this PaymentIntent because it has already succeeded after being "
        "previously confirmed.");
  }
  if (status == "canceled" || status == "processing") {
    return unexpected_state(
        intent, "You cannot confirm this PaymentIntent because it has a status of " + status +
                    ". Only a PaymentIntent with one of the following statuses may be confirmed: "
                    "requires_confirmation, requires_action.");
  }
  const auto card = books_.cards.find(method_id);
  if (card == books_.cards.end()) {
    return unexpected_state(
        intent,
        "You cannot confirm this PaymentIntent because it's missing a payment method. You can "
        "either update the PaymentIntent with a payment method and then confirm it again, or "
        "confirm it again directly with a payment method.");
  }
  intent["payment_method"] = method_id;
  intent["last_payment_error"] = nullptr;
  if (!card->second.asks_3ds) return charge(call, intent, method_id);

  intent["status"] = "requires_action";
  const std::string url = call.base_url + "/c/challenge/" + text_of(intent, "id") +
                          "?client_secret=" + text_of(intent, "client_secret");
  json::Object action;
  if (return_url.empty()) {
    action["type"] = "use_stripe_sdk";
    action["use_stripe_sdk"] =
        json::Object{{"type", "three_d_secure_redirect"}, {"stripe_js", url}};
  } else {
    action["type"] = "redirect_to_url";
    action["redirect_to_url"] = json::Object{{"return_url", return_url}, {"url", url}};
  }
  intent["next_action"] = std::move(action);
  books_.record("payment_intent.requires_action", intent, call);
  return {};
}

Answer<void> Intents::finish_challenge(const Call& call, json::Object& intent, Challenge outcome) {
  const std::string method_id = text_of(intent, "payment_method");
  if (text_of(intent, "status") != "requires_action") {
    return unexpected_state(intent, "This PaymentIntent does not wait for authentication.");
  }
  intent["next_action"] = nullptr;
  if (outcome == Challenge::failed)
    return decline(call, intent, method_id, authentication_failure(), "");
  return charge(call, intent, method_id);
}

Answer<void> Intents::charge(const Call& call, json::Object& intent, const std::string& method_id) {
  const TestCard card = books_.cards.at(method_id);
  json::Object& charge = add_charge(intent, method_id);
  charge["outcome"] = outcome_of(card.decline);
  intent["latest_charge"] = text_of(charge, "id");
  if (card.decline) {
    charge["status"] = "failed";
    charge["failure_code"] = card.decline->code;
    charge["failure_message"] = card.decline->message;
    books_.record("charge.failed", charge, call);
    return decline(call, intent, method_id, *card.decline, text_of(charge, "id"));
  }
  charge["paid"] = true;
  charge["status"] = "succeeded";
  if (text_of(intent, "capture_method") == "manual") {
    intent["status"] = "requires_capture";
    intent["amount_capturable"] = intent["amount"];
    books_.record("charge.succeeded", charge, call);
    books_.record("payment_intent.amount_capturable_updated", intent, call);
    return {};
  }
  mark_captured(call, intent, charge, number_of(intent, "amount"));
  books_.record("charge.succeeded", charge, call);
  books_.record("payment_intent.succeeded", intent, call);
  return {};
}

void Intents::mark_captured(const Call&, json::Object& intent, json::Object& charge,
                            std::int64_t amount) {
  charge["captured"] = true;
  charge["amount_captured"] = amount;
  charge["balance_transaction"] = add_transaction(amount, charge, text_of(charge, "id"), "charge");
  intent["status"] = "succeeded";
  intent["amount_received"] = amount;
  intent["amount_capturable"] = 0;
  intent["next_action"] = nullptr;
}

Refusal<ApiError> Intents::decline(const Call& call, json::Object& intent,
                                   const std::string& method_id, const Decline& why,
                                   const std::string& charge_id) {
  ApiError error;
  error.status = 402;
  error.type = "card_error";
  error.code = why.code;
  error.decline_code = why.decline_code;
  error.message = why.message;
  error.charge = charge_id;
  error.has_executed = true;
  error.payment_method = *books_.methods.find(method_id);
  if (why.code == "incorrect_cvc") error.param = "cvc";
  if (why.code == "expired_card") error.param = "exp_month";
  if (why.code == "incorrect_number") error.param = "number";

  intent["status"] = "requires_payment_method";
  intent["payment_method"] = nullptr;
  json::Object last = to_json(error, call.request_id)["error"].get_object();
  last.erase("request_log_url");
  intent["last_payment_error"] = std::move(last);
  books_.record("payment_intent.payment_failed", intent, call);
  error.payment_intent = intent;
  return {std::move(error)};
}

json::Object& Intents::add_charge(const json::Object& intent, const std::string& method_id) {
  const json::Object& method = *books_.methods.find(method_id);
  json::Object charge = empty_charge();
  charge["id"] = books_.new_id("ch_3");
  charge["amount"] = number_of(intent, "amount");
  charge["created"] = books_.seconds();
  for (const char* name :
       {"currency", "customer", "description", "metadata", "receipt_email", "shipping",
        "statement_descriptor", "statement_descriptor_suffix", "transfer_group"}) {
    charge[name] = intent.at(name);
  }
  charge["payment_intent"] = text_of(intent, "id");
  charge["payment_method"] = method_id;
  charge["billing_details"] = method.at("billing_details");
  json::Object card = method.at("card").get_object();
  card["amount_authorized"] = number_of(intent, "amount");
  charge["payment_method_details"] = json::Object{{"card", std::move(card)}, {"type", "card"}};
  charge["receipt_url"] = "https://pay.stripe.com/receipts/" + text_of(charge, "id");
  return books_.charges.add(std::move(charge));
}

}  // namespace osier::simulator
