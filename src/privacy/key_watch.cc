#include "privacy/key_watch.h"

#include "platform/postgres/listener.h"

namespace osier::privacy {

Task<bool> KeyWatch::load() {
  try {
    co_await vault_.load(database_);
    co_return true;
  } catch (const std::exception& problem) {
    log_.warning("the vault's keys could not be read", {{"reason", problem.what()}});
    co_return false;
  }
}

Task<void> KeyWatch::run(std::string connection) {
  constexpr Duration look_again = 60s;  // News of a lost connection are told at its return.
  constexpr Duration try_again = 3s;
  Wakeup wakeup;
  {
    const std::lock_guard lock(wakeup_mutex_);
    wakeup_ = &wakeup;
  }
  {
    const auto hear = [this] { wake(); };
    const pg::Listener listener(
        Loop::current(), std::move(connection), {"privacy_keys"},
        {.notified = [hear](std::string, std::string) { hear(); }, .connected = hear});
    while (!is_stopped_) {
      const bool is_current = co_await load();
      (void)co_await wakeup.wait_for(is_current ? look_again : try_again);
    }
  }
  const std::lock_guard lock(wakeup_mutex_);
  wakeup_ = nullptr;
}

void KeyWatch::stop() {
  is_stopped_ = true;
  wake();
}

void KeyWatch::wake() {
  const std::lock_guard lock(wakeup_mutex_);
  if (wakeup_ != nullptr) wakeup_->notify();
}

}  // namespace osier::privacy
