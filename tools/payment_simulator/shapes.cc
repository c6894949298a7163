#include "shapes.h"

#include "platform/base/require.h"

namespace osier::simulator {

namespace {

json::Object object_from(std::string_view text) {
  auto value = json::parse(text);
  require(value.has_value() && value->is_object(), "our own shapes are JSON objects");
  return std::move(value->get_object());
}

}  // namespace

json::Object empty_billing_details() {
  static const json::Object shape = object_from(R"({
    "address": {"city": null, "country": null, "line1": null, "line2": null, "postal_code": null, "state": null},
    "email": null, "name": null, "phone": null, "tax_id": null})");
  return shape;
}

json::Object empty_intent() {
  static const json::Object shape = object_from(R"({
    "id": "", "object": "payment_intent", "amount": 0, "amount_capturable": 0, "amount_details": {"tip": {}},
    "amount_received": 0, "application": null, "application_fee_amount": null, "automatic_payment_methods": null,
    "canceled_at": null, "cancellation_reason": null, "capture_method": "automatic_async", "client_secret": "",
    "confirmation_method": "automatic", "created": 0, "currency": "", "customer": null, "description": null,
    "excluded_payment_method_types": null, "last_payment_error": null, "latest_charge": null, "livemode": false,
    "metadata": {}, "next_action": null, "on_behalf_of": null, "payment_method": null,
    "payment_method_configuration_details": null,
    "payment_method_options": {"card": {"installments": null, "mandate_options": null, "network": null,
      "request_three_d_secure": "automatic"}},
    "payment_method_types": ["card"], "processing": null, "receipt_email": null, "review": null,
    "setup_future_usage": null, "shipping": null, "source": null, "statement_descriptor": null,
    "statement_descriptor_suffix": null, "status": "requires_payment_method", "transfer_data": null,
    "transfer_group": null})");
  return shape;
}

json::Object empty_charge() {
  static const json::Object shape = object_from(R"({
    "id": "", "object": "charge", "amount": 0, "amount_captured": 0, "amount_refunded": 0, "application": null,
    "application_fee": null, "application_fee_amount": null, "balance_transaction": null, "billing_details": null,
    "calculated_statement_descriptor": "OSIER", "captured": false, "created": 0, "currency": "", "customer": null,
    "description": null, "destination": null, "dispute": null, "disputed": false,
    "failure_balance_transaction": null, "failure_code": null, "failure_message": null, "fraud_details": {},
    "livemode": false, "metadata": {}, "on_behalf_of": null, "order": null, "outcome": null, "paid": false,
    "payment_intent": null, "payment_method": null, "payment_method_details": null, "receipt_email": null,
    "receipt_number": null, "receipt_url": null, "refunded": false, "review": null, "shipping": null,
    "source": null, "source_transfer": null, "statement_descriptor": null, "statement_descriptor_suffix": null,
    "status": "pending", "transfer_data": null, "transfer_group": null})");
  return shape;
}

json::Object empty_session() {
  static const json::Object shape = object_from(R"({
    "id": "", "object": "checkout.session", "adaptive_pricing": {"enabled": false}, "after_expiration": null,
    "allow_promotion_codes": null, "amount_subtotal": 0, "amount_total": 0,
    "automatic_tax": {"enabled": false, "liability": null, "provider": null, "status": null},
    "billing_address_collection": null, "cancel_url": null, "client_reference_id": null, "client_secret": null,
    "collected_information": null, "consent": null, "consent_collection": null, "created": 0, "currency": "",
    "currency_conversion": null, "custom_fields": [],
    "custom_text": {"after_submit": null, "shipping_address": null, "submit": null, "terms_of_service_acceptance": null},
    "customer": null, "customer_creation": "if_required", "customer_details": null, "customer_email": null,
    "discounts": [], "expires_at": 0, "invoice": null,
    "invoice_creation": {"enabled": false, "invoice_data": {"account_tax_ids": null, "custom_fields": null,
      "description": null, "footer": null, "issuer": null, "metadata": {}, "rendering_options": null}},
    "livemode": false, "locale": null, "metadata": {}, "mode": "payment", "origin_context": null,
    "payment_intent": null, "payment_link": null, "payment_method_collection": "if_required",
    "payment_method_configuration_details": null,
    "payment_method_options": {"card": {"request_three_d_secure": "automatic"}}, "payment_method_types": ["card"],
    "payment_status": "unpaid", "permissions": null, "phone_number_collection": {"enabled": false},
    "recovered_from": null, "saved_payment_method_options": null, "setup_intent": null,
    "shipping_address_collection": null, "shipping_cost": null, "shipping_options": [], "status": "open",
    "submit_type": null, "subscription": null, "success_url": null,
    "total_details": {"amount_discount": 0, "amount_shipping": 0, "amount_tax": 0}, "ui_mode": "hosted",
    "url": null, "wallet_options": null})");
  return shape;
}

json::Object empty_refund() {
  static const json::Object shape = object_from(R"({
    "id": "", "object": "refund", "amount": 0, "balance_transaction": null, "charge": null, "created": 0,
    "currency": "", "destination_details": {"card": {"reference": "1234567890", "reference_status": "available",
      "reference_type": "acquirer_reference_number", "type": "refund"}, "type": "card"},
    "metadata": {}, "payment_intent": null, "reason": null, "receipt_number": null,
    "source_transfer_reversal": null, "status": "succeeded", "transfer_reversal": null})");
  return shape;
}

json::Object empty_transaction() {
  static const json::Object shape = object_from(R"({
    "id": "", "object": "balance_transaction", "amount": 0, "available_on": 0, "balance_type": "payments",
    "created": 0, "currency": "", "description": null, "exchange_rate": null, "fee": 0, "fee_details": [],
    "net": 0, "reporting_category": "", "source": "", "status": "pending", "type": ""})");
  return shape;
}

json::Object empty_method() {
  static const json::Object shape = object_from(R"({
    "id": "", "object": "payment_method", "allow_redisplay": "unspecified", "billing_details": null,
    "card": null, "created": 0, "customer": null, "livemode": false, "metadata": {}, "radar_options": {},
    "type": "card"})");
  return shape;
}

json::Object list_of(json::Array data, bool has_more, std::string_view url) {
  json::Object list;
  list["object"] = "list";
  list["data"] = std::move(data);
  list["has_more"] = has_more;
  list["url"] = url;
  return list;
}

std::string text_of(const json::Object& object, std::string_view name) {
  const auto* value = object.if_contains(name);
  if (value == nullptr || !value->is_string()) return "";
  return {value->get_string().data(), value->get_string().size()};
}

std::int64_t number_of(const json::Object& object, std::string_view name) {
  const auto* value = object.if_contains(name);
  return value != nullptr && value->is_int64() ? value->get_int64() : 0;
}

}  // namespace osier::simulator
