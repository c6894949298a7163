// Who is let in when there is more to do than this process can: the more important first.
//
// Each class of requests has so many handlers under way at most. Who comes then waits in the
// class's bounded queue, but not for long: as long as a queue is emptied now and then (a burst),
// one may wait for wait_max; one that has not been empty for 100 ms is a standing queue, where
// waiting makes nobody faster, and those in it are turned away after the short standing_wait, the
// newest served first, so that who is served was served soon (CoDel as in "Fail at Scale", ACM
// Queue 2015). While a more important class has a standing queue, those below it keep a few of
// their places.
//
// Some work needs no waiting (a page rendered from memory) and never queues here: is_too_busy()
// tells whether to turn it away, by the queues and by how late the loops' timers are.

#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>

#include "platform/async/loop.h"

namespace osier::http {

// The most important first.
enum class Importance { webhook, pay, cart, browse };
inline constexpr std::size_t importances = 4;
std::string_view to_string(Importance importance);

class Admission {
 public:
  struct Limits {
    int under_way_max;
    int waiting_max;
    Duration wait_max;
    Duration standing_wait;
  };
  static std::array<Limits, importances> usual_limits();
  // Later than this, again and again, a loop has more to do than it can.
  static constexpr Duration lag_max = 25ms;

  explicit Admission(std::array<Limits, importances> limits);
  ~Admission();

  // A place; given back when it goes.
  class Permit {
   public:
    Permit(Admission& admission, Importance importance)
        : admission_(&admission), importance_(importance) {}
    Permit(Permit&& other) noexcept
        : admission_(std::exchange(other.admission_, nullptr)), importance_(other.importance_) {}
    Permit& operator=(Permit&&) = delete;
    ~Permit() {
      if (admission_ != nullptr) admission_->leave(importance_);
    }

   private:
    Admission* admission_;
    Importance importance_;
  };

  // On any loop; waits if it must. Nothing: turned away.
  Task<std::optional<Permit>> enter(Importance importance);

  // Whether enter() would turn it away at once: no place, and no room to wait.
  bool is_full(Importance importance) const;

  // Whether work that does not wait should be turned away.
  bool is_too_busy(Importance importance) const;

  // Measures the loop it runs on, the n-th of loops_max, until stop().
  static constexpr std::size_t loops_max = 256;
  Task<void> watch_loop(std::size_t n);
  void stop();

  struct Statistics {
    std::uint64_t admitted = 0;  // At once or after waiting.
    std::uint64_t queued = 0;    // Had to wait, whatever became of them.
    std::uint64_t shed = 0;      // Turned away.
    int under_way = 0;
    int waiting = 0;
  };
  Statistics statistics(Importance importance) const;
  // For work that was turned away after is_full() or is_too_busy().
  void count_shed(Importance importance);

 private:
  struct State;
  void leave(Importance importance);
  Task<void> sweep();

  std::unique_ptr<State> state_;
};

}  // namespace osier::http
