// Reconciliation with the provider, wired: for the schedule, the subcommand and /metrics.

#pragma once

#include <string>

#include "app/shop.h"
#include "orders/reconciliation.h"

namespace osier::app {

inline constexpr const char* reconcile_schedule = "payments.reconcile";

// One run over the last 25 hours and everything open. Logs what it did and found. Throws if it
// could not compare everything.
Task<void> reconcile_books(Shop& shop);

// The same at once, on a connection of its own, in print. Returns the exit status: 1 if findings
// are open or not everything was compared. Blocks; throws pg::Error.
int reconcile_now(const config::Config& config, const std::string& connection,
                  orders::ReconcileOptions options);

// osier_reconciliation_findings_open and the time of the last run that went well, from the
// database.
Task<void> write_reconcile_metrics(Shop& shop);

}  // namespace osier::app
