#include "payments/reconciliation.h"

#include "payments/bookkeeping.h"
#include "payments/payment_store.h"

namespace osier::payments {

namespace {

bool is_same_currency(const Payment& ours, const ProviderPayment& there) {
  return ours.amount.currency() == there.amount.currency();
}

// It could still bring money, or has.
bool is_worth_ending(const ProviderPayment& there) {
  return there.has_money() || is_open(there.status) || there.status == PaymentStatus::authorized;
}

bool knows_more(const ProviderPayment& there, const Payment& ours) {
  if (!is_same_currency(ours, there)) return false;
  return there.captured > ours.captured || there.refunded > ours.refunded ||
         (is_money(there.status) && !is_money(ours.status)) ||
         (is_ended(there.status) && is_open(ours.status));
}

// Less went back than we think: a refund has failed since, or was sent by hand.
bool has_less_refunded(const ProviderPayment& there, const Payment& ours) {
  return is_same_currency(ours, there) && there.refunded < ours.refunded;
}

std::string text_of(const Money& money) {
  return money.to_decimal() + " " + money.currency().code();
}

}  // namespace

ReconcileStep step_for(const ProviderPayment& there, const std::string& shop_id,
                       const std::optional<Payment>& ours, bool has_order) {
  const bool is_this_shops = there.payment_id && there.shop_id == shop_id;
  const bool is_other = ours && ours->provider_payment_id && *ours->provider_payment_id != there.id;
  if (is_other && is_this_shops && there.has_money()) return ReconcileStep::report;
  // A second one without money comes from an opening that failed half-way; nobody has seen it.
  if (!ours || is_other)
    return is_this_shops && is_worth_ending(there) ? ReconcileStep::undo : ReconcileStep::nothing;
  if (!has_order) {
    const bool is_over = ours->captured == ours->refunded && !is_open(ours->status);
    return is_over && !is_worth_ending(there) ? ReconcileStep::nothing : ReconcileStep::end;
  }
  const bool is_news = knows_more(there, *ours) || has_less_refunded(there, *ours);
  return is_news ? ReconcileStep::book : ReconcileStep::nothing;
}

std::string_view to_string(FindingKind kind) {
  switch (kind) {
    case FindingKind::money_without_order:
      return "money_without_order";
    case FindingKind::captured_unknown_at_provider:
      return "captured_unknown_at_provider";
    case FindingKind::captured_more_than_provider:
      return "captured_more_than_provider";
    case FindingKind::refunded_more_than_provider:
      return "refunded_more_than_provider";
    case FindingKind::amount_differs:
      return "amount_differs";
    case FindingKind::currency_differs:
      return "currency_differs";
    case FindingKind::not_booked:
      return "not_booked";
    case FindingKind::refund_overdue:
      return "refund_overdue";
    case FindingKind::order_overdue:
      return "order_overdue";
  }
}

bool is_suspect(const Payment& ours, const ProviderPayment& there) {
  return !differences(ours, there).empty();
}

std::vector<Finding> differences(const Payment& ours, const std::optional<ProviderPayment>& there) {
  std::vector<Finding> findings;
  const auto add = [&](FindingKind kind, std::string detail) {
    findings.push_back({kind, ours.id.value().to_string(), std::move(detail)});
  };
  if (!there) {
    if (ours.captured.amount_minor() > 0) {
      add(FindingKind::captured_unknown_at_provider,
          "captured " + text_of(ours.captured) + ", and the provider does not know the payment");
    }
    return findings;
  }
  if (!is_same_currency(ours, *there)) {
    add(FindingKind::currency_differs,
        "asked for " + text_of(ours.amount) + ", the provider has " + text_of(there->amount));
    return findings;
  }
  if (there->amount != ours.amount) {
    add(FindingKind::amount_differs,
        "asked for " + text_of(ours.amount) + ", the provider has " + text_of(there->amount));
  }
  if (ours.captured > there->captured) {
    add(FindingKind::captured_more_than_provider,
        "captured " + text_of(ours.captured) + ", the provider says " + text_of(there->captured));
  }
  if (ours.refunded > there->refunded) {
    add(FindingKind::refunded_more_than_provider,
        "refunded " + text_of(ours.refunded) + ", the provider says " + text_of(there->refunded));
  }
  if (knows_more(*there, ours)) {
    add(FindingKind::not_booked, "the provider captured " + text_of(there->captured) +
                                     " and refunded " + text_of(there->refunded) + ", we have " +
                                     text_of(ours.captured) + " and " + text_of(ours.refunded) +
                                     ", " + std::string(to_string(ours.status)));
  }
  return findings;
}

}  // namespace osier::payments
