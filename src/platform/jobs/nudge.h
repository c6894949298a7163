// Wakes a background task that sleeps between its rounds, and tells it to stop. From any thread,
// also before it runs. Internal to platform/jobs.

#pragma once

#include <memory>
#include <mutex>

#include "platform/async/loop.h"

namespace osier::jobs {

class Nudge {
 public:
  void wake();
  void stop();
  bool is_stopped() const;

  // Sleeps until wake(), stop() or `limit`. One sleeper, always on the same loop.
  Task<void> sleep(Duration limit);

 private:
  Wakeup& wakeup();

  mutable std::mutex mutex_;
  std::unique_ptr<Wakeup> wakeup_;  // Made by the sleeper: it belongs to that loop.
  bool is_woken_ = false;
  bool is_stopped_ = false;
};

}  // namespace osier::jobs
