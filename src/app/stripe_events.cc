#include "app/stripe_events.h"

namespace osier::app {

namespace {

// Payments to ask about, shared by the tasks that ask.
struct Asking {
  std::vector<payments::Payment> payments;
  std::size_t next = 0;
  std::vector<payments::PaymentReport> reports;
  std::exception_ptr error;  // Of one that could not be asked; the others are booked all the same.
};

Task<void> ask_one_by_one(payments::Payments& payments, Asking& asking) {
  while (asking.next < asking.payments.size()) {
    payments::Payment payment = std::move(asking.payments[asking.next++]);
    try {
      auto report = co_await payments.ask(std::move(payment));
      asking.reports.push_back(std::move(report));
    } catch (const std::exception&) {
      asking.error = std::current_exception();
    }
  }
}

}  // namespace

// Side by side, so that a full group is done well within its lease.
Task<void> settle_stripe_events(payments::Payments& payments, orders::Orders& orders,
                                std::vector<jobs::InboxEvent> events) {
  constexpr int side_by_side = 16;
  std::vector<std::string> ids;
  for (jobs::InboxEvent& event : events) ids.push_back(std::move(event.object_id));
  Asking asking;
  asking.payments = co_await payments.find_by_provider_ids(std::move(ids));
  std::vector<Task<void>> workers;
  for (int i = 0; i < side_by_side; ++i) workers.push_back(ask_one_by_one(payments, asking));
  co_await when_all(std::move(workers));
  if (!asking.reports.empty()) co_await orders.settle_all(std::move(asking.reports));
  if (asking.error) std::rethrow_exception(asking.error);
}

}  // namespace osier::app
