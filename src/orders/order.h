// What an order is: frozen copies of lines, prices, taxes, discounts and addresses.

#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "catalog/catalog.h"
#include "orders/address.h"
#include "orders/discount.h"
#include "payments/payments.h"
#include "platform/base/money.h"
#include "platform/base/strong.h"
#include "platform/base/time.h"
#include "platform/base/uuid.h"

namespace osier::orders {

using OrderId = Strong<struct OrderTag, Uuid>;
using LineId = Strong<struct OrderLineTag, Uuid>;

enum class OrderStatus { draft, pending, placed, completed, expired, canceled };
enum class OrderPaymentStatus {
  unpaid,
  pending,
  authorized,
  partially_paid,
  paid,
  overpaid,
  partially_refunded,
  refunded,
  voided,
  failed
};
enum class Channel { storefront, store_api, admin };

// The words in the database and on wires; the other way round nothing for an unknown word.
std::string_view to_string(OrderStatus);
std::string_view to_string(OrderPaymentStatus);
std::string_view to_string(Channel);
std::optional<OrderStatus> parse_order_status(std::string_view word);
std::optional<OrderPaymentStatus> parse_order_payment_status(std::string_view word);
std::optional<Channel> parse_channel(std::string_view word);

struct OrderLine {
  LineId id;
  catalog::VariantId variant_id;
  catalog::ProductId product_id;
  std::string sku;
  std::string title;
  std::string variant_title;
  std::string image_hash;  // May be empty.
  std::int32_t quantity = 0;
  std::int32_t canceled = 0;  // Units that were taken out again; of a new order none.
  Money unit_price;           // As the shopper saw it.
  Money net;                  // Before the discount.
  Money discount;             // Net: total = net − discount + tax.
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

// Where an order came from, as keyed hashes: its address range and its e-mail.
struct HoldOrigin {
  std::string address_hash;
  std::string email_hash;
};

// What pending orders of one origin hold, by hash.
struct HoldCount {
  std::int64_t orders = 0;
  std::int64_t units = 0;
};
using HoldCounts = std::unordered_map<std::string, HoldCount>;

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
  std::vector<OrderDiscount> discounts;
  Money items;  // Net, before discounts.
  Money shipping_net;
  Money discount;
  Money tax;
  Money total;
  Contact contact;
  std::optional<Uuid> cart_id;
  std::int32_t cart_version = 0;
  std::string idempotency_key;
  std::string access_token;  // Opens the order's page (access_token.h).
  Instant created_at;
  Instant expires_at;
  payments::NewPayment payment;
  std::optional<HoldOrigin> origin;  // Nothing: it is not counted.
};

std::int32_t units_of(const NewOrder& order);

struct Order {
  OrderId id;
  std::int64_t number = 0;
  std::string market_code;
  std::string region;
  std::string locale;
  Channel channel = Channel::storefront;
  Currency currency;
  bool prices_include_tax = false;
  OrderStatus status = OrderStatus::pending;
  OrderPaymentStatus payment_status = OrderPaymentStatus::unpaid;
  std::string fulfilment_status;
  std::vector<OrderLine> lines;
  std::vector<OrderShipping> shipping;
  std::vector<OrderDiscount> discounts;
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

struct OrderWithPayments {
  Order order;
  std::vector<payments::Payment> payments;  // The oldest first.
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

}  // namespace osier::orders
