// A simulated world: the processes of one shop, its shoppers, its provider's account, and the
// weather.

#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "checkout/checkout.h"
#include "checkout/coupon_holds.h"
#include "platform/jobs/inbox.h"
#include "platform/jobs/outbox.h"
#include "platform/jobs/schedules.h"
#include "platform/telemetry/log.h"
#include "simulation/account.h"
#include "simulation/database_gate.h"
#include "simulation/fixture.h"

namespace osier::simulation {

// The stage's time, as the clock of one machine shows it.
class SkewedClock final : public Clock {
 public:
  SkewedClock(const Stage& stage, Duration skew) : stage_(stage), skew_(skew) {}
  Instant now() const override { return stage_.now() + skew_; }

 private:
  const Stage& stage_;
  Duration skew_;
};

class SimulatedRandom final : public Random {
 public:
  explicit SimulatedRandom(Dice& dice) : dice_(dice) {}
  void fill(std::span<unsigned char> bytes) override;

 private:
  Dice& dice_;
};

// Rules that a negative control breaks.
struct Broken {
  bool closes_only_in_words = false;  // The provider says "closed" and takes money all the same.
  bool refunds_again = false;         // The provider forgets its idempotency keys.
  bool skips_stock_lock = false;      // Stock is read without its lock, and no constraint holds it.
  bool books_twice = false;        // Payments are read without locks, and repeats are not refused.
  bool believes_webhooks = false;  // A webhook's body is taken for the truth.
  bool skips_coupon_lock = false;  // Coupons are read without their lock, and no constraint holds.
};

// What a shop's process is made of: the same parts as app's Shop, on the stage's loop, without
// HTTP.
struct ShopProcess {
  ShopProcess(Stage& stage, Traffic& traffic, Account& account, const Weather& weather,
              const Broken& broken, int process, Duration skew);

  const int process;
  bool is_alive = true;
  DatabaseGate gate;
  SkewedClock clock;
  SimulatedRandom random;
  telemetry::Log log;
  pg::Database database;
  inventory::Inventory inventory;
  catalog::Catalog catalog;
  fulfilment::Fulfilment fulfilment;
  SimulatedProvider stripe;
  payments::Payments payments;
  promotions::Promotions promotions;
  checkout::CouponHolds coupon_holds;
  orders::Orders orders;
  checkout::Checkout checkout;
  jobs::Outbox outbox;
  jobs::Inbox inbox;
  jobs::Schedules schedules;
};

// What a shopper was told, and holds the shop to.
struct Bought {
  orders::OrderId order;
  payments::PaymentId payment;
  std::string access_token;
  Money total;
  payments::Provider provider = payments::Provider::stripe;
  bool is_page_shown = false;  // The shopper can pay.
};

struct Shopper {
  int index = 0;
  std::string market;
  std::optional<checkout::CartToken> cart;
  std::vector<checkout::LineId> lines;
  std::optional<Money> seen_total;
  std::optional<std::string> idempotency_key;
  std::vector<Bought> bought;
};

struct Counts {
  std::int64_t steps = 0;
  std::int64_t orders = 0;
  std::int64_t placed = 0;
  std::int64_t payments = 0;
  std::int64_t refunds = 0;
  std::int64_t expired = 0;
  std::int64_t canceled = 0;
  std::int64_t late_money = 0;
  std::int64_t coupons = 0;        // Uses taken.
  std::int64_t staff_refunds = 0;  // Decided by staff, cancellations among them.
  std::int64_t refused_for_stock = 0;
  std::int64_t kills = 0;
  std::int64_t cuts = 0;
};

struct World {
  World(Stage& stage, Traffic& traffic, pg::BlockingConnection& observer, const Fixture& fixture,
        Broken broken);

  // A new process on the shared database, its catalogue loaded.
  ShopProcess& start_process();
  std::vector<ShopProcess*> living() const;

  Stage& stage;
  Traffic& traffic;
  pg::BlockingConnection& observer;
  const Fixture& fixture;
  const Broken broken;
  Weather weather;
  Account account;
  std::deque<Shopper> shoppers;
  std::vector<Ware> popular;          // What everybody wants.
  std::deque<ShopProcess> processes;  // Also the dead: what they left suspended refers to them.
  Counts counts;
};

}  // namespace osier::simulation
