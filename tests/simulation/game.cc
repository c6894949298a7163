#include "simulation/game.h"

#include <fmt/format.h>

#include <algorithm>

#include "simulation/checks.h"
#include "simulation/shopping.h"
#include "simulation/staff.h"

namespace osier::simulation {

Game::Game(World& world) : world_(world), stage_(world.stage), dice_(world.stage.dice()) {}

void Game::choose_shop() {
  moves_ = dice_.between(300, 1'500);
  side_by_side_ = dice_.between(2, 12);
  trouble_ = dice_.below(3) == 0 ? 0 : dice_.between(5, 60);
  webhooks_lost_ = dice_.below(3) == 0 ? 0 : dice_.between(10, 600);
  webhooks_repeated_ = dice_.between(0, 300);
  forged_ = dice_.below(2) == 0 ? 0 : dice_.between(50, 400);
  worker_share_ = dice_.between(5, 45);
  staff_share_ = dice_.between(5, 50);
  clock_jumps_ = dice_.below(2) == 0;
  processes_ = dice_.below(3) == 0 ? 1 : 2;
  late_money_ = dice_.below(3) == 0 ? dice_.between(20, 300) : 0;
  const bool has_weather = dice_.below(3) != 0;
  world_.weather.request_lost = has_weather ? dice_.between(0, 200) : 0;
  world_.weather.answer_lost = has_weather ? dice_.between(0, 200) : 0;
  world_.weather.refund_refused = has_weather ? dice_.between(0, 300) : 0;
  lead_to_the_broken_rule();
  for (std::size_t i = dice_.below(4) + 1; i > 0; --i)
    world_.popular.push_back(dice_.pick(world_.fixture.wares));
  if (world_.broken.skips_stock_lock) world_.popular.resize(1);
  // Orders that share no ware wait for each other at the coupon alone.
  if (world_.broken.skips_coupon_lock) world_.popular = world_.fixture.wares;
  const int shoppers = dice_.between(3, 12);
  for (int i = 0; i < shoppers; ++i) {
    Shopper& shopper = world_.shoppers.emplace_back();
    shopper.index = i;
    shopper.market = dice_.below(4) == 0 ? "us" : "eu";
  }
}

// A rule that is broken shows only where it is needed.
void Game::lead_to_the_broken_rule() {
  const Broken& broken = world_.broken;
  if (broken.refunds_again) {
    late_money_ = 700;
    world_.weather.answer_lost = 300;
  }
  if (broken.skips_stock_lock || broken.books_twice) {
    processes_ = 2;
    side_by_side_ = 12;
    world_.weather = {};
  }
  if (broken.skips_stock_lock) worker_share_ = 30;
  if (broken.books_twice) worker_share_ = 50;
  if (broken.believes_webhooks) forged_ = 500;
  if (broken.skips_coupon_lock) {
    worker_share_ = 5;
    processes_ = 2;
    side_by_side_ = 12;
    world_.weather = {};
  }
}

void Game::play() {
  choose_shop();
  for (int i = 0; i < processes_; ++i) world_.start_process();
  for (int i = 0; i < moves_; ++i) {
    move();
    stage_.check();
    if (dice_.below(40) == 0) check_moment(world_);
  }
  settle();
  stage_.check();
  check_everything(world_);
}

// Mostly, what has begun goes on; so that little ends before something else has happened.
void Game::move() {
  const std::size_t held = stage_.held().size();
  if (held > 0 && dice_.below(100) < 80) return open_a_gate();
  const auto kind = dice_.below(100);
  if (kind < 25) return act_at_provider();
  if (kind < 45) return deliver_webhook();
  if (kind < 50) return turn_clock();
  if (dice_.per_mille(trouble_)) return have_trouble();
  if (static_cast<int>(stage_.running().size()) < side_by_side_) return begin_something();
  if (held > 0) open_a_gate();
}

// A shopper who pays at the very moment at which the shop asks or closes.
void Game::open_a_gate() {
  std::size_t index = dice_.below(stage_.held().size());
  // What was read without a lock has time to become untrue.
  const auto is_write = [&] { return stage_.held()[index].label.starts_with("inventory.commit"); };
  const bool is_unlocked = world_.broken.skips_stock_lock || world_.broken.skips_coupon_lock;
  for (int i = 0; is_unlocked && is_write() && i < 3; ++i)
    index = dice_.below(stage_.held().size());
  const std::string& label = stage_.held()[index].label;
  const bool is_the_moment =
      label.starts_with("provider: close") || label.starts_with("provider: ask");
  if (is_the_moment && dice_.below(4) == 0) act_at_provider();
  stage_.open(index);
}

void Game::begin_something() {
  const auto living = world_.living();
  ShopProcess& shop = *living[dice_.below(living.size())];
  const bool is_work = static_cast<int>(dice_.below(100)) < worker_share_;
  if (is_work && world_.broken.skips_stock_lock) return begin_restocking(shop);
  if (is_work) return begin_work(shop);
  begin_shopping(dice_.pick(world_.shoppers), shop);
}

void Game::begin_shopping(Shopper& shopper, ShopProcess& shop) {
  constexpr int tabs = 2;
  if (stage_.running_of(shopper.index) >= tabs) return;
  const auto kind = dice_.below(10);
  if (!shopper.bought.empty() && kind < 3) return begin_after_order(shopper, shop);
  if (shopper.cart && kind < 9) return begin_shopping_with_cart(shopper, shop);
  stage_.start(shop.process, shopper.index, fmt::format("shopper {} fills a cart", shopper.index),
               fill_cart(world_, shop, shopper));
}

void Game::begin_shopping_with_cart(Shopper& shopper, ShopProcess& shop) {
  const int who = shopper.index;
  const auto start = [&](std::string what, Task<void> work) {
    stage_.start(shop.process, who, fmt::format("shopper {} {}", who, what), std::move(work));
  };
  switch (dice_.below(8)) {
    case 0:
      return start("changes the cart", change_cart(world_, shop, shopper));
    case 1:
      return start("looks at the cart", look_at_cart(world_, shop, shopper));
    case 2:
    case 3:
    case 4:
      return start("orders on the storefront", order_on_storefront(world_, shop, shopper));
    case 5:
    case 6:
      return start("opens a payment session", open_payment_session(world_, shop, shopper));
    default:
      return start("completes the cart", complete_cart(world_, shop, shopper));
  }
}

void Game::begin_after_order(Shopper& shopper, ShopProcess& shop) {
  const int who = shopper.index;
  const Bought bought = dice_.pick(shopper.bought);
  const auto start = [&](std::string what, Task<void> work) {
    stage_.start(shop.process, who,
                 fmt::format("shopper {} {} {}", who, what, short_id(bought.order.value())),
                 std::move(work));
  };
  switch (dice_.below(4)) {
    case 0:
      return start("cancels", cancel_order(world_, shop, bought));
    case 1:
      return start("looks at", look_at_order(world_, shop, bought));
    default:
      return start("pays again for", pay_again(world_, shop, bought, shopper));
  }
}

namespace {

Task<void> run_outbox(ShopProcess& shop) { (void)co_await shop.outbox.run_once(); }
Task<void> run_inbox(ShopProcess& shop) { (void)co_await shop.inbox.run_once(); }
Task<void> run_schedule(ShopProcess& shop, std::string name) {
  co_await shop.schedules.run_now(std::move(name));
}
Task<void> refresh(ShopProcess& shop) { co_await shop.catalog.refresh(); }
Task<void> abandon(ShopProcess& shop) { (void)co_await shop.checkout.abandon_idle_carts(100); }

}  // namespace

// New units again and again, and everybody knows of them: a rush each time.
void Game::begin_restocking(ShopProcess& shop) {
  if (dice_.below(2) == 0) {
    stage_.start(shop.process, -1, "staff counts", count_stock(world_, shop));
  } else {
    stage_.start(shop.process, -1, "catalogue", refresh(shop));
  }
}

void Game::begin_work(ShopProcess& shop) {
  const auto start = [&](std::string what, Task<void> work) {
    stage_.start(shop.process, -1, std::move(what), std::move(work));
  };
  if (static_cast<int>(dice_.below(100)) < staff_share_) return begin_staff_work(shop);
  switch (dice_.below(12)) {
    case 11:
      return start("card testing is stopped", stop_card_testing(world_, shop));
    case 0:
    case 1:
      return start("outbox", run_outbox(shop));
    case 2:
    case 3:
    case 4:
      return start("inbox", run_inbox(shop));
    case 5:
    case 6:
      return start("expiry", run_schedule(shop, orders::expiry_schedule));
    case 7:
    case 8:
      return start("poll", run_schedule(shop, orders::payment_schedule));
    case 9:
      if (dice_.below(8) == 0) return start("carts are abandoned", abandon(shop));
      [[fallthrough]];
    default:
      return start("catalogue", refresh(shop));
  }
}

void Game::begin_staff_work(ShopProcess& shop) {
  const auto start = [&](std::string what, Task<void> work) {
    stage_.start(shop.process, -1, "staff " + std::move(what), std::move(work));
  };
  const Shopper& shopper = dice_.pick(world_.shoppers);
  const auto kind = dice_.below(shopper.bought.empty() ? 6 : 14);
  if (kind < 3) return start("counts", count_stock(world_, shop));
  if (kind == 3) return start("changes a price", change_price(world_, shop));
  if (kind == 4) return start("publishes", publish_or_archive(world_, shop));
  if (kind == 5) {
    if (dice_.below(4) == 0) return start("ends a coupon", end_coupon(world_, shop));
    return start("counts", count_stock(world_, shop));
  }
  const Bought bought = dice_.pick(shopper.bought);
  const std::string name = short_id(bought.order.value());
  if (kind < 10) return start("refunds " + name, refund_order(world_, shop, bought));
  if (kind < 12) return start("cancels " + name, cancel_placed_order(world_, shop, bought));
  return start("notes a transfer for " + name, note_transfer(world_, shop, bought));
}

std::vector<payments::PaymentId> Game::shown_attempts(Attempt::Standing standing) {
  std::vector<payments::PaymentId> pages;
  for (const Shopper& shopper : world_.shoppers) {
    for (const Bought& bought : shopper.bought) {
      const Attempt* attempt = world_.account.find(bought.payment);
      const bool is_one =
          bought.is_page_shown && attempt != nullptr && attempt->standing == standing;
      if (is_one) pages.push_back(bought.payment);
    }
  }
  return pages;
}

void Game::act_at_provider() {
  const auto slow = world_.account.in_processing();
  if (!slow.empty() && dice_.below(2) == 0) {
    const auto id = dice_.pick(slow);
    const bool is_good = dice_.below(2) == 0;
    stage_.note(fmt::format("a slow payment ends {}: {}", is_good ? "well" : "badly",
                            short_id(id.value())));
    return world_.account.finish(id, is_good);
  }
  const bool is_late = dice_.per_mille(late_money_);
  const auto pages = shown_attempts(is_late ? Attempt::Standing::closed : Attempt::Standing::open);
  if (pages.empty()) return;
  if (is_late) {
    const auto id = dice_.pick(pages);
    stage_.note("paid after its end: " + short_id(id.value()));
    return world_.account.pay_late(id);
  }
  const auto id = dice_.pick(pages);
  const auto kind = dice_.below(10);
  if (kind < 3) {
    stage_.note("declined: " + short_id(id.value()));
    world_.account.decline(id);
  } else {
    stage_.note("paid: " + short_id(id.value()));
    world_.account.pay(id, kind == 3);
  }
}

// The network takes a message, brings it twice, or one that nobody at the provider has sent.
void Game::deliver_webhook() {
  auto& webhooks = world_.account.webhooks;
  if (dice_.per_mille(forged_)) {
    const auto& attempts = world_.account.attempts();
    std::string object_id = fmt::format("pi_{}", dice_.below(1'000'000));
    if (!attempts.empty() && dice_.below(3) != 0) {
      auto one = attempts.begin();
      std::advance(one, static_cast<std::ptrdiff_t>(dice_.below(attempts.size())));
      object_id = one->second.session_id.empty() ? one->second.intent_id : one->second.session_id;
    }
    world_.account.forge(object_id);
  }
  if (webhooks.empty()) return;
  const std::size_t index = dice_.below(webhooks.size());
  const Webhook webhook = webhooks[index];
  if (!dice_.per_mille(webhooks_repeated_))
    webhooks.erase(webhooks.begin() + static_cast<std::ptrdiff_t>(index));
  if (webhook.can_be_lost && dice_.per_mille(webhooks_lost_)) {
    std::erase_if(webhooks,
                  [&](const Webhook& one) { return one.event.event_id == webhook.event.event_id; });
    return stage_.note("a webhook is lost: " + webhook.event.event_id);
  }
  const auto living = world_.living();
  ShopProcess& shop = *living[dice_.below(living.size())];
  stage_.start(shop.process, -1, "webhook " + webhook.event.event_id + " " + webhook.event.type,
               take_in_webhook(world_, shop, webhook));
}

void Game::turn_clock() {
  const auto kind = dice_.below(20);
  Duration by = std::chrono::milliseconds(dice_.between(1, 20'000));
  if (kind >= 12) by = std::chrono::seconds(dice_.between(20, 900));
  if (clock_jumps_ && kind == 18) by = std::chrono::hours(dice_.between(1, 80));
  if (clock_jumps_ && kind == 19) by = -std::chrono::seconds(dice_.between(1, 60));
  stage_.note(fmt::format("the clock moves by {} s", by.count() / 1'000'000));
  stage_.advance(by);
  world_.account.end_overdue();
}

void Game::have_trouble() {
  const auto living = world_.living();
  const auto kind = dice_.below(4);
  if (kind == 0) return kill(*living[dice_.below(living.size())]);
  if (kind == 1) {
    world_.weather.is_away = !world_.weather.is_away;
    return stage_.note(world_.weather.is_away ? "the provider is away" : "the provider is back");
  }
  cut();
}

void Game::cut() {
  if (stage_.held().empty()) return;
  const Held& held = stage_.held()[dice_.below(stage_.held().size())];
  const auto when = dice_.below(2) == 0 ? DatabaseGate::Cut::before : DatabaseGate::Cut::after;
  for (ShopProcess* shop : world_.living()) {
    if (shop->process != held.process) continue;
    const std::string label = held.label;
    if (!shop->gate.cut(held.id, when)) return;
    ++world_.counts.cuts;
    return stage_.note(fmt::format("p{} loses its connection {} {}", shop->process,
                                   when == DatabaseGate::Cut::before ? "before" : "after", label));
  }
}

// Half of the time right after something has been done that nobody will learn of.
void Game::kill(ShopProcess& shop) {
  ++world_.counts.kills;
  stage_.note(fmt::format("p{} is killed", shop.process));
  std::uint64_t last_sent = 0;
  for (const Held& held : stage_.held()) {
    if (held.process == shop.process && dice_.below(2) == 0) last_sent = held.id;
  }
  shop.is_alive = false;
  shop.gate.kill(last_sent);
  stage_.drop(shop.process);
  world_.start_process();
}

// --- The end

// All weather is over, and everybody does what is theirs until there is nothing left to do.
void Game::settle() {
  stage_.note("the game is over; everything settles");
  world_.weather = {};
  if (world_.broken.refunds_again) world_.weather.answer_lost = 300;
  finish_work();
  for (const auto& id : world_.account.in_processing())
    world_.account.finish(id, dice_.below(2) == 0);
  stage_.advance(2h);
  world_.account.end_overdue();
  constexpr int rounds_max = 40;
  for (int round = 0; round < rounds_max; ++round) {
    auto& shop = *world_.living().front();
    while (!world_.account.webhooks.empty()) {
      const Webhook webhook = world_.account.webhooks.front();
      world_.account.webhooks.pop_front();
      stage_.start(shop.process, -1, "webhook", take_in_webhook(world_, shop, webhook));
      finish_work();
    }
    begin_last_work(shop);
    if (is_settled(world_)) return;
    stage_.advance(13min);
    world_.account.end_overdue();
  }
  throw Violation("not everything settles: " + what_is_open(world_));
}

void Game::begin_last_work(ShopProcess& shop) {
  const auto run = [&](std::string what, Task<void> work) {
    stage_.start(shop.process, -1, std::move(what), std::move(work));
    finish_work();
  };
  run("inbox", run_inbox(shop));
  run("poll", run_schedule(shop, orders::payment_schedule));
  for (const WaitingRefund& refund : refunds_for_people(world_))
    run("staff sends money back", send_back_by_hand(world_, shop, refund));
  run("expiry", run_schedule(shop, orders::expiry_schedule));
  run("outbox", run_outbox(shop));
}

void Game::finish_work() {
  for (int i = 0; !stage_.running().empty(); ++i) {
    if (stage_.held().empty()) throw Violation("work hangs: " + stage_.running().front().label);
    if (i > 20'000) throw Violation("work goes round: " + stage_.running().front().label);
    stage_.open(dice_.below(stage_.held().size()));
    stage_.check();
  }
}

}  // namespace osier::simulation
