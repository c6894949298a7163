// What one process remembers of sessions, for at most a second. Internal to session.cc. Any thread.

#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

#include "identity/session.h"
#include "platform/postgres/listener.h"

namespace osier::identity {

class Sessions::Cache {
 public:
  static constexpr std::chrono::milliseconds lifetime{900};
  static constexpr std::size_t sessions_max = 16'384;  // One more, and all are forgotten.

  std::optional<Session> find(const std::string& token_hash);
  // Rises whenever something is forgotten by its id.
  std::uint64_t generation() const;
  // Not if something was forgotten since `generation` was read.
  void remember(const std::string& token_hash, const Session& session, std::uint64_t generation);
  // Of one that is remembered; its lifetime stays.
  void update(const std::string& token_hash, const Session& session);
  void forget(SessionId id);
  void forget_all();

  void listen(Loop& loop, std::string connection);
  void stop_listening() { listener_.reset(); }

 private:
  struct Entry {
    Session session;
    std::chrono::steady_clock::time_point until;
  };

  mutable std::mutex mutex_;
  std::unordered_map<std::string, Entry> entries_;
  std::uint64_t generation_ = 0;
  std::unique_ptr<pg::Listener> listener_;
};

}  // namespace osier::identity
