// Leaves a provider that is down alone for a while, so that shoppers get a quick answer and no work
// piles up (hardening 102).
//
// Closed: calls go through. After `failures_max` failures in a row it opens for `pause`; then one
// call tries, and its outcome closes or opens it again. Pure: the time is passed in. Used on one
// thread.

#pragma once

#include "platform/base/time.h"

namespace osier::payments {

class StripeBreaker {
 public:
  StripeBreaker(int failures_max, Duration pause) : failures_max_(failures_max), pause_(pause) {}

  // Whether a call may be made now. Who is let through tells how it went by succeeded() or
  // failed().
  bool lets_through(Instant now) {
    if (failures_ < failures_max_) return true;
    if (now < open_until_ || is_trying_) return false;
    is_trying_ = true;
    return true;
  }
  void succeeded() {
    failures_ = 0;
    is_trying_ = false;
  }
  void failed(Instant now) {
    ++failures_;
    is_trying_ = false;
    if (failures_ >= failures_max_) open_until_ = now + pause_;
  }

 private:
  int failures_max_;
  Duration pause_;
  int failures_ = 0;
  Instant open_until_{};
  bool is_trying_ = false;
};

}  // namespace osier::payments
