#include "intents.h"

#include <algorithm>

namespace osier::simulator {

namespace {

// Three small letters: what Stripe takes, whatever the currency.
void read_currency(Params& params, json::Object& intent) {
  const auto currency = params.text("currency");
  if (!currency) return;
  const bool is_code =
      currency->size() == 3 &&
      std::all_of(currency->begin(), currency->end(), [](char c) { return c >= 'a' && c <= 'z'; });
  if (!is_code) params.fail("Invalid currency: " + *currency + ".", "currency");
  intent["currency"] = *currency;
}

void read_method_types(Params& params, json::Object& intent) {
  const auto types = params.texts("payment_method_types");
  if (auto automatic = params.object("automatic_payment_methods")) {
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
}

Refusal<ApiError> unexpected_state(const json::Object& intent, std::string message) {
  ApiError error;
  error.code = "payment_intent_unexpected_state";
  error.message = std::move(message);
  error.payment_intent = intent;
  error.has_executed = true;
  return {std::move(error)};
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
  read_currency(params, intent);
  take_common(params, intent);
  if (const auto method =
          params.word("capture_method", {"automatic", "automatic_async", "manual"})) {
    intent["capture_method"] = *method;
  }
  params.word("confirmation_method", {"automatic", "manual"});
  read_method_types(params, intent);
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
  read_currency(params, changed);
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

}  // namespace osier::simulator
