// Comparing the provider's books with ours: the rules, and what is kept of the outcome.
//
// What can be mended without a doubt is mended by the one who runs it (orders): news are booked
// like any other, and money that belongs to no order of ours goes back. The rest are findings for
// staff, one row per kind and object, which end by themselves when they are not seen any more.

#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "payments/payments.h"
#include "payments/provider_books.h"

namespace osier::payments {

// What a payment in the provider's books asks for.
enum class ReconcileStep {
  nothing,  // It agrees, or is another shop's.
  book,     // The provider knows more than we do: ask it afresh and settle.
  end,      // We have it, but its order does not exist: close it, or decide a refund.
  undo,     // It is this shop's by its metadata, and our books do not have it: see Undo of orders.
  report,   // It has money for a payment that we know by another id: staff have to look.
};

// `ours` is the payment that its metadata names, read after the provider's answer: an order and its
// payment are committed before any money can move.
ReconcileStep step_for(const ProviderPayment& there, const std::string& shop_id,
                       const std::optional<Payment>& ours, bool has_order);

enum class FindingKind {
  money_without_order,
  captured_unknown_at_provider,
  captured_more_than_provider,
  refunded_more_than_provider,
  amount_differs,
  currency_differs,
  not_booked,
  refund_overdue,
  order_overdue,
};
std::string_view to_string(FindingKind);

struct Finding {
  FindingKind kind;
  std::string object_id;
  std::string detail;  // No personal data.
};

// What is wrong with a payment of ours, read before the provider was asked about it.
std::vector<Finding> differences(const Payment& ours, const std::optional<ProviderPayment>& there);

// Whether that comparison may find something.
bool is_suspect(const Payment& ours, const ProviderPayment& there);

// --- What our books have. All wait for the database and throw pg::Error.

Task<std::string> shop_id(pg::Database& database);
Task<std::vector<Payment>> find_all(pg::Database& database, std::vector<PaymentId> ids);
// Payments that lack a refund of these, or the end of one that failed, by the provider's ids.
Task<std::vector<PaymentId>> lacking_refunds(pg::Database& database,
                                             std::vector<ProviderRefund> refunds);
// Open at the provider, and made before that time. At most `limit`, the oldest first.
Task<std::vector<PaymentId>> open_before(pg::Database& database, Instant before, int limit);
// With money of a provider, by id and what the provider calls it; after that id, at most `limit` in
// the order of their ids. first_id_of() is the smallest that can have been made at a time or later.
struct KnownPayment {
  PaymentId id;
  std::string provider_payment_id;  // Empty if we never learned it.
};
Task<std::vector<KnownPayment>> with_money_after(pg::Database& database, PaymentId after,
                                                 int limit);
PaymentId first_id_of(Instant instant);
// Those that an open finding is about.
Task<std::vector<PaymentId>> payments_with_findings(pg::Database& database);
// Keeps the provider's id of a payment whose opening we did not get the answer of.
Task<void> note_provider_id(pg::Database& database, PaymentId id, std::string provider_id);
// Refunds that we decided `refund_overdue_after` ago or earlier and that were not made; and those
// that failed, of these payables.
Task<std::vector<Finding>> overdue_refunds(pg::Database& database,
                                           std::vector<PayableId> failed_of);
inline constexpr Duration refund_overdue_after = std::chrono::hours(6);

// Open findings of that kind that were first seen that long ago: their objects.
Task<std::vector<std::string>> open_findings(pg::Database& database, FindingKind kind,
                                             Duration age = Duration::zero());
// Writes what a run has found: new ones and those seen again; and if it has seen everything, the
// end of all others.
enum class FindingScope { everything, in_part };
Task<void> keep_findings(pg::Database& database, std::vector<Finding> findings, FindingScope scope);
Task<std::int64_t> count_open_findings(pg::Database& database);

}  // namespace osier::payments
