// Keeps a process's keys current: when another has made a wrapping key or retired one, this one
// learns of it in a moment.

#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <string>

#include "platform/async/loop.h"
#include "platform/telemetry/log.h"
#include "privacy/vault.h"

namespace osier::privacy {

class KeyWatch {
 public:
  // All outlive the watch.
  KeyWatch(Vault& vault, pg::Database& database, telemetry::Log& log)
      : vault_(vault), database_(database), log_(log) {}

  // On the current loop until stop(). A key that cannot be had now is tried again; meanwhile what
  // it wrapped is answered with KeysBehind.
  Task<void> run(std::string connection);
  void stop();

 private:
  Task<bool> load();
  void wake();

  Vault& vault_;
  pg::Database& database_;
  telemetry::Log& log_;
  std::atomic<bool> is_stopped_ = false;
  std::mutex wakeup_mutex_;
  Wakeup* wakeup_ = nullptr;  // Of the loop that run() is on.
};

}  // namespace osier::privacy
