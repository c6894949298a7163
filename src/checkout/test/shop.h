// A small shop on a fresh database, for tests of this room: two markets, a mug and a book, and a
// payment service provider that does what it is told.
//
//   test::in_shop(buy_the_last_mug);   // Task<void> buy_the_last_mug(test::Shop&)

#pragma once

#include <functional>
#include <map>
#include <string>

#include "checkout/checkout.h"
#include "checkout/coupon_holds.h"
#include "payments/provider.h"
#include "platform/telemetry/log.h"
#include "waiting_room/waiting_room.h"

namespace osier::checkout::test {

// Remembers what was opened; pays, declines or is away on request.
class FakeProvider final : public payments::PaymentProvider {
 public:
  Task<Result<Opened, payments::OpenRefusal>> open(payments::PaymentMethod method,
                                                   payments::Purchase purchase) override;
  Task<payments::PaymentReport> ask(payments::Payment payment) override;
  Task<payments::CloseOutcome> close(payments::Payment payment) override;
  Task<std::string> refund(payments::Payment payment, payments::RefundId refund_id,
                           Money amount) override;

  enum class Standing { unpaid, declined, paid, closed };
  std::map<payments::PaymentId, Standing> standings;
  std::map<payments::PaymentId, Money> amounts;
  bool is_away = false;
};

struct Shop {
  explicit Shop(pg::Database& database);

  pg::Database& database;
  SystemClock clock;
  SystemRandom random;
  telemetry::Log log;
  FakeProvider stripe;
  inventory::Inventory inventory;
  catalog::Catalog catalog;
  fulfilment::Fulfilment fulfilment;
  payments::Payments payments;
  promotions::Promotions promotions;
  CouponHolds coupon_holds;
  orders::Orders orders;
  Checkout checkout;
  waiting_room::WaitingRoom waiting;

  catalog::MarketId eu;                 // EUR, prices include tax; DE 19 % and 7 %, FR 20 %.
  catalog::MarketId us;                 // USD, tax is added; NJ 6.625 %.
  catalog::VariantId mug;               // 24.00 EUR, 26.00 USD; "MUG", 10 units.
  catalog::VariantId book;              // 12.35 EUR at 7 %, not sold in the US; 3 units.
  catalog::VariantId card;              // 100,000,000.00 EUR; 9,999 units.
  fulfilment::ShippingOptionId parcel;  // 4.90 EUR, free from 60.00; Germany and France.
  fulfilment::ShippingOptionId mail;    // 9.00 USD.

  // Fills the database and reads it.
  Task<void> set_up();
  // Sets what can be bought, and lets the catalogue know.
  Task<void> set_stock(std::string sku, std::int32_t on_hand);
  Task<void> set_price(catalog::VariantId variant, std::int64_t eur_minor);

  // A cart with that many mugs, an address in Germany, and a parcel.
  Task<Cart> ready_cart(std::int32_t mugs);
  Task<std::int64_t> count(std::string table);  // "orders.orders" …
};

orders::Contact some_contact();

// Runs the task with a shop of its own, and checks at the end that every invariant holds.
void in_shop(std::function<Task<void>(Shop&)> work);
// What `osier verify` would say of the rooms that take part.
Task<std::vector<std::string>> violations_of(pg::Database& database);

}  // namespace osier::checkout::test
