#include "platform/jobs/nudge.h"

namespace osier::jobs {

void Nudge::wake() {
  const std::lock_guard lock(mutex_);
  is_woken_ = true;
  if (wakeup_) wakeup_->notify();
}

void Nudge::stop() {
  const std::lock_guard lock(mutex_);
  is_stopped_ = true;
  if (wakeup_) wakeup_->notify();
}

bool Nudge::is_stopped() const {
  const std::lock_guard lock(mutex_);
  return is_stopped_;
}

Wakeup& Nudge::wakeup() {
  if (!wakeup_) wakeup_ = std::make_unique<Wakeup>();
  return *wakeup_;
}

Task<void> Nudge::sleep(Duration limit) {
  Wakeup* wakeup = nullptr;
  {
    const std::lock_guard lock(mutex_);
    if (is_stopped_ || std::exchange(is_woken_, false)) co_return;
    wakeup = &this->wakeup();
  }
  // A notification of before is remembered by the wakeup, so none is lost between here and the
  // wait.
  co_await wakeup->wait_for(limit);
  const std::lock_guard lock(mutex_);
  is_woken_ = false;
}

}  // namespace osier::jobs
