// A small shop for tests of orders: stock, a provider in memory, and orders placed as checkout does
// it.

#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "orders/orders.h"
#include "payments/test/fake_provider.h"
#include "platform/jobs/invariants.h"
#include "platform/postgres/test/database.h"
#include "platform/postgres/test/violations.h"

namespace osier::orders::test {

inline constexpr Currency eur = Currency::of("EUR");
inline constexpr Instant noon{std::chrono::microseconds{1'795'348'800'000'000}};

inline Money euros(std::int64_t minor) { return Money::minor(minor, eur); }

// The provider's in-memory account lives in the test; orders settle on the test's own loop.
struct Shop {
  explicit Shop(pg::Database& database_of_test) : database(database_of_test) {}

  pg::Database& database;
  SystemClock clock;
  payments::test::FakeProvider stripe;
  inventory::Inventory inventory{database};
  payments::Payments payments{database, clock, &stripe};
  Orders orders{database, inventory, payments, clock, Loop::current(), nullptr};
  catalog::VariantId mug{Uuid::v7(noon)};
};

// One variant with so many units.
Task<void> stock_up(Shop& shop, std::int32_t units);

struct Wish {
  std::int32_t quantity = 1;
  payments::Provider provider = payments::Provider::stripe;
  std::optional<Uuid> cart_id = std::nullopt;
};
// An order of mugs at 10.00 each with delivery at 5.00, as checkout freezes it.
NewOrder order_of(Shop& shop, Wish wish);
// Places it in a batch of one; its units must be there.
Task<NewOrder> place(Shop& shop, Wish wish);
// And opens its payment at the provider.
Task<NewOrder> place_and_open(Shop& shop, Wish wish);

Task<Order> get(Shop& shop, OrderId id);
Task<inventory::StockLevel> mugs(Shop& shop);
// How many events of the topic there are for the order.
Task<int> count_events(Shop& shop, OrderId id, std::string topic);
// Makes its time be over.
Task<void> let_expire(Shop& shop, OrderId id);
// Of all rooms that orders stand on.
Task<std::vector<std::string>> violations(Shop& shop);
Task<void> expect_no_violation(Shop& shop);

}  // namespace osier::orders::test
