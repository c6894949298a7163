// What somebody who is signed in changes of their account.

#include "identity/customers.h"

namespace osier::identity {

Task<std::optional<Customer>> CustomerAccounts::find(CustomerId customer) const {
  co_return co_await store_.find(parts_.database, customer);
}

Task<bool> CustomerAccounts::has_second_factor(CustomerId customer) {
  auto transaction = co_await parts_.database.begin();
  const bool has_any = co_await factors_.has_any(transaction, AccountRef::of(customer));
  co_await transaction.commit();
  co_return has_any;
}

Task<Result<OpenedSession, AccountRefusal>> CustomerAccounts::change_password(
    CustomerId customer, SessionId session, std::string password, http::Request request) {
  auto accepted = co_await accept_for(customer, std::move(password));
  if (!accepted) co_return refuse(accepted.error());
  const std::string hash = co_await parts_.hashing.hash(*std::move(accepted));

  const Instant now = parts_.clock.now();
  const AccountRef account = AccountRef::of(customer);
  auto transaction = co_await parts_.database.begin();
  if (!co_await store_.lock(transaction, customer))
    co_return refuse(refused(AccountReason::signed_out));
  auto opened =
      co_await parts_.sessions.prove_again(transaction, session, std::string(method::password));
  if (!opened) co_return refuse(refused(AccountReason::signed_out));
  co_await parts_.sessions.end_all(transaction, account, SessionEnd::password_changed, session);
  pg::Batch batch;
  store_.set_password(batch, customer, hash);
  note(batch, customer, "password_changed", request);
  const AccountMailEvent event{
      .kind = AccountMailKind::password_changed, .customer = customer, .token = {}};
  add_account_mail(batch, event, now);
  co_await transaction.run_all_and_commit(std::move(batch));
  co_return *std::move(opened);
}

Task<Result<void, AccountRefusal>> CustomerAccounts::ask_for_email(CustomerId customer,
                                                                   std::string email,
                                                                   std::string client_address) {
  const auto mailbox = mailbox_of(email);
  if (!mailbox) co_return refuse(refused(AccountReason::bad_email));
  const auto may_mail = co_await take_mail(*mailbox, std::move(client_address));
  if (!may_mail) co_return refuse(may_mail.error());

  const Instant now = parts_.clock.now();
  auto transaction = co_await parts_.database.begin();
  const auto current = co_await store_.lock(transaction, customer);
  const auto keys =
      co_await parts_.vault.keys_of(transaction, privacy::SubjectId{customer.value()});
  if (!current || !keys.has(privacy::Purpose::profile))
    co_return refuse(refused(AccountReason::signed_out));
  const EmailTokenRow token{.id = EmailTokenId{Uuid::v7(now)},
                            .customer = customer,
                            .purpose = EmailPurpose::change_email,
                            .email_index = store_.index_of(*mailbox),
                            .new_email = *mailbox,
                            .credentials_version = current->version};
  pg::Batch batch;
  tokens_.add(batch, token, keys, now);
  for (const auto kind : {AccountMailKind::change_email, AccountMailKind::email_asked}) {
    const AccountMailEvent event{.kind = kind, .customer = customer, .token = token.id};
    add_account_mail(batch, event, now);
  }
  co_await transaction.run_all_and_commit(std::move(batch));
  co_return Result<void, AccountRefusal>{};
}

Task<Result<void, AccountRefusal>> CustomerAccounts::change_email(CustomerId customer,
                                                                  std::string token,
                                                                  http::Request request) {
  const Instant now = parts_.clock.now();
  const auto found = co_await tokens_.find(parts_.database, EmailPurpose::change_email, token, now);
  if (!found || found->customer != customer) co_return refuse(refused(AccountReason::link_void));

  auto transaction = co_await parts_.database.begin();
  co_await store_.lock_address(transaction, found->email_index);
  const auto used =
      co_await tokens_.use(transaction, EmailPurpose::change_email, std::move(token), now);
  const auto before = co_await store_.find(transaction, customer);
  // The new address may have become somebody's account meanwhile.
  const auto owner = co_await store_.verified(transaction, found->email_index);
  const bool is_anothers = owner && *owner != customer;
  if (!used || used->new_email.empty() || !before || is_anothers)
    co_return refuse(refused(AccountReason::link_void));
  co_await store_.set_email(transaction, customer, used->new_email);
  co_await tokens_.keep_former(transaction, *used, before->email);
  (void)co_await store_.discard_unverified(transaction, used->email_index, customer, now);
  pg::Batch batch;
  if (!before->verified_at) store_.set_verified(batch, customer, now);
  note(batch, customer, "email_changed", request);
  const AccountMailEvent event{
      .kind = AccountMailKind::email_changed, .customer = customer, .token = used->id};
  add_account_mail(batch, event, now);
  co_await transaction.run_all_and_commit(std::move(batch));
  co_return Result<void, AccountRefusal>{};
}

Task<Result<void, AccountRefusal>> CustomerAccounts::change_profile(CustomerId customer,
                                                                    CustomerProfile profile) {
  if (!is_name(profile.given_name) || !is_name(profile.family_name))
    co_return refuse(refused(AccountReason::bad_name));
  if (!is_phone(profile.phone)) co_return refuse(refused(AccountReason::bad_phone));
  auto transaction = co_await parts_.database.begin();
  if (!co_await store_.set_profile(transaction, customer, std::move(profile)))
    co_return refuse(refused(AccountReason::signed_out));
  co_await transaction.commit();
  co_return Result<void, AccountRefusal>{};
}

Task<std::vector<CustomerAccounts::Device>> CustomerAccounts::devices(CustomerId customer) {
  auto names = co_await entrance_.devices_of(parts_.database, customer);
  std::vector<Device> devices;
  for (Session& session : co_await parts_.sessions.of(AccountRef::of(customer))) {
    std::string name = names[session.id];
    devices.push_back({.session = std::move(session), .name = std::move(name)});
  }
  co_return devices;
}

Task<bool> CustomerAccounts::revoke(CustomerId customer, SessionId session) {
  co_return co_await parts_.sessions.revoke(AccountRef::of(customer), session);
}

Task<void> CustomerAccounts::revoke_others(CustomerId customer, SessionId keep) {
  auto transaction = co_await parts_.database.begin();
  co_await parts_.sessions.end_all(transaction, AccountRef::of(customer), SessionEnd::revoked,
                                   keep);
  co_await transaction.commit();
}

}  // namespace osier::identity
