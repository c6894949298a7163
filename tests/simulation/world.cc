#include "simulation/world.h"

#include "app/stripe_events.h"

namespace osier::simulation {

namespace {

// Nothing here ends by the real clock: a gate may stay shut as long as the game likes.
pg::DatabaseOptions patient(const std::string& connection) {
  pg::DatabaseOptions options;
  options.connection = connection;
  options.connections_per_loop = 3;
  options.acquire_timeout = 10min;
  options.connect_timeout = 10min;
  options.statement_timeout = 10min;
  options.lock_timeout = 10min;
  return options;
}

// Where stock is to be oversold, nobody is kept from trying.
checkout::HoldCaps hold_caps(const Broken& broken) {
  if (broken.skips_stock_lock) return {};
  return {.orders_max = 4, .units_max = 14};
}

Task<void> complete_carts(ShopProcess& shop, std::vector<jobs::Event> events) {
  std::vector<orders::OrderId> placed;
  for (const jobs::Event& event : events) placed.emplace_back(event.aggregate_id);
  co_await shop.checkout.complete_carts_of(std::move(placed));
}

// A listener that calls the outside, as the mailer does.
Task<void> send_mail(Stage& stage, int process, int failures, jobs::Event event) {
  Gate gate{stage, process, "mail about " + short_id(event.aggregate_id)};
  co_await gate;
  if (stage.dice().per_mille(failures)) throw std::runtime_error("the mail server is away");
}

// The negative control: whoever can post a webhook decides what is paid.
Task<void> believe(ShopProcess& shop, std::vector<jobs::InboxEvent> events) {
  std::vector<payments::PaymentReport> reports;
  for (const auto& event : events) {
    const auto payment = co_await shop.payments.find_by_provider_id(event.object_id);
    if (!payment || event.type != "payment_intent.succeeded") continue;
    reports.push_back({.payment_id = payment->id,
                       .status = payments::PaymentStatus::captured,
                       .authorized = payment->amount,
                       .captured = payment->amount,
                       .refunded = payment->refunded,
                       .provider_payment_id = event.object_id,
                       .capture_reference = "ch_" + payment->id.value().to_hex(),
                       .refunds = {},
                       .failure_reason = {}});
  }
  co_await shop.orders.settle_all(std::move(reports));
}

void connect(ShopProcess& shop, Stage& stage, const Weather& weather, const Broken& broken) {
  shop.outbox.listen_in_groups(
      "order.placed", "complete_cart",
      [&shop](std::vector<jobs::Event> events) { return complete_carts(shop, std::move(events)); });
  shop.outbox.listen(
      "order.placed", "confirmation_mail", [&stage, &shop, &weather](jobs::Event event) {
        return send_mail(stage, shop.process, weather.request_lost, std::move(event));
      });
  shop.inbox.handle("stripe", [&shop, &broken](std::vector<jobs::InboxEvent> events) {
    if (broken.believes_webhooks) return believe(shop, std::move(events));
    return app::settle_stripe_events(shop.payments, shop.orders, std::move(events));
  });
  orders::add_schedules(shop.schedules, shop.orders);
}

Task<void> load(ShopProcess& shop) {
  co_await shop.catalog.load();
  co_await shop.fulfilment.load();
  co_await shop.checkout.load();
}

}  // namespace

void SimulatedRandom::fill(std::span<unsigned char> bytes) {
  for (unsigned char& byte : bytes) byte = static_cast<unsigned char>(dice_.next());
}

ShopProcess::ShopProcess(Stage& stage, Traffic& traffic, Account& account, const Weather& weather,
                         const Broken& broken, int number, Duration skew)
    : process(number),
      gate(traffic, number),
      clock(stage, skew),
      random(stage.dice()),
      log(telemetry::Level::error, telemetry::Format::text, clock, [](std::string_view) {}),
      database(patient(gate.connection()), {&stage.loop()}),
      inventory(database),
      catalog(database, inventory, clock, log),
      fulfilment(database),
      stripe(stage, account, weather, number),
      payments(database, clock, &stripe),
      promotions(database, clock),
      coupon_holds(promotions),
      orders(database, inventory, payments, clock, stage.loop(), &coupon_holds),
      checkout(database, catalog, inventory, promotions, payments, orders, fulfilment, clock,
               random, stage.loop(), {.hold_caps = hold_caps(broken)}),
      outbox(database, log),
      inbox(database, log, stage.loop()),
      schedules(database, log) {
  connect(*this, stage, weather, broken);
}

World::World(Stage& on, Traffic& its_traffic, pg::BlockingConnection& its_observer,
             const Fixture& its_fixture, Broken its_broken)
    : stage(on),
      traffic(its_traffic),
      observer(its_observer),
      fixture(its_fixture),
      broken(its_broken),
      account(on) {
  account.closes_only_in_words = broken.closes_only_in_words;
  account.refunds_again = broken.refunds_again;
}

std::vector<ShopProcess*> World::living() const {
  std::vector<ShopProcess*> all;
  for (const auto& one : processes) {
    if (one.is_alive) all.push_back(const_cast<ShopProcess*>(&one));
  }
  return all;
}

// Its own gates are opened until it has read its catalogue: nobody can come to a process before.
ShopProcess& World::start_process() {
  const int number = static_cast<int>(processes.size()) + 1;
  const Duration skew = std::chrono::milliseconds(stage.dice().between(-2'000, 2'000));
  ShopProcess& shop =
      processes.emplace_back(stage, traffic, account, weather, broken, number, skew);
  stage.start(number, -1, "the process starts", load(shop));
  while (!stage.held().empty()) {
    std::size_t own = 0;
    while (own < stage.held().size() && stage.held()[own].process != number) ++own;
    if (own == stage.held().size()) break;
    stage.open(own);
  }
  return shop;
}

}  // namespace osier::simulation
