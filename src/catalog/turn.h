// One at a time: work that waits for the database and must not overlap itself, from any loop.

#pragma once

#include <deque>
#include <mutex>

#include "platform/async/loop.h"

namespace osier::catalog {

class Turn {
 public:
  // Holds the turn until its end.
  class Held {
   public:
    explicit Held(Turn& turn) : turn_(&turn) {}
    Held(Held&& other) noexcept : turn_(std::exchange(other.turn_, nullptr)) {}
    Held& operator=(Held&&) = delete;
    ~Held() {
      if (turn_ != nullptr) turn_->release();
    }

   private:
    Turn* turn_;
  };

  // Waits until nobody holds the turn; first come, first served.
  Task<Held> take() {
    OneShot<bool> given;
    if (!try_take(given)) co_await given.get();
    co_return Held(*this);
  }

 private:
  bool try_take(const OneShot<bool>& given) {
    const std::lock_guard lock(mutex_);
    if (!is_taken_) return is_taken_ = true;
    waiting_.push_back(given);
    return false;
  }

  void release() {
    const std::lock_guard lock(mutex_);
    if (waiting_.empty()) {
      is_taken_ = false;
    } else {
      waiting_.front().set(true);
      waiting_.pop_front();
    }
  }

  std::mutex mutex_;
  bool is_taken_ = false;
  std::deque<OneShot<bool>> waiting_;
};

}  // namespace osier::catalog
