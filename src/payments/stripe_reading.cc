#include "payments/stripe_reading.h"

#include "payments/stripe_forms.h"
#include "payments/stripe_json.h"

namespace osier::payments {

PaymentStatus status_of(const StripeIntent& intent) {
  if (intent.status == "succeeded") return PaymentStatus::captured;
  if (intent.status == "requires_capture") return PaymentStatus::authorized;
  if (intent.status == "processing") return PaymentStatus::processing;
  if (intent.status == "canceled") return PaymentStatus::canceled;
  return PaymentStatus::requires_action;
}

namespace {

constexpr json::Limits limits{.bytes_max = 4 * 1024 * 1024, .depth_max = 64, .members_max = 10'000};

json::Value parse(const std::string& body) {
  auto value = json::parse(body, limits);
  if (!value || !value->is_object()) throw ProviderUnavailable("Stripe's answer is no JSON object");
  return *std::move(value);
}

std::string needed_text(const json::Object& object, std::string_view name) {
  auto text = text_of(object, name);
  if (text.empty()) throw ProviderUnavailable("Stripe's answer lacks " + std::string(name));
  return text;
}

std::int64_t number_of(const json::Object& object, std::string_view name) {
  const json::Value* value = object.if_contains(name);
  if (value == nullptr || value->is_null()) return 0;
  if (!value->is_int64())
    throw ProviderUnavailable("Stripe's " + std::string(name) + " is no whole number");
  return value->get_int64();
}

// The id of something that may be expanded.
std::string id_of(const json::Object& object, std::string_view name) {
  const json::Object* expanded = object_of(object, name);
  return expanded != nullptr ? text_of(*expanded, "id") : text_of(object, name);
}

std::string metadata_of(const json::Object& object, std::string_view name) {
  const json::Object* metadata = object_of(object, "metadata");
  return metadata != nullptr ? text_of(*metadata, name) : std::string();
}

StripeMode mode_of(const json::Object& object) {
  const json::Value* value = object.if_contains("livemode");
  return value != nullptr && value->is_bool() && value->get_bool() ? StripeMode::live
                                                                   : StripeMode::test;
}

Currency currency_of(const json::Object& object) {
  const auto currency = Currency::parse(text_of(object, "currency"));
  if (!currency) throw ProviderUnavailable("Stripe's answer names no currency");
  return *currency;
}

StripeIntent intent_from(const json::Object& object) {
  StripeIntent intent;
  intent.id = needed_text(object, "id");
  intent.status = needed_text(object, "status");
  intent.mode = mode_of(object);
  intent.currency = currency_of(object);
  intent.capturable = from_stripe_amount(number_of(object, "amount_capturable"), intent.currency);
  intent.received = from_stripe_amount(number_of(object, "amount_received"), intent.currency);
  intent.refunded = Money::zero(intent.currency);
  intent.charge_id = id_of(object, "latest_charge");
  if (const json::Object* charge = object_of(object, "latest_charge")) {
    intent.refunded = from_stripe_amount(number_of(*charge, "amount_refunded"), intent.currency);
  }
  intent.client_secret = text_of(object, "client_secret");
  if (const json::Object* error = object_of(object, "last_payment_error")) {
    intent.failure = text_of(*error, "decline_code");
    if (intent.failure.empty()) intent.failure = text_of(*error, "code");
    if (intent.failure.empty()) intent.failure = text_of(*error, "type");
  }
  intent.payment_id = metadata_of(object, "payment_id");
  intent.shop_id = metadata_of(object, "shop_id");
  intent.amount = from_stripe_amount(number_of(object, "amount"), intent.currency);
  return intent;
}

StripeRefund refund_from(const json::Object& object) {
  StripeRefund refund;
  refund.id = needed_text(object, "id");
  refund.status = text_of(object, "status");
  refund.amount = from_stripe_amount(number_of(object, "amount"), currency_of(object));
  refund.refund_id = metadata_of(object, "refund_id");
  refund.intent_id = id_of(object, "payment_intent");
  return refund;
}

PaymentStatus status_of(const StripeSession& session) {
  const auto paid = session.intent ? std::optional(status_of(*session.intent)) : std::nullopt;
  if (paid == PaymentStatus::captured || paid == PaymentStatus::authorized) return *paid;
  if (session.status == "expired") return PaymentStatus::expired;
  if (session.status == "open")
    return paid == PaymentStatus::processing ? *paid : PaymentStatus::requires_action;
  // Complete, without the money: it is on its way (a debit), or did not come after all. There is no
  // way back to the session's page.
  if (!paid || paid == PaymentStatus::processing) return PaymentStatus::processing;
  return paid == PaymentStatus::canceled ? *paid : PaymentStatus::failed;
}

}  // namespace

StripeIntent read_intent(const std::string& body) {
  const auto value = parse(body);
  return intent_from(value.get_object());
}

StripeSession read_session(const std::string& body) {
  const auto value = parse(body);
  const json::Object& object = value.get_object();
  StripeSession session;
  session.id = needed_text(object, "id");
  session.status = needed_text(object, "status");
  session.mode = mode_of(object);
  session.url = text_of(object, "url");
  session.intent_id = id_of(object, "payment_intent");
  if (const json::Object* intent = object_of(object, "payment_intent"))
    session.intent = intent_from(*intent);
  session.payment_id = metadata_of(object, "payment_id");
  return session;
}

StripeRefund read_refund(const std::string& body) {
  const auto value = parse(body);
  return refund_from(value.get_object());
}

namespace {

// Of a page of a list.
const json::Array& data_of(const json::Value& page) {
  const json::Value* data = page.get_object().if_contains("data");
  if (data == nullptr || !data->is_array()) throw ProviderUnavailable("Stripe's answer is no list");
  for (const json::Value& each : data->get_array()) {
    if (!each.is_object()) throw ProviderUnavailable("Stripe's list holds no objects");
  }
  return data->get_array();
}

bool has_more(const json::Value& page) {
  const json::Value* more = page.get_object().if_contains("has_more");
  return more != nullptr && more->is_bool() && more->get_bool();
}

}  // namespace

StripeIntents read_intents(const std::string& body) {
  const auto page = parse(body);
  StripeIntents list{.intents = {}, .has_more = has_more(page)};
  for (const json::Value& each : data_of(page))
    list.intents.push_back(intent_from(each.get_object()));
  return list;
}

StripeRefunds read_refunds(const std::string& body) {
  const auto page = parse(body);
  StripeRefunds list{.refunds = {}, .has_more = has_more(page)};
  for (const json::Value& each : data_of(page))
    list.refunds.push_back(refund_from(each.get_object()));
  return list;
}

StripeError read_error(const std::string& body) {
  StripeError error;
  const auto value = json::parse(body, limits);
  if (!value || !value->is_object()) return error;
  if (const json::Object* fields = object_of(value->get_object(), "error")) {
    error = {.type = text_of(*fields, "type"),
             .code = text_of(*fields, "code"),
             .param = text_of(*fields, "param")};
  }
  return error;
}

PaymentReport report_of(PaymentId id, const StripeIntent& intent) {
  return {.payment_id = id,
          .status = status_of(intent),
          .authorized = intent.capturable + intent.received,
          .captured = intent.received,
          .refunded = intent.refunded,
          .provider_payment_id = intent.id,
          .capture_reference = intent.charge_id,
          .refunds = {},
          .failure_reason = intent.failure,
          .is_under_way = intent.status == "requires_action" || intent.status == "processing"};
}

PaymentReport report_of(PaymentId id, Currency currency, const StripeSession& session) {
  PaymentReport report{.payment_id = id,
                       .status = PaymentStatus::created,
                       .authorized = Money::zero(currency),
                       .captured = Money::zero(currency),
                       .refunded = Money::zero(currency),
                       .provider_payment_id = session.intent_id,
                       .capture_reference = {},
                       .refunds = {},
                       .failure_reason = {}};
  if (session.intent) report = report_of(id, *session.intent);
  report.status = status_of(session);
  return report;
}

}  // namespace osier::payments
