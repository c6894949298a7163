#include "orders/reconciliation.h"

#include <algorithm>
#include <chrono>

#include "orders/reconciliation_store.h"

namespace osier::orders {

using payments::Finding;
using payments::FindingKind;
using payments::Payment;
using payments::PaymentId;
using payments::ProviderPayment;
using payments::ReconcileStep;

struct Reconciliation::Run {
  ReconcileOptions options;
  Instant since;
  Instant refunds_since;
  std::chrono::steady_clock::time_point reading_end;
  std::chrono::steady_clock::time_point end;
  std::string shop_id;
  std::set<std::string> seen;                // The provider's ids.
  std::map<PaymentId, std::string> to_book;  // With the provider's id, if it is known.
  std::vector<PaymentId> booking;            // The same in a row, for those who ask side by side.
  std::size_t next = 0;
  std::set<PaymentId> to_end;
  std::vector<ProviderPayment> to_undo;
  std::set<PaymentId> suspects;
  ReconcileOutcome outcome;

  bool is_dry() const { return options.mode == ReconcileOptions::Mode::dry_run; }
  bool is_over() const { return std::chrono::steady_clock::now() > end; }
  bool is_reading_over() const { return std::chrono::steady_clock::now() > reading_end; }
  void fall_short(std::string why) {
    if (outcome.shortfall.empty()) outcome.shortfall = std::move(why);
  }
  void tell(const std::string& done, const std::string& planned, const std::string& what) {
    outcome.acts.push_back((is_dry() ? planned : done) + " " + what);
  }
};

namespace {

std::string text_of(const Money& money) {
  return money.to_decimal() + " " + money.currency().code();
}

std::string text_of(PaymentId id) { return id.value().to_string(); }

}  // namespace

Reconciliation::Reconciliation(pg::Database& database, payments::Payments& payments, Orders& orders,
                               payments::ProviderBooks& books, const Clock& clock)
    : database_(database), payments_(payments), orders_(orders), books_(books), clock_(clock) {}

Task<ReconcileOutcome> Reconciliation::run(ReconcileOptions options) {
  Run run;
  run.since = clock_.now() - options.since;
  run.refunds_since = clock_.now() - std::max(options.since, options.refunds_since);
  const auto start = std::chrono::steady_clock::now();
  run.reading_end = start + options.time_max / 2;
  run.end = start + options.time_max;
  run.options = std::move(options);
  run.shop_id = co_await payments::shop_id(database_);
  try {
    co_await read_payments(run);
    co_await read_refunds(run);
    co_await look_again_at_findings(run);
  } catch (const payments::ProviderUnavailable& away) {
    run.fall_short(away.what());
  }
  co_await add_what_is_open(run);
  co_await book(run);
  co_await end(run);
  co_await undo(run);
  co_await confirm(run);

  std::ranges::move(co_await overdue_refunds(database_), std::back_inserter(run.outcome.findings));
  std::ranges::move(co_await overdue_orders(database_), std::back_inserter(run.outcome.findings));
  if (!run.is_dry()) {
    const auto scope = run.outcome.shortfall.empty() ? payments::FindingScope::everything
                                                     : payments::FindingScope::in_part;
    co_await payments::keep_findings(database_, run.outcome.findings, scope);
  }
  co_return std::move(run.outcome);
}

// --- What the provider has.

Task<void> Reconciliation::read_payments(Run& run) {
  std::string after;
  for (int pages = 0; pages < run.options.pages_max && !run.is_reading_over(); ++pages) {
    auto page = co_await books_.payments_since(run.since, std::move(after));
    after = std::move(page.next);
    co_await look_at(run, std::move(page.entries));
    if (after.empty()) co_return;
  }
  run.fall_short("the provider has more payments than one run reads");
}

Task<void> Reconciliation::read_refunds(Run& run) {
  std::string after;
  for (int pages = 0; pages < run.options.pages_max && !run.is_reading_over(); ++pages) {
    auto page = co_await books_.refunds_since(run.refunds_since, std::move(after));
    after = std::move(page.next);
    const auto lacking = co_await payments::lacking_refunds(database_, std::move(page.entries));
    for (const PaymentId id : lacking) run.to_book.try_emplace(id);
    if (after.empty()) co_return;
  }
  run.fall_short("the provider has more refunds than one run reads");
}

static constexpr pg::Statement select_known_orders_sql{"orders.select_known_orders", R"sql(
  SELECT id FROM orders.orders WHERE id = ANY ($1)
)sql"};

Task<void> Reconciliation::look_at(Run& run, std::vector<ProviderPayment> page) {
  std::vector<PaymentId> ids;
  for (const ProviderPayment& there : page) {
    if (there.payment_id) ids.push_back(*there.payment_id);
  }
  std::map<PaymentId, Payment> known;
  std::vector<Uuid> payables;
  for (auto& payment : co_await payments::find_all(database_, std::move(ids))) {
    payables.push_back(payment.payable_id.value());
    known.emplace(payment.id, std::move(payment));
  }
  std::set<Uuid> orders;
  const auto rows = co_await database_.run(select_known_orders_sql, payables);
  for (const pg::Row row : rows) orders.insert(row.get<Uuid>(0));

  for (const ProviderPayment& there : page) {
    if (!run.seen.insert(there.id).second) continue;
    ++run.outcome.payments_seen;
    std::optional<Payment> ours;
    if (there.payment_id && known.contains(*there.payment_id)) ours = known.at(*there.payment_id);
    if (ours && ours->refunded > there.refunded)
      ours = co_await without_refunds_by_hand(database_, *std::move(ours));
    const bool has_order = ours && orders.contains(ours->payable_id.value());
    switch (payments::step_for(there, run.shop_id, ours, has_order)) {
      case ReconcileStep::nothing:
        break;
      case ReconcileStep::book:
        run.to_book[ours->id] = there.id;
        break;
      case ReconcileStep::end:
        run.to_book[ours->id] = there.id;
        run.to_end.insert(ours->id);
        break;
      case ReconcileStep::undo:
        run.to_undo.push_back(there);
        break;
      case ReconcileStep::report:
        run.outcome.findings.push_back({FindingKind::money_without_order, there.id,
                                        text_of(there.captured - there.refunded) + " for payment " +
                                            text_of(ours->id) + ", which the provider calls " +
                                            *ours->provider_payment_id + " in our books"});
        break;
    }
    if (ours && payments::is_suspect(*ours, there)) run.suspects.insert(ours->id);
  }
}

// They may lie before the time that is read.
Task<void> Reconciliation::look_again_at_findings(Run& run) {
  const auto objects =
      co_await payments::open_findings(database_, FindingKind::money_without_order);
  std::vector<ProviderPayment> page;
  for (const std::string& id : objects) {
    if (run.seen.contains(id)) continue;
    if (run.is_reading_over()) {
      run.fall_short("there are more findings than one run looks at");
      break;
    }
    auto there = co_await books_.find(id);
    if (there) page.push_back(*std::move(there));
  }
  co_await look_at(run, std::move(page));
}

// Whatever is open and older, and money of ours that the provider has not shown.
Task<void> Reconciliation::add_what_is_open(Run& run) {
  const auto open = co_await payments::open_before(database_, run.since, run.options.look_ups_max);
  for (const PaymentId id : open) run.to_book.try_emplace(id);
  constexpr int page_max = 1'000;
  PaymentId after = payments::first_id_of(run.since);
  for (bool is_last = false; !is_last;) {
    const auto page = co_await payments::with_money_after(database_, after, page_max);
    is_last = static_cast<int>(page.size()) < page_max;
    if (!is_last) after = page.back().id;
    for (const auto& payment : page) {
      if (!run.seen.contains(payment.provider_payment_id)) run.suspects.insert(payment.id);
    }
  }
  const auto flagged = co_await payments::payments_with_findings(database_);
  run.suspects.insert(flagged.begin(), flagged.end());
}

// --- What can be mended.

Task<void> Reconciliation::book(Run& run) {
  constexpr int side_by_side = 4;
  for (const auto& [id, there] : run.to_book) {
    run.tell("asked about", "would ask about", "payment " + text_of(id));
    run.booking.push_back(id);
    run.suspects.insert(id);
    if (!run.is_dry() && !there.empty()) co_await payments::note_provider_id(database_, id, there);
  }
  if (run.is_dry()) co_return;
  std::vector<payments::PaymentReport> reports;
  std::vector<Task<void>> workers;
  for (int i = 0; i < side_by_side; ++i) workers.push_back(ask_one_by_one(run, reports));
  co_await when_all(std::move(workers));
  if (!reports.empty()) co_await orders_.settle_all(std::move(reports));
}

Task<void> Reconciliation::ask_one_by_one(Run& run, std::vector<payments::PaymentReport>& reports) {
  while (run.next < run.booking.size()) {
    if (run.is_over()) {
      run.fall_short("there is more to ask about than one run does");
      co_return;
    }
    const PaymentId id = run.booking[run.next++];
    try {
      auto report = co_await payments_.ask(id);
      reports.push_back(std::move(report));
    } catch (const pg::Error&) {
      throw;
    } catch (const std::exception& error) {
      run.fall_short(error.what());
    }
  }
}

// Payments of ours without an order: no money may arrive any more, and what came goes back.
Task<void> Reconciliation::end(Run& run) {
  for (const PaymentId id : run.to_end) {
    if (!run.is_dry() && run.is_over()) {
      run.fall_short("there is more to end than one run does");
      co_return;
    }
    run.tell("ended", "would end", "payment " + text_of(id) + ", which has no order");
    if (run.is_dry()) continue;
    try {
      const auto outcome = co_await payments_.close(id);
      if (outcome == payments::CloseOutcome::already_paid) co_await decide_refund(run, id);
    } catch (const payments::ProviderUnavailable& away) {
      run.fall_short(away.what());
    }
  }
}

// Booked here without its order, since there is none to settle.
Task<void> Reconciliation::decide_refund(Run& run, PaymentId id) {
  std::vector<payments::PaymentReport> reports;
  reports.push_back(co_await payments_.ask(id));
  auto transaction = co_await database_.begin();
  co_await payments_.record(transaction, std::move(reports));
  std::vector<payments::PayableId> payables;
  const auto before = co_await payments_.find(id);
  payables.push_back(before->payable_id);
  for (const Payment& payment : co_await payments_.of_payables(transaction, payables)) {
    if (payment.id != id || payment.captured <= payment.refunded) continue;
    const Money left = payment.captured - payment.refunded;
    const auto refund =
        co_await payments_.add_refund(transaction, id, left, "payment_without_order");
    if (!refund) continue;  // It was decided before.
    audit::Entry entry{.actor = run.options.actor,
                       .action = "payment.refund_decided",
                       .object_kind = "payment",
                       .object_id = text_of(id),
                       .reason = "it has no order"};
    entry.after.add("amount_minor", left.amount_minor()).add("currency", left.currency().code());
    pg::Batch write;
    audit::add_entries(write, {entry}, clock_.now());
    co_await transaction.run_all(std::move(write));
    run.outcome.acts.push_back("decided to refund " + text_of(left) + " of payment " + text_of(id));
  }
  co_await transaction.commit();
}

static std::string text_of(const ProviderPayment& there) {
  return there.has_money()
             ? text_of(there.captured - there.refunded)
             : "open for " + text_of(there.amount) + ", " + std::string(to_string(there.status));
}

// Payments of this shop's that our books do not have.
Task<void> Reconciliation::undo(Run& run) {
  const bool are_too_many = run.to_undo.size() > undo_max;
  std::set<std::string> known_for_long;
  if (run.options.undo == ReconcileOptions::Undo::after_a_day) {
    const auto objects =
        co_await payments::open_findings(database_, FindingKind::money_without_order, undo_after);
    known_for_long.insert(objects.begin(), objects.end());
  }
  for (const ProviderPayment& there : run.to_undo) {
    const bool is_wanted =
        run.options.undo == ReconcileOptions::Undo::at_once || known_for_long.contains(there.id);
    const bool is_late = !run.is_dry() && run.is_over();
    if (is_late) run.fall_short("there is more to undo than one run does");
    if (is_wanted && !are_too_many && !is_late) {
      run.tell("undid", "would undo", there.id + " (" + text_of(there) + "), which has no order");
      if (!run.is_dry()) co_await undo_one(run, there);
      continue;
    }
    std::string detail = text_of(there) + ", and our books do not have it";
    if (are_too_many) {
      detail += "; one of " + std::to_string(run.to_undo.size()) +
                ", too many to undo without somebody having looked";
    }
    run.outcome.findings.push_back({FindingKind::money_without_order, there.id, std::move(detail)});
  }
}

// The intent is written down before the provider is asked.
Task<void> Reconciliation::undo_one(Run& run, ProviderPayment there) {
  const Money left = there.captured - there.refunded;
  audit::Entry entry{.actor = run.options.actor,
                     .action = "provider_payment.undo_decided",
                     .object_kind = "provider_payment",
                     .object_id = there.id,
                     .reason = "our books do not have it"};
  entry.after.add("amount_minor", left.amount_minor()).add("currency", left.currency().code());
  auto transaction = co_await database_.begin();
  pg::Batch write;
  audit::add_entries(write, {entry}, clock_.now());
  co_await transaction.run_all_and_commit(std::move(write));
  bool is_undone = false;
  try {
    is_undone = co_await books_.undo(there);
  } catch (const payments::ProviderUnavailable& away) {
    run.fall_short(away.what());
  }
  if (!is_undone) {
    run.outcome.findings.push_back({FindingKind::money_without_order, there.id,
                                    text_of(there) + "; the provider did not undo it"});
  }
}

// --- What is left.

// Ours first, then the provider: what we have more of by then, it really lacks.
Task<void> Reconciliation::confirm(Run& run) {
  int look_ups = 0;
  for (const PaymentId id : run.suspects) {
    if (run.is_over() || ++look_ups > run.options.look_ups_max) {
      run.fall_short("there is more to look up than one run does");
      co_return;
    }
    auto ours = co_await payments_.find(id);
    if (!ours || ours->provider != payments::Provider::stripe) continue;
    std::optional<ProviderPayment> there;
    if (ours->provider_payment_id) {
      try {
        there = co_await books_.find(*ours->provider_payment_id);
      } catch (const payments::ProviderUnavailable& away) {
        run.fall_short(away.what());
        continue;
      }
    }
    if (there && ours->refunded > there->refunded)
      ours = co_await without_refunds_by_hand(database_, *std::move(ours));
    auto findings = payments::differences(*ours, there);
    const bool will_be_booked = run.is_dry() && run.to_book.contains(id);
    std::erase_if(findings, [&](const Finding& finding) {
      return will_be_booked && finding.kind == FindingKind::not_booked;
    });
    std::ranges::move(findings, std::back_inserter(run.outcome.findings));
  }
}

}  // namespace osier::orders
