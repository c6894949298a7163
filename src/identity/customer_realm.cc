#include "identity/customer_realm.h"

#include "identity/email_token.h"

namespace osier::identity {

namespace {

CustomerId customer_of(AccountRef account) { return CustomerId{account.id}; }

// What an issuer says of somebody is shortened to what a name may be, or left out.
std::string name_or_nothing(std::string name) { return is_name(name) ? name : std::string(); }

}  // namespace

// --- Second factors.

Task<std::optional<FactorAccounts::Label>> CustomerFactorAccounts::label_of(AccountRef account) {
  const auto customer = co_await store_.find(parts_.database, customer_of(account));
  if (!customer) co_return std::nullopt;
  co_return Label{.email = customer->email, .name = customer->name()};
}

static constexpr pg::Statement may_sign_in_sql{"identity.customer_may_sign_in", R"sql(
  SELECT EXISTS (SELECT FROM identity.customers WHERE id = $1 AND closed_at IS NULL)
)sql"};

Task<bool> CustomerFactorAccounts::may_sign_in(pg::Transaction& transaction, AccountRef account) {
  co_return (co_await transaction.run_one(may_sign_in_sql, account.id))->get<bool>(0);
}

static constexpr pg::Statement has_password_or_issuer_sql{"identity.customer_password_or_issuer",
                                                          R"sql(
  SELECT EXISTS (SELECT FROM identity.customers WHERE id = $1 AND password_hash IS NOT NULL)
      OR EXISTS (SELECT FROM identity.federated_identities
                  WHERE realm = 'customer' AND account_id = $1)
)sql"};

Task<bool> CustomerFactorAccounts::has_other_way_in(pg::Transaction& transaction,
                                                    AccountRef account) {
  co_return (co_await transaction.run_one(has_password_or_issuer_sql, account.id))->get<bool>(0);
}

Task<Result<FactorAccounts::PasswordAnswer, FactorAccounts::Throttled>>
CustomerFactorAccounts::check_password(AccountRef account, std::string password,
                                       std::string client_address) {
  const auto customer = co_await store_.find(parts_.database, customer_of(account));
  const auto credentials = co_await store_.credentials_of(parts_.database, customer_of(account));
  if (!customer || !credentials || !credentials->password_hash) co_return PasswordAnswer::none;
  const auto verdict =
      co_await door_.check(store_.index_of(customer->email), credentials->password_hash,
                           std::move(password), std::move(client_address));
  if (!verdict)
    co_return refuse(FactorAccounts::Throttled{.retry_after = verdict.error().retry_after});
  co_return verdict->matches ? PasswordAnswer::right : PasswordAnswer::wrong;
}

Task<bool> CustomerFactorAccounts::has_password(AccountRef account) {
  const auto credentials = co_await store_.credentials_of(parts_.database, customer_of(account));
  co_return credentials && credentials->password_hash.has_value();
}

Task<OpenedSession> CustomerFactorAccounts::sign_in(pg::Transaction& transaction,
                                                    AccountRef account, std::string method,
                                                    http::Request request,
                                                    std::optional<SessionId> former) {
  std::vector<std::string> methods{std::move(method)};
  co_return co_await entrance_.let_in(transaction, customer_of(account), SessionStage::open,
                                      std::move(methods), former, std::move(request));
}

Task<std::optional<OpenedSession>> CustomerFactorAccounts::prove_again(pg::Transaction& transaction,
                                                                       Session session,
                                                                       std::string method,
                                                                       http::Request request) {
  co_return co_await entrance_.prove_again(transaction, std::move(session), std::move(method),
                                           std::move(request));
}

// --- Sign-in by other issuers.

Task<std::optional<AccountRef>> CustomerAccountBook::verified_account_of(
    pg::Transaction& transaction, std::string email) {
  if (!mailbox_of(email)) co_return std::nullopt;
  const auto customer = co_await store_.verified(transaction, store_.index_of(email));
  if (!customer) co_return std::nullopt;
  co_return AccountRef::of(*customer);
}

Task<std::optional<AccountRef>> CustomerAccountBook::open_account(pg::Transaction& transaction,
                                                                  NewPerson person) {
  const auto mailbox = mailbox_of(person.email);
  if (!mailbox) co_return std::nullopt;
  const Instant now = parts_.clock.now();
  const auto index = store_.index_of(*mailbox);
  const NewCustomer customer{.id = CustomerId{Uuid::v7(now)},
                             .email = *mailbox,
                             .given_name = name_or_nothing(std::move(person.given_name)),
                             .family_name = name_or_nothing(std::move(person.family_name)),
                             .market_code = std::move(person.market_code),
                             .locale = std::move(person.locale),
                             .password_hash = {},
                             .is_verified = person.is_verified};
  co_await store_.lock_address(transaction, index);
  if (person.is_verified) {
    // Another sign-in of the same person may have been faster.
    if (const auto there = co_await store_.verified(transaction, index))
      co_return AccountRef::of(*there);
    (void)co_await store_.discard_unverified(transaction, index, std::nullopt, now);
  }
  pg::Batch batch;
  store_.add(batch, customer, now);
  if (!person.is_verified) {
    const EmailTokens tokens(parts_.vault);
    const EmailTokenRow token{.id = EmailTokenId{Uuid::v7(now)},
                              .customer = customer.id,
                              .purpose = EmailPurpose::verify,
                              .email_index = index,
                              .new_email = {}};
    tokens.add(batch, token, privacy::Keys(), now);
    const AccountMailEvent event{
        .kind = AccountMailKind::verify, .customer = customer.id, .token = token.id};
    add_account_mail(batch, event, now);
  }
  co_await transaction.run_all(std::move(batch));
  co_return AccountRef::of(customer.id);
}

Task<bool> CustomerAccountBook::may_sign_in(pg::Transaction& transaction, AccountRef account) {
  co_return (co_await transaction.run_one(may_sign_in_sql, account.id))->get<bool>(0);
}

static constexpr pg::Statement has_password_or_passkey_sql{"identity.customer_password_or_passkey",
                                                           R"sql(
  SELECT EXISTS (SELECT FROM identity.customers WHERE id = $1 AND password_hash IS NOT NULL)
      OR EXISTS (SELECT FROM identity.passkeys WHERE realm = 'customer' AND account_id = $1)
)sql"};

Task<bool> CustomerAccountBook::has_other_way_in(pg::Transaction& transaction, AccountRef account) {
  co_return (co_await transaction.run_one(has_password_or_passkey_sql, account.id))->get<bool>(0);
}

Task<OpenedSession> CustomerAccountBook::sign_in(pg::Transaction& transaction, AccountRef account,
                                                 FactorsThere factors,
                                                 std::optional<SessionId> former,
                                                 http::Request request) {
  const bool is_asked =
      factors == FactorsThere::one && co_await factors_.is_needed(transaction, account);
  const auto stage = is_asked ? SessionStage::pending_second_factor : SessionStage::open;
  std::vector<std::string> methods{"fed"};
  co_return co_await entrance_.let_in(transaction, customer_of(account), stage, std::move(methods),
                                      former, std::move(request));
}

}  // namespace osier::identity
