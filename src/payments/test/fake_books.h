// The books of the provider in memory, for tests: what its accounts say, and strangers beside them.

#pragma once

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "payments/provider_books.h"
#include "payments/test/fake_provider.h"

namespace osier::payments::test {

class FakeBooks final : public ProviderBooks {
 public:
  explicit FakeBooks(FakeProvider& provider) : provider_(provider) {}

  std::string shop_id;
  std::map<Uuid, Money> asked_for;  // By payment: only these accounts are shown.
  std::vector<ProviderPayment> strangers;
  std::size_t page_size = 2;
  bool are_payments_old = false;  // Made before the time that is read: only find() shows them.
  Duration latency = Duration::zero();  // Of a page.
  bool is_down = false;
  int undone = 0;

  Task<Page<ProviderPayment>> payments_since(Instant, std::string after) override {
    if (latency > Duration::zero()) co_await sleep_for(latency);
    const auto all = are_payments_old ? std::vector<ProviderPayment>() : payments();
    co_return page_of(all, after);
  }

  Task<Page<ProviderRefund>> refunds_since(Instant, std::string after) override {
    std::vector<ProviderRefund> all;
    for (const auto& [id, asked] : asked_for) {
      for (const auto& [reference, amount] : provider_.accounts.at(id).refunds)
        all.push_back({.id = reference, .payment_id = "pi_" + id.to_hex(), .amount = amount});
      for (const std::string& reference : provider_.accounts.at(id).failed_refunds) {
        all.push_back({.id = reference,
                       .payment_id = "pi_" + id.to_hex(),
                       .amount = asked,
                       .has_failed = true});
      }
    }
    co_return page_of(all, after);
  }

  Task<std::optional<ProviderPayment>> find(std::string id) override {
    if (is_down) throw ProviderUnavailable("the provider is down");
    const auto all = payments();
    const auto found = std::ranges::find(all, id, &ProviderPayment::id);
    if (found == all.end()) co_return std::nullopt;
    co_return *found;
  }

  Task<bool> undo(ProviderPayment payment) override {
    if (is_down) throw ProviderUnavailable("the provider is down");
    ++undone;
    for (ProviderPayment& stranger : strangers) {
      if (stranger.id != payment.id) continue;
      if (!stranger.has_money()) stranger.status = PaymentStatus::canceled;
      stranger.refunded = stranger.captured;
    }
    co_return true;
  }

 private:
  std::vector<ProviderPayment> payments() const {
    std::vector<ProviderPayment> all;
    for (const auto& [id, asked] : asked_for) {
      const PaymentReport report = provider_.report(PaymentId{id});
      all.push_back({.id = report.provider_payment_id,
                     .shop_id = shop_id,
                     .payment_id = PaymentId{id},
                     .status = report.status,
                     .amount = asked,
                     .captured = report.captured,
                     .refunded = report.refunded});
    }
    all.insert(all.end(), strangers.begin(), strangers.end());
    return all;
  }

  template <class T>
  Page<T> page_of(const std::vector<T>& all, const std::string& after) const {
    if (is_down) throw ProviderUnavailable("the provider is down");
    Page<T> page;
    auto next = after.empty() ? all.begin() : std::next(std::ranges::find(all, after, &T::id));
    while (next != all.end() && page.entries.size() < page_size) page.entries.push_back(*next++);
    if (next != all.end()) page.next = page.entries.back().id;
    return page;
  }

  FakeProvider& provider_;
};

}  // namespace osier::payments::test
