#include "payments/stripe_books.h"

#include <chrono>

#include "payments/stripe_forms.h"

namespace osier::payments {

namespace {

ProviderPayment payment_of(const StripeIntent& intent) {
  ProviderPayment payment{.id = intent.id,
                          .shop_id = intent.shop_id,
                          .payment_id = std::nullopt,
                          .status = status_of(intent),
                          .amount = intent.amount,
                          .captured = intent.received,
                          .refunded = intent.refunded};
  if (const auto id = Uuid::parse(intent.payment_id)) payment.payment_id = PaymentId{*id};
  return payment;
}

}  // namespace

StripeBooks::StripeBooks(Loop& loop, StripeSettings settings, telemetry::Log& log)
    : api_(loop, std::move(settings), log) {}

Task<std::string> StripeBooks::list(std::string path, Instant since, std::string after) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(since).time_since_epoch().count();
  StripeCall call{.path = path + "limit=100&created%5Bgte%5D=" + std::to_string(seconds) +
                          (after.empty() ? "" : "&starting_after=" + after)};
  const auto answer = co_await api_.call(std::move(call));
  if (!answer.is_success())
    throw ProviderUnavailable("Stripe does not show its list: " + read_error(answer.body).code);
  co_return answer.body;
}

Task<ProviderBooks::Page<ProviderPayment>> StripeBooks::payments_since(Instant since,
                                                                       std::string after) {
  const auto body = co_await list("/v1/payment_intents?expand%5B0%5D=data.latest_charge&", since,
                                  std::move(after));
  const auto read = read_intents(body);
  Page<ProviderPayment> page;
  for (const StripeIntent& intent : read.intents) page.entries.push_back(payment_of(intent));
  if (read.has_more && !read.intents.empty()) page.next = read.intents.back().id;
  co_return page;
}

Task<ProviderBooks::Page<ProviderRefund>> StripeBooks::refunds_since(Instant since,
                                                                     std::string after) {
  const auto body = co_await list("/v1/refunds?", since, std::move(after));
  const auto read = read_refunds(body);
  Page<ProviderRefund> page;
  for (const StripeRefund& refund : read.refunds) {
    if (refund.intent_id.empty()) continue;
    page.entries.push_back({.id = refund.id,
                            .payment_id = refund.intent_id,
                            .amount = refund.amount,
                            .has_failed = refund.has_failed()});
  }
  if (read.has_more && !read.refunds.empty()) page.next = read.refunds.back().id;
  co_return page;
}

Task<std::optional<ProviderPayment>> StripeBooks::find(std::string id) {
  StripeCall call{.path = "/v1/payment_intents/" + id + "?expand%5B0%5D=latest_charge"};
  const auto answer = co_await api_.call(std::move(call));
  if (answer.status == 404) co_return std::nullopt;
  if (!answer.is_success())
    throw ProviderUnavailable("Stripe does not show an intent: " + read_error(answer.body).code);
  co_return payment_of(read_intent(answer.body));
}

// The key says how much had gone back before, so that each remainder is sent once.
Task<bool> StripeBooks::undo(ProviderPayment payment) {
  StripeCall call{.method = "POST", .path = "/v1/refunds"};
  if (payment.has_money()) {
    const auto form = undo_form(payment.id, payment.captured - payment.refunded);
    if (!form) co_return false;
    call.form = *form;
    call.idempotency_key =
        "undo-" + payment.id + "-" + std::to_string(payment.refunded.amount_minor());
  } else {
    call.path = "/v1/payment_intents/" + payment.id + "/cancel";
  }
  (void)co_await api_.call(std::move(call));
  // A refusal or an old answer does not tell how it stands now.
  const auto now = co_await find(payment.id);
  co_return !now || (is_ended(now->status) && !now->has_money()) ||
      (now->captured.amount_minor() > 0 && !now->has_money());
}

}  // namespace osier::payments
