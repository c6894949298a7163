#include "payments/stripe_webhook.h"

#include <algorithm>
#include <memory>
#include <stdexcept>

#include "payments/stripe_json.h"
#include "payments/stripe_signature.h"

namespace osier::payments {

namespace {

constexpr std::size_t body_max = 256 * 1024;
constexpr std::size_t word_max = 255;

std::string intent_of(const json::Object& object) {
  const json::Object* expanded = object_of(object, "payment_intent");
  return expanded != nullptr ? text_of(*expanded, "id") : text_of(object, "payment_intent");
}

// A charge, a dispute and a refund are each about a payment, which we know by its intent.
std::string subject_of(const std::string& type, const json::Object& event) {
  const json::Object* data = object_of(event, "data");
  const json::Object* object = data != nullptr ? object_of(*data, "object") : nullptr;
  if (object == nullptr) return {};
  if (type.starts_with("charge.") || type.starts_with("refund.")) {
    auto intent = intent_of(*object);
    if (!intent.empty()) return intent;
  }
  return text_of(*object, "id");
}

// Stripe's ids and types are plain; the database takes no NUL.
bool is_plain(const std::string& text) {
  return text.size() <= word_max &&
         std::ranges::all_of(text, [](char c) { return c > ' ' && c < '\x7f'; });
}
bool is_word(const std::string& text) { return !text.empty() && is_plain(text); }

}  // namespace

std::optional<jobs::InboxEvent> read_stripe_event(std::string_view body) {
  const auto value = json::parse(body);
  if (!value || !value->is_object()) return std::nullopt;
  const json::Object& object = value->get_object();

  jobs::InboxEvent event;
  event.source = "stripe";
  event.event_id = text_of(object, "id");
  event.type = text_of(object, "type");
  if (!is_word(event.event_id) || !is_word(event.type)) return std::nullopt;
  event.object_id = subject_of(event.type, object);
  if (!is_plain(event.object_id)) return std::nullopt;
  const json::Value* live = object.if_contains("livemode");
  event.is_live = live != nullptr && live->is_bool() && live->get_bool();
  const json::Value* created = object.if_contains("created");
  constexpr std::int64_t seconds_max = 253'402'300'799;  // The end of the year 9999.
  if (created != nullptr && created->is_int64() && created->get_int64() >= 0 &&
      created->get_int64() <= seconds_max) {
    event.sent_at = Instant(std::chrono::seconds(created->get_int64()));
  }
  return event;
}

namespace {

std::string_view reason_of(SignatureRefusal refusal) {
  switch (refusal) {
    case SignatureRefusal::malformed:
      return "The Stripe-Signature header is missing or malformed.";
    case SignatureRefusal::out_of_time:
      return "The signature's time is too far from ours.";
    case SignatureRefusal::not_by_stripe:
      return "The signature does not match the body.";
  }
}

class Webhook {
 public:
  Webhook(jobs::Inbox& inbox, std::vector<Secret> secrets, StripeMode mode, const Clock& clock,
          telemetry::Log& log)
      : inbox_(inbox), secrets_(std::move(secrets)), mode_(mode), clock_(clock), log_(log) {}

  Task<http::Response> answer(http::Request request) const {
    const std::string header(request.headers.get("Stripe-Signature").value_or(""));
    const auto is_signed = check_signature(header, request.body, secrets_, clock_.now());
    if (!is_signed) co_return turn_away(request, reason_of(is_signed.error()));

    auto event = read_stripe_event(request.body);
    if (!event) co_return turn_away(request, "The body is not an event.");
    const bool is_ours = event->is_live == (mode_ == StripeMode::live);
    if (!is_ours) co_return turn_away(request, "The event is of the other mode than this shop.");

    const bool is_new = co_await inbox_.store(*std::move(event));
    if (is_new) inbox_.nudge();
    co_return http::json(200, R"({"received":true})");
  }

 private:
  http::Response turn_away(const http::Request& request, std::string_view reason) const {
    log_.for_request(request.id)
        .warning("a webhook was turned away",
                 {{"client", request.client_address}, {"reason", reason}});
    return http::json(400, R"({"error":")" + std::string(reason) + "\"}");
  }

  jobs::Inbox& inbox_;
  std::vector<Secret> secrets_;
  StripeMode mode_;
  const Clock& clock_;
  telemetry::Log& log_;
};

void check_secrets(const std::vector<Secret>& secrets) {
  if (secrets.empty() || secrets.size() > 2) {
    throw std::invalid_argument(
        "OSIER_STRIPE_WEBHOOK_SECRET must be one secret, or two during a change");
  }
  for (const Secret& secret : secrets) {
    const std::string& text = secret.reveal();
    const bool has_space = std::ranges::any_of(
        text, [](char c) { return static_cast<unsigned char>(c) <= ' ' || c == '\x7f'; });
    if (text.empty() || has_space) {
      throw std::invalid_argument(
          "OSIER_STRIPE_WEBHOOK_SECRET must not be empty or hold white space");
    }
  }
}

}  // namespace

void add_stripe_webhook(http::Router& router, jobs::Inbox& inbox, std::vector<Secret> secrets,
                        StripeMode mode, const Clock& clock, telemetry::Log& log) {
  check_secrets(secrets);
  const auto webhook = std::make_shared<const Webhook>(inbox, std::move(secrets), mode, clock, log);
  router.post("/webhooks/stripe", http::Access::signature(),
              [webhook](http::Request request) { return webhook->answer(std::move(request)); },
              {.body_max = body_max});
}

}  // namespace osier::payments
