// The provider's books and ours, made to agree: `osier reconcile`, and a schedule.
//
// A run reads what the provider has since a time, and looks up whatever of ours is not in that list
// or is still open. News are settled like those of a webhook. Money of this shop's that belongs to
// no order goes back: through our books if they have the payment, else at the provider itself, once
// somebody says so or has had a day to object (Undo). What cannot be mended without a doubt becomes
// a finding for staff (payments.reconciliation_findings).
//
// Every step may be repeated, and may happen beside the running shop: our books are read after the
// provider's answer, an order is committed before its money can move, and before anything is called
// a difference our books are read first and the provider is asked again.

#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "audit/audit.h"
#include "orders/orders.h"
#include "payments/reconciliation.h"

namespace osier::orders {

struct ReconcileOptions {
  Duration since = std::chrono::hours(25);
  enum class Mode { carry_out, dry_run };  // A dry run only reads, and asks the provider.
  // Refunds may fail weeks after they were made.
  Duration refunds_since = std::chrono::hours(24 * 30);
  Mode mode = Mode::carry_out;
  // When payments of this shop's that our books do not have are refunded or canceled. Until then
  // they are findings: a copy of the database, or an old backup, does not know payments either.
  enum class Undo { never, after_a_day, at_once };
  Undo undo = Undo::never;
  audit::Actor actor;
  Duration time_max = std::chrono::minutes(4);  // At most half of it for reading.
  int pages_max = 1'000;                        // Of 100 payments or refunds each.
  int look_ups_max = 2'000;
};

struct ReconcileOutcome {
  int payments_seen = 0;
  std::vector<std::string> acts;  // What was done, or would be done, a line each.
  std::vector<payments::Finding> findings;
  // Why not everything could be compared; findings are kept, and none is ended then. Empty: it was.
  std::string shortfall;
};

class Reconciliation {
 public:
  // More payments than these, unknown to our books, mean that something is wrong with
  // the books (an old backup, another shop's database): staff have to look, and nothing is undone.
  static constexpr std::size_t undo_max = 20;
  // How long such a payment has been a finding before the schedule undoes it.
  static constexpr Duration undo_after = std::chrono::hours(24);

  // All outlive the object.
  Reconciliation(pg::Database& database, payments::Payments& payments, Orders& orders,
                 payments::ProviderBooks& books, const Clock& clock);

  // One run at a time per object. Throws pg::Error; a provider that fails is a shortfall.
  Task<ReconcileOutcome> run(ReconcileOptions options);

 private:
  struct Run;

  Task<void> read_payments(Run& run);
  Task<void> read_refunds(Run& run);
  Task<void> look_at(Run& run, std::vector<payments::ProviderPayment> page);
  Task<void> look_again_at_findings(Run& run);
  Task<void> add_what_is_open(Run& run);
  Task<void> book(Run& run);
  Task<void> ask_one_by_one(Run& run, std::vector<payments::PaymentReport>& reports);
  Task<void> end(Run& run);
  Task<void> decide_refund(Run& run, payments::PaymentId id);
  Task<void> undo(Run& run);
  Task<void> undo_one(Run& run, payments::ProviderPayment there);
  Task<void> confirm(Run& run);

  pg::Database& database_;
  payments::Payments& payments_;
  Orders& orders_;
  payments::ProviderBooks& books_;
  const Clock& clock_;
};

}  // namespace osier::orders
