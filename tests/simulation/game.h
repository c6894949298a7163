// One game: a random shop from its first visitor until everything has settled.

#pragma once

#include "simulation/world.h"

namespace osier::simulation {

class Game {
 public:
  explicit Game(World& world);

  // Plays, lets everything settle, and checks. Throws Violation.
  void play();

 private:
  void choose_shop();
  void lead_to_the_broken_rule();
  void move();
  void open_a_gate();
  void begin_something();
  void begin_shopping(Shopper& shopper, ShopProcess& shop);
  void begin_shopping_with_cart(Shopper& shopper, ShopProcess& shop);
  void begin_after_order(Shopper& shopper, ShopProcess& shop);
  void begin_work(ShopProcess& shop);
  void begin_staff_work(ShopProcess& shop);
  void begin_restocking(ShopProcess& shop);
  std::vector<payments::PaymentId> shown_attempts(Attempt::Standing standing);
  void act_at_provider();
  void deliver_webhook();
  void turn_clock();
  void have_trouble();
  void kill(ShopProcess& shop);
  void cut();

  void settle();
  void begin_last_work(ShopProcess& shop);
  void finish_work();

  World& world_;
  Stage& stage_;
  Dice& dice_;

  // What this game is like: drawn once, so that games differ more than moves do.
  int moves_ = 0;
  int side_by_side_ = 0;
  int trouble_ = 0;  // In a thousand, of moves.
  int webhooks_lost_ = 0;
  int webhooks_repeated_ = 0;
  int forged_ = 0;
  int late_money_ = 0;
  int staff_share_ = 0;   // Of work, in a hundred.
  int worker_share_ = 0;  // Of what is begun, in a hundred.
  bool clock_jumps_ = false;
  int processes_ = 1;
};

}  // namespace osier::simulation
