// The one place where customers are let in, whichever way they have proved who they are: their
// session, the device that it is on, and what listens to it.

#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "identity/session.h"
#include "identity/sign_in_listener.h"
#include "privacy/vault.h"

namespace osier::identity {

class CustomerEntrance {
 public:
  // All outlive it; no listener: null.
  CustomerEntrance(Sessions& sessions, const privacy::Vault& vault, SignInListener* listener)
      : sessions_(sessions), vault_(vault), listener_(listener) {}

  // A new session; `former`, the one that the browser had, ends. Counts when the caller commits.
  Task<OpenedSession> let_in(pg::Transaction& transaction, CustomerId customer, SessionStage stage,
                             std::vector<std::string> methods, std::optional<SessionId> former,
                             http::Request request);
  // Proved once more; see Sessions::prove_again. One that was pending is let in by this.
  Task<std::optional<OpenedSession>> prove_again(pg::Transaction& transaction, Session session,
                                                 std::string method, http::Request request);

  // "Firefox, Linux" of each session that is known. Throws pg::Error.
  Task<std::map<SessionId, std::string>> devices_of(pg::Database& database,
                                                    CustomerId customer) const;

 private:
  Task<void> note_device(pg::Transaction& transaction, CustomerId customer, SessionId session,
                         http::Request request);

  Sessions& sessions_;
  const privacy::Vault& vault_;
  SignInListener* const listener_;
};

}  // namespace osier::identity
