#include "simulation/account.h"

#include <fmt/format.h>

#include <algorithm>

namespace osier::simulation {

using payments::CloseOutcome;
using payments::PaymentId;
using payments::PaymentStatus;
using Standing = Attempt::Standing;

std::string short_id(const Uuid& id) {
  const std::string hex = id.to_hex();
  return hex.substr(5, 7) + hex.substr(13, 3);
}

std::int64_t Attempt::captured_minor() const {
  return standing == Standing::paid ? amount.amount_minor() : 0;
}

std::int64_t Attempt::refunded_minor() const {
  std::int64_t sum = 0;
  for (const Refund& refund : refunds) sum += refund.amount_minor;
  return sum;
}

// --- Messages

void Account::tell(const std::string& type, const std::string& object_id) {
  jobs::InboxEvent event{.source = "stripe",
                         .event_id = fmt::format("evt_{}", ++events_),
                         .type = type,
                         .object_id = object_id,
                         .is_live = false,
                         .sent_at = stage_.now()};
  webhooks.push_back({.event = std::move(event)});
}

void Account::forge(const std::string& object_id) { tell("payment_intent.succeeded", object_id); }

void Account::tell_about(const Attempt& attempt, const std::string& what) {
  if (!attempt.session_id.empty()) tell("checkout.session." + what, attempt.session_id);
  if (!attempt.intent_id.empty()) tell("payment_intent." + what, attempt.intent_id);
}

// --- Calls

Attempt* Account::find(PaymentId id) {
  const auto found = attempts_.find(id);
  return found == attempts_.end() ? nullptr : &found->second;
}

Attempt& Account::open(payments::PaymentMethod method, const payments::Purchase& purchase) {
  if (Attempt* known = find(purchase.payment_id)) return *known;
  Attempt attempt;
  attempt.id = purchase.payment_id;
  attempt.method = method;
  attempt.amount = purchase.amount;
  attempt.expires_at = std::max(purchase.expires_at, stage_.now() + 30min);
  const std::string hex = purchase.payment_id.value().to_hex();
  const bool is_page = method == payments::PaymentMethod::hosted_page;
  (is_page ? attempt.session_id : attempt.intent_id) = (is_page ? "cs_" : "pi_") + hex;
  return attempts_.emplace(attempt.id, std::move(attempt)).first->second;
}

payments::PaymentReport Account::report_of(const payments::Payment& payment) {
  const Attempt* attempt = find(payment.id);
  if (attempt == nullptr) throw payments::ProviderUnavailable("there is no such attempt");
  const Currency currency = attempt->amount.currency();
  const Money captured = Money::minor(attempt->captured_minor(), currency);
  payments::PaymentReport report{.payment_id = payment.id,
                                 .status = PaymentStatus::requires_action,
                                 .authorized = captured,
                                 .captured = captured,
                                 .refunded = Money::minor(attempt->refunded_minor(), currency),
                                 .provider_payment_id = attempt->intent_id,
                                 .capture_reference = {},
                                 .refunds = {},
                                 .failure_reason = {}};
  switch (attempt->standing) {
    case Standing::open:
      report.failure_reason = attempt->decline;
      break;
    case Standing::processing:
      report.status = PaymentStatus::processing;
      report.is_under_way = true;
      break;
    case Standing::closed:
      report.status =
          attempt->session_id.empty() ? PaymentStatus::canceled : PaymentStatus::expired;
      break;
    case Standing::paid:
      report.status = PaymentStatus::captured;
      report.capture_reference = "ch_" + payment.id.value().to_hex();
  }
  for (const Attempt::Refund& refund : attempt->refunds)
    report.refunds.emplace_back(refund.reference, Money::minor(refund.amount_minor, currency));
  return report;
}

CloseOutcome Account::close(const payments::Payment& payment) {
  Attempt* attempt = find(payment.id);
  if (attempt == nullptr) return CloseOutcome::closed;
  if (closes_only_in_words) return CloseOutcome::closed;
  if (attempt->standing == Standing::paid || attempt->standing == Standing::processing)
    return CloseOutcome::already_paid;
  if (attempt->standing == Standing::open) {
    attempt->standing = Standing::closed;
    tell_about(*attempt, attempt->session_id.empty() ? "canceled" : "expired");
  }
  return CloseOutcome::closed;
}

std::string Account::refund(const payments::Payment& payment, payments::RefundId id, Money amount) {
  Attempt* attempt = find(payment.id);
  if (attempt == nullptr) throw std::runtime_error("there is no such charge");
  const auto known = std::ranges::find(attempt->refunds, id, &Attempt::Refund::id);
  if (known != attempt->refunds.end() && !refunds_again) return known->reference;
  const std::int64_t left = attempt->captured_minor() - attempt->refunded_minor();
  if (amount.amount_minor() > left && !refunds_again)
    throw std::runtime_error("the charge has not that much left");
  const std::string reference =
      fmt::format("re_{}_{}", id.value().to_hex(), attempt->refunds.size());
  attempt->refunds.push_back({reference, id, amount.amount_minor()});
  tell("charge.refunded", attempt->intent_id);
  return reference;
}

// --- Shoppers

void Account::pay(PaymentId id, bool is_slow) {
  Attempt* attempt = find(id);
  if (attempt == nullptr || attempt->standing != Standing::open) return;
  if (attempt->intent_id.empty()) attempt->intent_id = "pi_" + id.value().to_hex();
  attempt->decline.clear();
  attempt->standing = is_slow ? Standing::processing : Standing::paid;
  tell_about(*attempt, is_slow ? "processing" : "succeeded");
}

void Account::decline(PaymentId id) {
  Attempt* attempt = find(id);
  if (attempt == nullptr || attempt->standing != Standing::open) return;
  if (attempt->intent_id.empty()) attempt->intent_id = "pi_" + id.value().to_hex();
  attempt->decline = "card_declined";
  tell("payment_intent.payment_failed", attempt->intent_id);
}

void Account::finish(PaymentId id, bool is_good) {
  Attempt* attempt = find(id);
  if (attempt == nullptr || attempt->standing != Standing::processing) return;
  attempt->standing = is_good ? Standing::paid : Standing::open;
  if (!is_good) attempt->decline = "debit_refused";
  tell_about(*attempt, is_good ? "succeeded" : "payment_failed");
}

void Account::pay_late(PaymentId id) {
  Attempt* attempt = find(id);
  if (attempt == nullptr || attempt->standing != Standing::closed) return;
  if (attempt->intent_id.empty()) attempt->intent_id = "pi_" + id.value().to_hex();
  attempt->standing = Standing::paid;
  const bool is_page = !attempt->session_id.empty();
  tell("payment_intent.succeeded", is_page ? attempt->session_id : attempt->intent_id);
  webhooks.back().can_be_lost = false;
}

void Account::end_overdue() {
  for (auto& [id, attempt] : attempts_) {
    const bool is_over = attempt.standing == Standing::open && !attempt.session_id.empty() &&
                         attempt.expires_at < stage_.now();
    if (!is_over) continue;
    attempt.standing = Standing::closed;
    tell_about(attempt, "expired");
  }
}

std::vector<PaymentId> Account::in_processing() const {
  std::vector<PaymentId> ids;
  for (const auto& [id, attempt] : attempts_) {
    if (attempt.standing == Standing::processing) ids.push_back(id);
  }
  return ids;
}

// --- The provider as a process sees it

Task<void> SimulatedProvider::travel_there(std::string call, PaymentId id) {
  Gate gate{stage_, process_, "provider: " + call + " " + short_id(id.value())};
  co_await gate;
  if (weather_.is_away || stage_.dice().per_mille(weather_.request_lost)) {
    stage_.note("the call is lost");
    throw payments::ProviderUnavailable("the call was lost");
  }
}

Task<void> SimulatedProvider::travel_back(std::string answer) {
  Gate gate{stage_, process_, "provider answers: " + answer};
  co_await gate;
  if (weather_.is_away || stage_.dice().per_mille(weather_.answer_lost)) {
    stage_.note("the answer is lost");
    throw payments::ProviderUnavailable("the answer was lost");
  }
}

Task<Result<SimulatedProvider::Opened, payments::OpenRefusal>> SimulatedProvider::open(
    payments::PaymentMethod method, payments::Purchase purchase) {
  co_await travel_there("open", purchase.payment_id);
  const Attempt attempt = account_.open(method, purchase);
  co_await travel_back("opened");
  const bool is_page = !attempt.session_id.empty();
  co_return Opened{.session_id = attempt.session_id,
                   .payment_id = is_page ? std::string() : attempt.intent_id,
                   .url = is_page ? "https://pay.test/" + attempt.session_id : std::string(),
                   .client_secret = is_page ? std::string() : attempt.intent_id + "_secret"};
}

Task<payments::PaymentReport> SimulatedProvider::ask(payments::Payment payment) {
  co_await travel_there("ask", payment.id);
  auto report = account_.report_of(payment);
  co_await travel_back(std::string(payments::to_string(report.status)));
  co_return report;
}

Task<CloseOutcome> SimulatedProvider::close(payments::Payment payment) {
  co_await travel_there("close", payment.id);
  const auto outcome = account_.close(payment);
  co_await travel_back(outcome == CloseOutcome::closed ? "closed" : "already paid");
  co_return outcome;
}

Task<std::string> SimulatedProvider::refund(payments::Payment payment, payments::RefundId refund_id,
                                            Money amount) {
  co_await travel_there("refund", payment.id);
  if (stage_.dice().per_mille(weather_.refund_refused))
    throw std::runtime_error("the refund failed at the provider");
  auto reference = account_.refund(payment, refund_id, amount);
  co_await travel_back("refunded");
  co_return reference;
}

}  // namespace osier::simulation
