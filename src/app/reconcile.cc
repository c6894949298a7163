#include "app/reconcile.h"

#include <cstdio>

#include "checkout/coupon_holds.h"
#include "payments/stripe_books.h"

namespace osier::app {

namespace {

payments::StripeSettings settings_of(const config::Config& config) {
  return {.api_base = config.stripe_api_base, .secret_key = config.stripe_secret_key};
}

std::string text_of(const payments::Finding& finding) {
  return std::string(payments::to_string(finding.kind)) + " " + finding.object_id + ": " +
         finding.detail;
}

}  // namespace

Task<void> reconcile_books(Shop& shop) {
  payments::StripeBooks books(Loop::current(), settings_of(shop.config), shop.log);
  orders::Reconciliation reconciliation(shop.database, shop.payments, shop.orders, books,
                                        shop.clock);
  orders::ReconcileOptions options{.undo = orders::ReconcileOptions::Undo::after_a_day,
                                   .actor = {audit::ActorKind::system, reconcile_schedule}};
  const auto outcome = co_await reconciliation.run(std::move(options));
  for (const std::string& act : outcome.acts)
    shop.log.warning("reconciliation mended the books", {{"act", act}});
  for (const payments::Finding& finding : outcome.findings)
    shop.log.error("reconciliation found a difference", {{"finding", text_of(finding)}});
  if (!outcome.shortfall.empty()) throw std::runtime_error(outcome.shortfall);
}

namespace {

Task<void> run_and_print(pg::Database& database, const config::Config& config, Loop& loop,
                         orders::ReconcileOptions options, int& status) {
  const SystemClock clock;
  telemetry::Log log(telemetry::Level::warning, telemetry::Format::text, clock);
  payments::Stripe stripe(loop, settings_of(config), log);
  payments::StripeBooks books(loop, settings_of(config), log);
  inventory::Inventory inventory(database);
  payments::Payments payments(database, clock, &stripe);
  promotions::Promotions promotions(database, clock);
  checkout::CouponHolds coupon_holds(promotions);
  orders::Orders orders(database, inventory, payments, clock, loop, &coupon_holds);
  orders::Reconciliation reconciliation(database, payments, orders, books, clock);

  const bool is_dry_run = options.mode == orders::ReconcileOptions::Mode::dry_run;
  const auto outcome = co_await reconciliation.run(std::move(options));
  for (const std::string& act : outcome.acts) std::printf("%s\n", act.c_str());
  for (const payments::Finding& finding : outcome.findings)
    std::printf("%s\n", text_of(finding).c_str());
  if (!outcome.shortfall.empty())
    std::fprintf(stderr, "osier: not everything was compared: %s\n", outcome.shortfall.c_str());
  const auto open = is_dry_run ? static_cast<std::int64_t>(outcome.findings.size())
                               : co_await payments::count_open_findings(database);
  status = open == 0 && outcome.shortfall.empty() ? 0 : 1;
}

}  // namespace

int reconcile_now(const config::Config& config, const std::string& connection,
                  orders::ReconcileOptions options) {
  int status = 1;
  Loop loop;
  pg::Database database({.connection = connection, .statement_timeout = 1min, .lock_timeout = 5s},
                        {&loop});
  run_to_end(loop, run_and_print(database, config, loop, std::move(options), status));
  database.close();
  return status;
}

static constexpr pg::Statement select_last_run_sql{"reconcile.select_last_run", R"sql(
  SELECT coalesce(extract(epoch FROM last_run_at), 0)::bigint
    FROM platform.schedules
   WHERE name = 'payments.reconcile'
)sql"};

Task<void> write_reconcile_metrics(Shop& shop) {
  try {
    const auto open = co_await payments::count_open_findings(shop.database);
    const auto last = co_await shop.database.run_one(select_last_run_sql);
    shop.metrics
        .gauge("osier_reconciliation_findings_open",
               "Differences between the provider's books and ours that wait for staff.")
        .Set(static_cast<double>(open));
    shop.metrics
        .gauge("osier_reconciliation_last_success_timestamp_seconds",
               "When the books were last compared in full by the schedule; 0: never.")
        .Set(last ? static_cast<double>(last->get<std::int64_t>(0)) : 0);
  } catch (const pg::Error&) {
    co_return;  // The other metrics tell that the database is away.
  }
}

}  // namespace osier::app
