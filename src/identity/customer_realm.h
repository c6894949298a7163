// Customers, as second factors and sign-in by other issuers need to know them.

#pragma once

#include "identity/account_book.h"
#include "identity/customers.h"
#include "identity/factor_accounts.h"
#include "privacy/vault.h"

namespace osier::identity {

class CustomerFactorAccounts final : public FactorAccounts {
 public:
  // All outlive it.
  CustomerFactorAccounts(AccountParts parts, PasswordDoor& door, CustomerEntrance& entrance)
      : parts_(parts), door_(door), entrance_(entrance), store_(parts.vault) {}

  Realm realm() const override { return Realm::customer; }
  Task<std::optional<Label>> label_of(AccountRef account) override;
  Task<bool> may_sign_in(pg::Transaction& transaction, AccountRef account) override;
  Task<bool> has_other_way_in(pg::Transaction& transaction, AccountRef account) override;
  Task<Result<PasswordAnswer, FactorAccounts::Throttled>> check_password(
      AccountRef account, std::string password, std::string client_address) override;
  Task<bool> has_password(AccountRef account) override;
  Task<OpenedSession> sign_in(pg::Transaction& transaction, AccountRef account, std::string method,
                              http::Request request, std::optional<SessionId> former) override;
  Task<std::optional<OpenedSession>> prove_again(pg::Transaction& transaction, Session session,
                                                 std::string method,
                                                 http::Request request) override;

 private:
  AccountParts parts_;
  PasswordDoor& door_;
  CustomerEntrance& entrance_;
  CustomerStore store_;
};

class CustomerAccountBook final : public AccountBook {
 public:
  // All outlive it.
  CustomerAccountBook(AccountParts parts, SecondFactors& factors, CustomerEntrance& entrance)
      : parts_(parts), factors_(factors), entrance_(entrance), store_(parts.vault) {}

  Task<std::optional<AccountRef>> verified_account_of(pg::Transaction& transaction,
                                                      std::string email) override;
  Task<std::optional<AccountRef>> open_account(pg::Transaction& transaction,
                                               NewPerson person) override;
  Task<bool> may_sign_in(pg::Transaction& transaction, AccountRef account) override;
  Task<bool> has_other_way_in(pg::Transaction& transaction, AccountRef account) override;
  Task<OpenedSession> sign_in(pg::Transaction& transaction, AccountRef account,
                              FactorsThere factors, std::optional<SessionId> former,
                              http::Request request) override;

 private:
  AccountParts parts_;
  SecondFactors& factors_;
  CustomerEntrance& entrance_;
  CustomerStore store_;
};

}  // namespace osier::identity
