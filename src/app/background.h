// What happens without anybody asking: the snapshot kept current, outbox, inbox and schedules.

#pragma once

#include "app/shop.h"
#include "catalog/storefront.h"
#include "platform/async/loop.h"
#include "platform/postgres/listener.h"

namespace osier::app {

class Background {
 public:
  Background(Shop& shop, const catalog::Storefront& storefront);

  // Starts on the shop's background loop: the snapshot in every process, the rest where the role is
  // worker.
  void start();
  // Tells all to stop and waits for work under way.
  void stop();

 private:
  void connect_listeners();
  void add_schedules();
  Task<void> start_all();
  Task<void> stop_all();

  Shop& shop_;
  const catalog::Storefront& storefront_;
  std::unique_ptr<TaskGroup> tasks_;  // Both live on the background loop.
  std::unique_ptr<pg::Listener> nudges_;
};

}  // namespace osier::app
