#include "identity/staff_accounts.h"

#include "platform/http/client_address.h"

namespace osier::identity {

namespace {

std::vector<Bucket> buckets_of(std::string account, const std::string& client_address) {
  return {{&throttle_rule::staff_password, std::move(account)},
          {&throttle_rule::staff_password_from, http::address_range(client_address)},
          {&throttle_rule::staff_password_of_all, ""}};
}

StaffId staff_id(AccountRef account) { return StaffId{account.id}; }

}  // namespace

// Takes as long for nobody as for somebody: one hash is made in any case.
Task<bool> StaffAccounts::is_password(std::optional<StaffStore::Credentials> member,
                                      std::string typed) {
  const auto normalised = normalised_password(typed);
  const bool may_be_right = member && member->is_active && member->password_hash && normalised;
  std::optional<std::string> hash;
  if (may_be_right) hash = member->password_hash;
  Secret shown = normalised.value_or(Secret("x"));
  const auto verdict = co_await parts_.hashing.verify(hash, shown);
  if (!verdict.matches) co_return false;
  if (verdict.needs_rehash) {
    auto fresh = co_await parts_.hashing.hash(std::move(shown));
    auto transaction = co_await parts_.database.begin();
    co_await store_.rehash(transaction, member->id, *member->password_hash, std::move(fresh));
    co_await transaction.commit();
  }
  co_return true;
}

Task<Result<OpenedSession, SignInRefusal>> StaffAccounts::sign_in_by_password(
    std::string email, std::string password, http::Request request,
    std::optional<SessionId> former) {
  const auto index = parts_.vault.email_index(email);
  const auto buckets =
      buckets_of("email:" + std::string(index.begin(), index.end()), request.client_address);
  const auto taken = co_await parts_.throttle.take(buckets);
  if (!taken) {
    co_return refuse(SignInRefusal{.reason = SignInRefusal::Reason::throttled,
                                   .retry_after = taken.error().retry_after});
  }
  auto reading = co_await parts_.database.begin();
  auto member = co_await store_.credentials_by_email(reading, std::move(email));
  co_await reading.commit();
  if (!co_await is_password(member, std::move(password))) co_return refuse(SignInRefusal{});
  co_await parts_.throttle.give_back(buckets);

  const auto account = AccountRef::of(member->id);
  auto transaction = co_await parts_.database.begin();
  if (!co_await may_sign_in(transaction, account)) co_return refuse(SignInRefusal{});
  if (former) co_await parts_.sessions.end(transaction, *former, SessionEnd::replaced);
  std::vector<std::string> methods{std::string(method::password)};
  auto opened = co_await parts_.sessions.open(
      transaction, account, SessionStage::pending_second_factor, std::move(methods));
  co_await transaction.commit();
  co_return opened;
}

Task<Result<std::string, PasswordRefusal>> StaffAccounts::hash_new_password(
    std::string password, std::vector<std::string> own_words) {
  auto accepted = accept_new_password(password, OtherFactor::present, own_words);
  if (!accepted) co_return refuse(accepted.error());
  co_return co_await parts_.hashing.hash(*std::move(accepted));
}

Task<std::optional<FactorAccounts::Label>> StaffAccounts::label_of(AccountRef account) {
  auto transaction = co_await parts_.database.begin();
  const auto member = co_await store_.find(transaction, staff_id(account));
  co_await transaction.commit();
  if (!member || member->disabled_at) co_return std::nullopt;
  co_return Label{.email = member->email, .name = member->name};
}

Task<bool> StaffAccounts::may_sign_in(pg::Transaction& transaction, AccountRef account) {
  const auto member = co_await store_.credentials(transaction, staff_id(account));
  co_return member && member->is_active;
}

Task<bool> StaffAccounts::has_other_way_in(pg::Transaction& transaction, AccountRef account) {
  const auto member = co_await store_.credentials(transaction, staff_id(account));
  co_return member && member->password_hash.has_value();
}

Task<Result<FactorAccounts::PasswordAnswer, FactorAccounts::Throttled>>
StaffAccounts::check_password(AccountRef account, std::string password,
                              std::string client_address) {
  const auto buckets = buckets_of("staff:" + account.id.to_string(), client_address);
  const auto taken = co_await parts_.throttle.take(buckets);
  if (!taken) co_return refuse(Throttled{.retry_after = taken.error().retry_after});
  auto transaction = co_await parts_.database.begin();
  auto member = co_await store_.credentials(transaction, staff_id(account));
  co_await transaction.commit();
  if (!member || !member->password_hash) co_return PasswordAnswer::none;
  if (!co_await is_password(std::move(member), std::move(password)))
    co_return PasswordAnswer::wrong;
  co_await parts_.throttle.give_back(buckets);
  co_return PasswordAnswer::right;
}

Task<bool> StaffAccounts::has_password(AccountRef account) {
  auto transaction = co_await parts_.database.begin();
  const bool has = co_await has_other_way_in(transaction, account);
  co_await transaction.commit();
  co_return has;
}

Task<void> StaffAccounts::note_sign_in(pg::Transaction& transaction, AccountRef account,
                                       const std::vector<std::string>& methods,
                                       http::Request request) {
  std::string all;
  for (const std::string& method : methods) all += (all.empty() ? "" : " ") + method;
  audit::Entry entry{.actor = {.kind = audit::ActorKind::staff,
                               .name = account.id.to_string(),
                               .request_id = request.id,
                               .client_address = request.client_address},
                     .action = "staff_member.signed_in",
                     .object_kind = "staff_member",
                     .object_id = account.id.to_string()};
  entry.after.add("methods", std::move(all));
  pg::Batch batch;
  audit::add_entries(batch, {std::move(entry)}, parts_.clock.now());
  co_await transaction.run_all(std::move(batch));
}

Task<OpenedSession> StaffAccounts::sign_in(pg::Transaction& transaction, AccountRef account,
                                           std::string method, http::Request request,
                                           std::optional<SessionId> former) {
  if (former) co_await parts_.sessions.end(transaction, *former, SessionEnd::replaced);
  std::vector<std::string> methods{std::move(method)};
  auto opened = co_await parts_.sessions.open(transaction, account, SessionStage::open, methods);
  co_await note_sign_in(transaction, account, methods, std::move(request));
  co_return opened;
}

Task<std::optional<OpenedSession>> StaffAccounts::prove_again(pg::Transaction& transaction,
                                                              Session session, std::string method,
                                                              http::Request request) {
  if (!co_await may_sign_in(transaction, session.account)) co_return std::nullopt;
  const bool was_pending = session.stage == SessionStage::pending_second_factor;
  auto opened = co_await parts_.sessions.prove_again(transaction, session.id, std::move(method));
  if (opened && was_pending) {
    co_await note_sign_in(transaction, session.account, opened->session.methods,
                          std::move(request));
  }
  co_return opened;
}

}  // namespace osier::identity
