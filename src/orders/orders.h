// The permanent record of what was agreed, and the one place that moves an order's status.
//
//   draft → pending → placed → completed;  pending → expired | canceled;  placed → canceled
//
// An order exists before any money can move. settle() books what the provider says; release() ends a hold, and only
// after the provider has confirmed that no payment can arrive any more.

#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "inventory/inventory.h"
#include "orders/address.h"
#include "payments/payments.h"
#include "platform/base/random.h"
#include "platform/jobs/batcher.h"
#include "platform/jobs/outbox.h"

namespace osier::orders {

using OrderId = Strong<struct OrderTag, Uuid>;
using LineId = Strong<struct OrderLineTag, Uuid>;

enum class OrderStatus { draft, pending, placed, completed, expired, canceled };
enum class OrderPaymentStatus {
  unpaid, pending, authorized, partially_paid, paid, overpaid, partially_refunded, refunded, voided, failed
};
enum class Channel { storefront, store_api, admin };

std::string_view to_string(OrderStatus);
std::string_view to_string(OrderPaymentStatus);
std::string_view to_string(Channel);

struct OrderLine {
  LineId id;
  catalog::VariantId variant_id;
  catalog::ProductId product_id;
  std::string sku;
  std::string title;
  std::string variant_title;
  std::string image_hash;       // May be empty.
  std::int32_t quantity = 0;
  Money unit_price;             // As the shopper saw it.
  Money net;
  Money discount;
  Money tax;
  Money total;
  std::string tax_class;
  std::string tax_name;
  std::int32_t tax_rate_ppm = 0;
};

struct OrderShipping {
  Uuid shipping_option_id;
  std::string title;
  Money net;
  Money tax;
  Money total;
  std::string tax_name;
  std::int32_t tax_rate_ppm = 0;
  std::optional<std::chrono::sys_days> deliver_from;
  std::optional<std::chrono::sys_days> deliver_to;
};

// Everything that is frozen when an order is placed. Sums are checked: a wrong one is a bug.
struct NewOrder {
  OrderId id;
  std::string market_code;
  std::string region;
  std::string locale;
  Channel channel = Channel::storefront;
  Currency currency;
  bool prices_include_tax = false;
  std::vector<OrderLine> lines;
  std::vector<OrderShipping> shipping;
  Money items;       // Net.
  Money shipping_net;
  Money discount;
  Money tax;
  Money total;
  Contact contact;
  std::optional<Uuid> cart_id;
  std::int32_t cart_version = 0;
  std::string idempotency_key;
  std::string access_token;      // 128 random bits; opens the order's page.
  Instant created_at;
  Instant expires_at;
  payments::NewPayment payment;
};

struct Order {
  OrderId id;
  std::int64_t number = 0;
  std::string market_code;
  std::string region;
  std::string locale;
  Currency currency;
  bool prices_include_tax = false;
  OrderStatus status = OrderStatus::pending;
  OrderPaymentStatus payment_status = OrderPaymentStatus::unpaid;
  std::string fulfilment_status;
  std::vector<OrderLine> lines;
  std::vector<OrderShipping> shipping;
  Money items;
  Money shipping_net;
  Money discount;
  Money tax;
  Money total;
  Money paid;
  Contact contact;
  std::optional<Uuid> cart_id;
  std::int32_t cart_version = 0;
  std::string access_token;
  Instant created_at;
  std::optional<Instant> expires_at;
  std::optional<Instant> placed_at;
};

// An order of a cart or of an idempotency key that is already there.
struct ExistingOrder {
  OrderId id;
  std::int64_t number = 0;
  OrderStatus status = OrderStatus::pending;
  std::optional<Uuid> cart_id;
  std::int32_t cart_version = 0;
  std::string idempotency_key;
  std::string access_token;
  Money total;
};

class Orders {
 public:
  Orders(pg::Database& database, inventory::Inventory& inventory, payments::Payments& payments, const Clock& clock,
         Loop& settle_loop);

  // --- Steps of placing in batches; the caller (checkout's OrderIntake) owns the transaction.

  // Adds the statement that finds orders which live for these carts or have these idempotency keys.
  std::size_t add_find_existing(pg::Batch& batch, const std::vector<Uuid>& carts,
                                const std::vector<std::string>& idempotency_keys) const;
  static std::vector<ExistingOrder> existing_of(const pg::Rows& rows);
  // Adds the statements that write these pending orders with their lines, contacts and payments, and order.submitted.
  // Returns the position of the result whose rows are (id, number).
  std::size_t add_insert(pg::Batch& batch, const std::vector<NewOrder>& orders) const;

  // --- What becomes of a pending order.

  // Books what the provider said, and moves the orders: captured or authorized in full → placed (+ order.placed);
  // a payment for an order that is over is honoured if its units can still be had, else refunded (late money); a second
  // payment of an order is refunded; an amount or currency that does not match holds the order for staff.
  // Idempotent. Many callers are booked in one transaction.
  Task<void> settle(payments::PaymentReport report);
  Task<void> settle_all(std::vector<payments::PaymentReport> reports);

  // The shopper chose manual payment (transfer or invoice): the order is placed, its payment is authorized by the
  // seller's consent and captured by staff when the money is there. Batched.
  enum class AcceptRefusal { unknown_order, not_pending };
  Task<Result<void, AcceptRefusal>> accept_manual_payment(OrderId id);

  // Ends a pending order: closes every open payment at its provider first; if one turns out paid the order is placed
  // instead. Throws payments::ProviderUnavailable if the provider cannot be asked: the hold stays.
  enum class ReleaseReason { expired, canceled };
  enum class ReleaseOutcome { released, was_paid, not_pending };
  Task<ReleaseOutcome> release(OrderId id, ReleaseReason reason, std::string actor);
  // Releases pending orders whose time is over; a bounded sweep for the schedule. Returns how many ended.
  Task<int> expire_due(int limit);
  // Asks providers about pending payments older than a minute (lost webhooks), and carries out decided refunds.
  Task<int> poll_payments(int limit);

  // --- Reading.

  Task<std::optional<Order>> find(OrderId id);
  // By the token of the shopper's link; nothing for a wrong one.
  Task<std::optional<Order>> find_by_access_token(std::string token);
  Task<std::optional<ExistingOrder>> living_order_of_cart(Uuid cart_id);
  // What the shopper's page at the provider shows.
  payments::Purchase purchase_of(const Order& order, payments::PaymentId payment_id, std::string success_url,
                                 std::string cancel_url) const;

 private:
  pg::Database& database_;
  inventory::Inventory& inventory_;
  payments::Payments& payments_;
  const Clock& clock_;
};

}  // namespace osier::orders
