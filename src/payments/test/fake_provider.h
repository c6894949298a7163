// A payment provider in memory, for tests: the shopper's and the provider's side are played by
// hand.

#pragma once

#include <map>
#include <string>
#include <vector>

#include "payments/provider.h"
#include "platform/async/loop.h"

namespace osier::payments::test {

class FakeProvider final : public PaymentProvider {
 public:
  // What the provider knows about one payment.
  struct Account {
    std::string session_id;
    PaymentStatus status = PaymentStatus::requires_action;
    Money captured;
    std::vector<std::pair<std::string, Money>> refunds;
    std::vector<std::string> failed_refunds;
    std::string failure_reason;
  };

  bool is_down = false;  // Every call throws ProviderUnavailable.
  bool refuses = false;  // open() is refused.
  Duration latency = Duration::zero();
  int open_calls = 0;
  int refund_calls = 0;
  bool refuses_refunds = false;      // refund() throws RefundRefused.
  std::map<Uuid, Account> accounts;  // By payment.

  Account& account(PaymentId id) { return accounts.at(id.value()); }
  // The shopper pays on the provider's page; false if it is closed.
  bool pay(PaymentId id, Money amount) {
    Account& account = this->account(id);
    if (is_ended(account.status)) return false;
    account.status = PaymentStatus::captured;
    account.captured = amount;
    return true;
  }

  // The money of all refunds comes back to the shop.
  void fail_refunds(PaymentId id) {
    Account& account = this->account(id);
    for (const auto& [reference, amount] : account.refunds)
      account.failed_refunds.push_back(reference);
    account.refunds.clear();
  }

  PaymentReport report(PaymentId id) const {
    const Account& account = accounts.at(id.value());
    PaymentReport report;
    report.payment_id = id;
    report.status = account.status;
    report.authorized = account.captured;
    report.captured = account.captured;
    report.refunds = account.refunds;
    report.failed_refunds = account.failed_refunds;
    Money refunded = Money::zero(account.captured.currency());
    for (const auto& [reference, amount] : account.refunds) refunded += amount;
    report.refunded = refunded;
    report.provider_payment_id = "pi_" + id.value().to_hex();
    report.capture_reference = "ch_" + id.value().to_hex();
    report.failure_reason = account.failure_reason;
    return report;
  }

  Task<Result<Opened, OpenRefusal>> open(PaymentMethod, Purchase purchase) override {
    co_await arrive();
    ++open_calls;
    if (refuses) co_return refuse(OpenRefusal::provider_refused);
    auto& account = accounts[purchase.payment_id.value()];
    account.session_id = "cs_" + purchase.payment_id.value().to_hex();
    account.captured = Money::zero(purchase.amount.currency());
    Opened opened{.session_id = account.session_id,
                  .payment_id = "",
                  .url = "https://pay.example/" + account.session_id,
                  .client_secret = ""};
    co_return opened;
  }

  Task<PaymentReport> ask(Payment payment) override {
    co_await arrive();
    co_return report(payment.id);
  }

  Task<CloseOutcome> close(Payment payment) override {
    co_await arrive();
    Account& account = this->account(payment.id);
    if (account.status == PaymentStatus::captured || account.status == PaymentStatus::processing) {
      co_return CloseOutcome::already_paid;
    }
    account.status = PaymentStatus::expired;
    co_return CloseOutcome::closed;
  }

  // The same refund once, however often it is asked for.
  Task<std::string> refund(Payment payment, RefundId refund_id, Money amount) override {
    co_await arrive();
    ++refund_calls;
    if (refuses_refunds) throw RefundRefused("the provider refuses the refund");
    const std::string reference = "re_" + refund_id.value().to_hex();
    auto& refunds = account(payment.id).refunds;
    for (const auto& [known, ignored] : refunds) {
      if (known == reference) co_return reference;
    }
    refunds.emplace_back(reference, amount);
    co_return reference;
  }

 private:
  Task<void> arrive() {
    if (latency > Duration::zero()) co_await sleep_for(latency);
    if (is_down) throw ProviderUnavailable("the provider is down");
  }
};

}  // namespace osier::payments::test
