// Registering, signing in, and links that prove an address or set a new password.

#include "identity/customers.h"

#include "audit/audit.h"

namespace osier::identity {

namespace throttle_rule {
constexpr ThrottleRule registrations_from_address{
    .name = "register_address", .count = 10, .per = 1h};
constexpr ThrottleRule registrations{.name = "register_all", .count = 1'000, .per = 1h};
constexpr ThrottleRule mails_to_address{.name = "account_mail", .count = 3, .per = 1h};
constexpr ThrottleRule mails_asked_from{.name = "account_mail_from", .count = 20, .per = 1h};
}  // namespace throttle_rule

namespace {

constexpr Duration registration_max = 7 * 24h;

}  // namespace

CustomerAccounts::CustomerAccounts(AccountParts parts, PasswordDoor& door, SecondFactors& factors,
                                   CustomerEntrance& entrance, Site site)
    : parts_(parts),
      door_(door),
      factors_(factors),
      entrance_(entrance),
      site_(std::move(site)),
      store_(parts_.vault),
      tokens_(parts_.vault) {}

void CustomerAccounts::note(pg::Batch& batch, CustomerId customer, std::string_view action,
                            const http::Request& request) const {
  audit::Entry entry{.actor = {.kind = audit::ActorKind::customer,
                               .name = customer.value().to_string(),
                               .request_id = request.id,
                               .client_address = request.client_address},
                     .action = "customer." + std::string(action),
                     .object_kind = "customer",
                     .object_id = customer.value().to_string()};
  audit::add_entries(batch, {std::move(entry)}, parts_.clock.now());
}

Task<Result<void, AccountRefusal>> CustomerAccounts::take_mail(std::string email,
                                                               std::string client_address) {
  auto buckets = door_.buckets_of_address({&throttle_rule::mails_asked_from}, client_address);
  const auto index = store_.index_of(email);
  buckets.push_back({&throttle_rule::mails_to_address, std::string(index.begin(), index.end())});
  const auto taken = co_await parts_.throttle.take(std::move(buckets));
  if (!taken) co_return refuse(throttled(taken.error()));
  co_return Result<void, AccountRefusal>{};
}

Result<Secret, AccountRefusal> CustomerAccounts::accept(const std::string& typed, OtherFactor other,
                                                        std::vector<std::string> own_words) const {
  own_words.push_back(site_.shop_name());
  auto accepted = accept_new_password(typed, other, own_words);
  if (accepted) return *std::move(accepted);
  return refuse(
      AccountRefusal{.reason = AccountReason::bad_password, .password = accepted.error()});
}

// The same statements whether the address has an account or not: the job that mails finds out.
Task<Result<CustomerId, AccountRefusal>> CustomerAccounts::register_customer(
    Registration registration, std::string client_address) {
  const auto mailbox = mailbox_of(registration.email);
  if (!mailbox) co_return refuse(refused(AccountReason::bad_email));
  if (!is_name(registration.given_name) || !is_name(registration.family_name))
    co_return refuse(refused(AccountReason::bad_name));
  const std::vector<std::string> own_words{*mailbox, registration.given_name,
                                           registration.family_name};
  auto password = accept(registration.password, OtherFactor::none, own_words);
  if (!password) co_return refuse(password.error());
  auto buckets =
      door_.buckets_of_address({&throttle_rule::registrations_from_address}, client_address);
  if (!buckets.empty()) buckets.push_back({&throttle_rule::registrations, ""});
  const auto taken = co_await parts_.throttle.take(std::move(buckets));
  if (!taken) co_return refuse(throttled(taken.error()));
  const auto may_mail = co_await take_mail(*mailbox, client_address);
  if (!may_mail) co_return refuse(may_mail.error());

  const Instant now = parts_.clock.now();
  NewCustomer customer{.id = CustomerId{Uuid::v7(now)},
                       .email = *mailbox,
                       .given_name = std::move(registration.given_name),
                       .family_name = std::move(registration.family_name),
                       .market_code = std::move(registration.market_code),
                       .locale = std::move(registration.locale),
                       .password_hash = {},
                       .is_verified = false};
  customer.password_hash = co_await parts_.hashing.hash(*std::move(password));
  const EmailTokenRow token{.id = EmailTokenId{Uuid::v7(now)},
                            .customer = customer.id,
                            .purpose = EmailPurpose::verify,
                            .email_index = store_.index_of(*mailbox),
                            .new_email = {}};
  pg::Batch batch;
  store_.add(batch, customer, now);
  tokens_.add(batch, token, privacy::Keys(), now);
  const AccountMailEvent event{
      .kind = AccountMailKind::verify, .customer = customer.id, .token = token.id};
  add_account_mail(batch, event, now);
  auto transaction = co_await parts_.database.begin();
  co_await transaction.run_all_and_commit(std::move(batch));
  co_return customer.id;
}

Task<OpenedSession> CustomerAccounts::open(pg::Transaction& transaction, CustomerId customer,
                                           std::optional<SessionId> former, http::Request request) {
  const bool has_factor = co_await factors_.is_needed(transaction, AccountRef::of(customer));
  const auto stage = has_factor ? SessionStage::pending_second_factor : SessionStage::open;
  std::vector<std::string> methods{std::string(method::password)};
  co_return co_await entrance_.let_in(transaction, customer, stage, std::move(methods), former,
                                      std::move(request));
}

Task<Result<OpenedSession, AccountRefusal>> CustomerAccounts::sign_in(SignIn what) {
  const auto index = store_.index_of(what.email);
  const auto credentials = co_await store_.credentials_for(parts_.database, index);
  std::optional<std::string> hash;
  if (credentials && credentials->is_verified) hash = credentials->password_hash;
  const auto verdict =
      co_await door_.check(index, hash, what.password, what.request.client_address);
  if (!verdict) co_return refuse(throttled(verdict.error()));
  if (!verdict->matches) co_return refuse(refused(AccountReason::wrong));
  if (verdict->needs_rehash) {
    auto password = normalised_password(what.password);
    auto renewed = co_await parts_.hashing.hash(*std::move(password));
    co_await store_.rehash(parts_.database, credentials->id, *hash, std::move(renewed));
  }
  auto transaction = co_await parts_.database.begin();
  // The password may have changed while it was compared.
  const auto current = co_await store_.lock(transaction, credentials->id);
  if (!current || current->version != credentials->version)
    co_return refuse(refused(AccountReason::wrong));
  auto opened = co_await open(transaction, credentials->id, what.former, std::move(what.request));
  co_await transaction.commit();
  co_return opened;
}

Task<void> CustomerAccounts::sign_out(SessionId session) {
  auto transaction = co_await parts_.database.begin();
  co_await parts_.sessions.end(transaction, session, SessionEnd::signed_out);
  co_await transaction.commit();
}

Task<void> CustomerAccounts::mail_verification(Credentials credentials, pg::Bytes email_index) {
  const Instant now = parts_.clock.now();
  const EmailTokenRow token{.id = EmailTokenId{Uuid::v7(now)},
                            .customer = credentials.id,
                            .purpose = EmailPurpose::verify,
                            .email_index = std::move(email_index),
                            .new_email = {},
                            .credentials_version = credentials.version};
  pg::Batch batch;
  tokens_.add(batch, token, privacy::Keys(), now);
  const AccountMailEvent event{
      .kind = AccountMailKind::verify, .customer = credentials.id, .token = token.id};
  add_account_mail(batch, event, now);
  auto transaction = co_await parts_.database.begin();
  co_await transaction.run_all_and_commit(std::move(batch));
}

Task<Result<void, AccountRefusal>> CustomerAccounts::send_verification(CustomerId id,
                                                                       std::string client_address) {
  const auto customer = co_await store_.find(parts_.database, id);
  const auto credentials = co_await store_.credentials_of(parts_.database, id);
  if (!customer || !credentials) co_return refuse(refused(AccountReason::signed_out));
  if (customer->verified_at) co_return Result<void, AccountRefusal>{};
  const auto may_mail = co_await take_mail(customer->email, std::move(client_address));
  if (!may_mail) co_return refuse(may_mail.error());
  co_await mail_verification(*credentials, store_.index_of(customer->email));
  co_return Result<void, AccountRefusal>{};
}

Task<bool> CustomerAccounts::is_living(EmailPurpose purpose, std::string token) const {
  co_return (co_await tokens_.find(parts_.database, purpose, std::move(token), parts_.clock.now()))
      .has_value();
}

Task<bool> CustomerAccounts::may_verify(EmailTokenRow token, Verification what, Refusal& why) {
  if (what.signed_in == token.customer) co_return true;
  const auto credentials = co_await store_.credentials_of(parts_.database, token.customer);
  std::optional<std::string> hash;
  if (credentials) hash = credentials->password_hash;
  const auto verdict = co_await door_.check(token.email_index, std::move(hash),
                                            std::move(what.password), what.request.client_address);
  why = verdict ? refused(AccountReason::wrong) : throttled(verdict.error());
  co_return verdict && verdict->matches;
}

Task<Result<std::optional<OpenedSession>, AccountRefusal>> CustomerAccounts::verify(
    Verification what) {
  const Instant now = parts_.clock.now();
  const auto found = co_await tokens_.find(parts_.database, EmailPurpose::verify, what.token, now);
  if (!found) co_return refuse(refused(AccountReason::link_void));
  AccountRefusal why;
  if (!co_await may_verify(*found, what, why)) co_return refuse(why);

  auto transaction = co_await parts_.database.begin();
  co_await store_.lock_address(transaction, found->email_index);
  const auto token = co_await tokens_.use(transaction, EmailPurpose::verify, what.token, now);
  // Somebody else may have proved the address meanwhile.
  if (!token || co_await store_.verified(transaction, token->email_index))
    co_return refuse(refused(AccountReason::link_void));
  pg::Batch batch;
  store_.set_verified(batch, token->customer, now);
  note(batch, token->customer, "verified", what.request);
  co_await transaction.run_all(std::move(batch));
  (void)co_await store_.discard_unverified(transaction, token->email_index, token->customer, now);
  std::optional<OpenedSession> opened;
  if (what.signed_in != token->customer) {
    opened = co_await open(transaction, token->customer, what.former, std::move(what.request));
  }
  co_await transaction.commit();
  co_return opened;
}

// Does not look whether there is an account: the job that mails does.
Task<Result<void, AccountRefusal>> CustomerAccounts::forgot_password(std::string email,
                                                                     std::string client_address) {
  const auto mailbox = mailbox_of(email);
  if (!mailbox) co_return refuse(refused(AccountReason::bad_email));
  const auto may_mail = co_await take_mail(*mailbox, std::move(client_address));
  if (!may_mail) co_return refuse(may_mail.error());
  const Instant now = parts_.clock.now();
  AccountMailEvent event{.kind = AccountMailKind::forgot,
                         .customer = {},
                         .token = EmailTokenId{Uuid::v7(now)},
                         .email_index = store_.index_of(*mailbox)};
  pg::Batch batch;
  add_account_mail(batch, event, now);
  auto transaction = co_await parts_.database.begin();
  co_await transaction.run_all_and_commit(std::move(batch));
  co_return Result<void, AccountRefusal>{};
}

Task<Result<Secret, AccountRefusal>> CustomerAccounts::accept_for(CustomerId id,
                                                                  std::string typed) {
  auto transaction = co_await parts_.database.begin();
  const auto customer = co_await store_.find(transaction, id);
  const bool has_factor = co_await factors_.has_any(transaction, AccountRef::of(id));
  co_await transaction.commit();
  if (!customer) co_return refuse(refused(AccountReason::signed_out));
  std::vector<std::string> own_words{customer->email, customer->given_name, customer->family_name};
  co_return accept(typed, has_factor ? OtherFactor::present : OtherFactor::none,
                   std::move(own_words));
}

Task<Result<void, AccountRefusal>> CustomerAccounts::reset_password(std::string token,
                                                                    std::string password,
                                                                    http::Request request) {
  const Instant now = parts_.clock.now();
  const auto found = co_await tokens_.find(parts_.database, EmailPurpose::reset, token, now);
  if (!found) co_return refuse(refused(AccountReason::link_void));
  auto accepted = co_await accept_for(found->customer, std::move(password));
  if (!accepted) co_return refuse(accepted.error());
  const std::string hash = co_await parts_.hashing.hash(*std::move(accepted));

  auto transaction = co_await parts_.database.begin();
  const auto used = co_await tokens_.use(transaction, EmailPurpose::reset, std::move(token), now);
  if (!used) co_return refuse(refused(AccountReason::link_void));
  co_await parts_.sessions.end_all(transaction, AccountRef::of(used->customer),
                                   SessionEnd::password_changed);
  pg::Batch batch;
  store_.set_password(batch, used->customer, hash);
  note(batch, used->customer, "password_reset", request);
  const AccountMailEvent event{
      .kind = AccountMailKind::password_changed, .customer = used->customer, .token = used->id};
  add_account_mail(batch, event, now);
  co_await transaction.run_all_and_commit(std::move(batch));
  co_return Result<void, AccountRefusal>{};
}

Task<void> CustomerAccounts::trim() {
  const Instant now = parts_.clock.now();
  (void)co_await tokens_.trim(parts_.database, now);
  auto transaction = co_await parts_.database.begin();
  (void)co_await store_.discard_unverified(transaction, now - registration_max, now);
  co_await transaction.commit();
}

}  // namespace osier::identity
