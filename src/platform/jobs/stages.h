// How long the stages of batched work take, told to whoever watches.
//
//   StageTimer timer(watch);
//   … lock …;  timer.ends("lock");
//   … decide …;  timer.ends("decide");

#pragma once

#include <chrono>
#include <functional>
#include <string_view>
#include <utility>

#include "platform/base/time.h"

namespace osier::jobs {

// Called from the loop that does the work, once for each stage of each batch; "queue" once for each
// request. Must be quick. Empty: nobody watches, and no clock is read.
using StageWatch = std::function<void(std::string_view stage, Duration took)>;

// `watch` outlives the timer.
class StageTimer {
 public:
  explicit StageTimer(const StageWatch& watch) : watch_(watch) {
    if (watch_) began_ = std::chrono::steady_clock::now();
  }

  // Tells how long it has been since the last stage's end, or since this was made.
  void ends(std::string_view stage) {
    if (!watch_) return;
    const auto now = std::chrono::steady_clock::now();
    watch_(stage, std::chrono::duration_cast<Duration>(now - std::exchange(began_, now)));
  }

 private:
  const StageWatch& watch_;
  std::chrono::steady_clock::time_point began_;
};

}  // namespace osier::jobs
