#include "identity/session_cache.h"

namespace osier::identity {

std::optional<Session> Sessions::Cache::find(const std::string& token_hash) {
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(token_hash);
  if (found == entries_.end()) return std::nullopt;
  if (found->second.until > std::chrono::steady_clock::now()) return found->second.session;
  entries_.erase(found);
  return std::nullopt;
}

std::uint64_t Sessions::Cache::generation() const {
  const std::lock_guard lock(mutex_);
  return generation_;
}

void Sessions::Cache::remember(const std::string& token_hash, const Session& session,
                               std::uint64_t generation) {
  const std::lock_guard lock(mutex_);
  if (generation != generation_) return;
  if (entries_.size() >= sessions_max) entries_.clear();
  entries_.insert_or_assign(token_hash,
                            Entry{session, std::chrono::steady_clock::now() + lifetime});
}

void Sessions::Cache::update(const std::string& token_hash, const Session& session) {
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(token_hash);
  if (found != entries_.end()) found->second.session = session;
}

void Sessions::Cache::forget(SessionId id) {
  const std::lock_guard lock(mutex_);
  ++generation_;
  std::erase_if(entries_, [&](const auto& entry) { return entry.second.session.id == id; });
}

void Sessions::Cache::forget_all() {
  const std::lock_guard lock(mutex_);
  ++generation_;
  entries_.clear();
}

void Sessions::Cache::listen(Loop& loop, std::string connection) {
  listener_ = std::make_unique<pg::Listener>(
      loop, std::move(connection), std::vector<std::string>{"identity_sessions"},
      pg::Listener::Handlers{.notified =
                                 [this](std::string, std::string id) {
                                   if (const auto uuid = Uuid::parse(id)) forget(SessionId{*uuid});
                                 },
                             .connected = [this] { forget_all(); }});
}

}  // namespace osier::identity
