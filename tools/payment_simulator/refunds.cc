// Refunds, and the balance transactions of all that moves.

#include "intents.h"

namespace osier::simulator {

// 1.5 % and 25 of the minor unit, as Stripe takes it from European cards; a refund gives no fee
// back.
std::string Intents::add_transaction(std::int64_t amount, const json::Object& charge,
                                     const std::string& source, const std::string& type) {
  const std::int64_t fee = type == "charge" ? (amount * 15 + 500) / 1000 + 25 : 0;
  json::Object transaction = empty_transaction();
  transaction["id"] = books_.new_id("txn_3");
  transaction["amount"] = amount;
  transaction["created"] = books_.seconds();
  transaction["available_on"] = books_.seconds() + 7 * 86'400;
  transaction["currency"] = charge.at("currency");
  transaction["description"] = charge.at("description");
  transaction["fee"] = fee;
  transaction["net"] = amount - fee;
  transaction["reporting_category"] = type;
  transaction["source"] = source;
  transaction["type"] = type;
  if (fee > 0) {
    transaction["fee_details"] = json::Array{json::Object{{"amount", fee},
                                                          {"application", nullptr},
                                                          {"currency", charge.at("currency")},
                                                          {"description", "Stripe processing fees"},
                                                          {"type", "stripe_fee"}}};
  }
  return text_of(books_.transactions.add(std::move(transaction)), "id");
}

// The charge that a refund is about, by its own id or its intent's.
Answer<std::string> Intents::charge_to_refund(Params& params) {
  const auto intent_id = params.text("payment_intent");
  const auto charge_id = params.text("charge");
  if (params.error()) return refuse(*params.error());
  if (charge_id) {
    if (books_.charges.find(*charge_id) == nullptr) {
      return missing_resource("charge", *charge_id, "charge");
    }
    return *charge_id;
  }
  if (!intent_id) {
    return invalid(
        "One of the following params should be provided for this request: payment_intent or "
        "charge.");
  }
  const json::Object* intent = books_.intents.find(*intent_id);
  if (intent == nullptr) return missing_resource("payment_intent", *intent_id, "payment_intent");
  if (text_of(*intent, "status") != "succeeded") {
    return invalid(
        "This PaymentIntent (" + *intent_id + ") does not have a successful charge to refund.",
        "payment_intent");
  }
  return text_of(*intent, "latest_charge");
}

Answer<json::Object> Intents::refund(const Call& call, Params params) {
  const auto charge_id = charge_to_refund(params);
  const auto wanted = params.integer("amount", 1);
  const auto reason = params.word("reason", {"duplicate", "fraudulent", "requested_by_customer"});
  const auto metadata = params.metadata();
  for (const char* name : {"expand", "refund_application_fee", "reverse_transfer", "currency"}) {
    params.raw(name);
  }
  params.refuse_unknown();
  if (params.error()) return refuse(*params.error());
  if (!charge_id) return refuse(charge_id.error());
  json::Object& charge = *books_.charges.find(*charge_id);
  const std::int64_t before = number_of(charge, "amount_refunded");
  const std::int64_t left = number_of(charge, "amount_captured") - before;
  if (left <= 0) {
    return invalid("Charge " + *charge_id + " has already been refunded.", {},
                   "charge_already_refunded");
  }
  const std::int64_t amount = wanted.value_or(left);
  if (amount > left) {
    return invalid("Refund amount (" + std::to_string(amount) +
                       ") is greater than unrefunded amount on charge (" + std::to_string(left) +
                       ")",
                   "amount");
  }
  json::Object refund = empty_refund();
  refund["id"] = books_.new_id("re_3");
  refund["amount"] = amount;
  refund["charge"] = *charge_id;
  refund["created"] = books_.seconds();
  refund["currency"] = charge.at("currency");
  refund["payment_intent"] = charge.at("payment_intent");
  if (reason) refund["reason"] = *reason;
  if (metadata) refund["metadata"] = *metadata;
  refund["balance_transaction"] = add_transaction(-amount, charge, text_of(refund, "id"), "refund");
  charge["amount_refunded"] = before + amount;
  charge["refunded"] = amount == left;
  json::Object& kept = books_.refunds.add(std::move(refund));
  books_.record("refund.created", kept, call);
  books_.record("charge.refunded", charge, call, json::Object{{"amount_refunded", before}});
  return kept;
}

// https://docs.stripe.com/refunds#failed-refunds
json::Object Intents::fail_refund(const Call& call, const std::string& id) {
  json::Object& refund = *books_.refunds.find(id);
  if (text_of(refund, "status") == "failed") return refund;
  json::Object& charge = *books_.charges.find(text_of(refund, "charge"));
  const std::int64_t amount = number_of(refund, "amount");
  const std::string before = text_of(refund, "status");
  refund["status"] = "failed";
  refund["failure_reason"] = "lost_or_stolen_card";
  refund["failure_balance_transaction"] = add_transaction(amount, charge, id, "refund_failure");
  charge["amount_refunded"] = number_of(charge, "amount_refunded") - amount;
  charge["refunded"] = false;
  books_.record("refund.updated", refund, call, json::Object{{"status", before}});
  books_.record("refund.failed", refund, call, json::Object{{"status", before}});
  books_.record("charge.refund.updated", refund, call, json::Object{{"status", before}});
  return refund;
}

void Intents::fail_refund_later(const std::string& id, Duration delay) {
  failing_.push_back({id, books_.now() + delay});
}

void Intents::fail_due_refunds() {
  const Instant now = books_.now();
  for (const FailingRefund& each : failing_) {
    if (each.at <= now) fail_refund({}, each.id);
  }
  std::erase_if(failing_, [now](const FailingRefund& each) { return each.at <= now; });
}

}  // namespace osier::simulator
