// Accounts of people who have a password and sessions, and nothing else. For tests of second
// factors.

#pragma once

#include <set>
#include <string>

#include "identity/factor_accounts.h"

namespace osier::identity::test {

class PlainAccounts final : public FactorAccounts {
 public:
  PlainAccounts(Realm realm, Sessions& sessions) : realm_(realm), sessions_(sessions) {}

  std::string password = "a password of some length";  // Everybody's; empty: nobody has one.
  std::set<Uuid> closed;
  bool has_issuer = false;

  Realm realm() const override { return realm_; }
  Task<std::optional<Label>> label_of(AccountRef account) override {
    if (closed.contains(account.id)) co_return std::nullopt;
    co_return Label{.email = "ada@example.org", .name = "Ada"};
  }
  Task<bool> may_sign_in(pg::Transaction&, AccountRef account) override {
    co_return !closed.contains(account.id);
  }
  Task<bool> has_other_way_in(pg::Transaction&, AccountRef) override {
    co_return has_issuer || !password.empty();
  }
  Task<Result<PasswordAnswer, Throttled>> check_password(AccountRef, std::string typed,
                                                         std::string) override {
    if (password.empty()) co_return PasswordAnswer::none;
    co_return typed == password ? PasswordAnswer::right : PasswordAnswer::wrong;
  }
  Task<bool> has_password(AccountRef) override { co_return !password.empty(); }
  Task<OpenedSession> sign_in(pg::Transaction& transaction, AccountRef account, std::string method,
                              http::Request, std::optional<SessionId> former) override {
    if (former) co_await sessions_.end(transaction, *former, SessionEnd::replaced);
    std::vector<std::string> methods{std::move(method)};
    co_return co_await sessions_.open(transaction, account, SessionStage::open, std::move(methods));
  }
  Task<std::optional<OpenedSession>> prove_again(pg::Transaction& transaction, Session session,
                                                 std::string method, http::Request) override {
    co_return co_await sessions_.prove_again(transaction, session.id, std::move(method));
  }

 private:
  Realm realm_;
  Sessions& sessions_;
};

}  // namespace osier::identity::test
