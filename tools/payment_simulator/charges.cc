// Charges: what one attempt to take the money comes to.

#include "intents.h"

namespace osier::simulator {

namespace {

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
