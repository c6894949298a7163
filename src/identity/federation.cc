#include "identity/federation.h"

#include <algorithm>
#include <utility>

#include "audit/audit.h"
#include "identity/linking.h"
#include "identity/pkce.h"

namespace osier::identity {

// Who comes back from where, and what for.
struct Federation::Arrival {
  Realm realm;
  const Issuer* issuer;
  Claims claims;
  IdentityKey key;
  SignInAttempt attempt;
};

config::SignInRealm realm_in_settings(Realm realm) {
  return realm == Realm::staff ? config::SignInRealm::staff : config::SignInRealm::customers;
}

namespace {

FinishRefusal refusal_of(IssuerRefusal refusal) {
  return refusal == IssuerRefusal::unavailable ? FinishRefusal::unavailable
                                               : FinishRefusal::refused;
}

AddressThere address_of(const Issuer& issuer, const Claims& claims) {
  if (claims.email.empty() || !claims.is_email_verified) return AddressThere::none_verified;
  return issuer.is_authoritative_for(claims) ? AddressThere::authoritative : AddressThere::verified;
}

// RFC 8176: the issuer has seen more than one factor.
FactorsThere factors_of(const Issuer& issuer, const Claims& claims) {
  const bool are_two = issuer.settings().enforces_mfa == config::Switch::on ||
                       std::ranges::find(claims.methods, "mfa") != claims.methods.end();
  return are_two ? FactorsThere::two : FactorsThere::one;
}

audit::Entry entry_of(AccountRef account, std::string issuer, std::string action) {
  const bool is_staff = account.realm == Realm::staff;
  audit::Entry entry{.actor = {is_staff ? audit::ActorKind::staff : audit::ActorKind::customer,
                               account.id.to_string()},
                     .action = std::move(action),
                     .object_kind = is_staff ? "staff_member" : "customer",
                     .object_id = account.id.to_string()};
  entry.after.add("issuer", std::move(issuer));
  return entry;
}

}  // namespace

Task<Result<FederationStart, StartRefusal>> Federation::start(
    SignInAttempt attempt, std::string redirect_uri, std::optional<std::string> browser_token) {
  Issuer* const issuer = issuers_.find(realm_in_settings(attempt.realm), attempt.issuer);
  if (issuer == nullptr) co_return refuse(StartRefusal::unknown_issuer);
  const auto started = co_await attempts_.start(std::move(attempt), std::move(browser_token));
  AuthorizationRequest request{.redirect_uri = std::move(redirect_uri),
                               .state = started.state,
                               .nonce = started.nonce,
                               .code_challenge = pkce_challenge(started.code_verifier)};
  auto location = co_await issuer->authorization_url(std::move(request));
  if (!location) co_return refuse(StartRefusal::unavailable);
  co_return FederationStart{*std::move(location), started.browser_token};
}

Task<Result<FederationOutcome, FinishRefusal>> Federation::finish(AccountBook& accounts,
                                                                  Realm realm, std::string name,
                                                                  std::string redirect_uri,
                                                                  IssuerReturn returned) {
  Issuer* const issuer = issuers_.find(realm_in_settings(realm), name);
  if (issuer == nullptr) co_return refuse(FinishRefusal::unknown_issuer);
  auto attempt =
      co_await attempts_.finish(realm, name, returned.state.value_or(""), returned.browser_token);
  if (!attempt) co_return refuse(FinishRefusal::not_begun_here);
  SignInAttempt what = attempt->attempt;
  auto claims =
      co_await ask_issuer(*issuer, std::move(redirect_uri), *std::move(attempt), returned);
  if (!claims) co_return refuse(claims.error());
  IdentityKey key = identities_.key_of(issuer->settings().issuer, claims->subject);
  Arrival arrival{.realm = realm,
                  .issuer = issuer,
                  .claims = *std::move(claims),
                  .key = std::move(key),
                  .attempt = std::move(what)};
  co_return co_await arrive(accounts, std::move(arrival), std::move(returned));
}

Task<Result<Claims, FinishRefusal>> Federation::ask_issuer(Issuer& issuer, std::string redirect_uri,
                                                           FinishedAttempt attempt,
                                                           IssuerReturn returned) {
  if (returned.error || !returned.code) {
    // Ours to mend, unless the person said no.
    const std::string reason = returned.error.value_or("there is neither code nor error");
    log_.warning("an issuer answered a sign-in with an error",
                 {{"issuer", issuer.settings().name}, {"reason", reason}});
    const bool is_passing = reason == "temporarily_unavailable" || reason == "server_error";
    co_return refuse(is_passing ? FinishRefusal::unavailable : FinishRefusal::declined);
  }
  Redemption redemption{.code = *std::move(returned.code),
                        .issuer = std::move(returned.issuer),
                        .redirect_uri = std::move(redirect_uri),
                        .code_verifier = std::move(attempt.code_verifier),
                        .nonce_hash = std::move(attempt.nonce_hash)};
  auto claims = co_await issuer.redeem(std::move(redemption));
  if (!claims) co_return refuse(refusal_of(claims.error()));
  co_return *std::move(claims);
}

Task<Result<FederationOutcome, FinishRefusal>> Federation::arrive(AccountBook& accounts,
                                                                  Arrival arrival,
                                                                  IssuerReturn returned) {
  auto transaction = co_await database_.begin();
  if (arrival.attempt.connecting) {
    co_return co_await connect_now(transaction, std::move(arrival), std::move(returned.session));
  }
  NewPerson person{.email = arrival.claims.email,
                   .is_verified = false,
                   .given_name = arrival.claims.given_name,
                   .family_name = arrival.claims.family_name,
                   .market_code = std::move(returned.market_code),
                   .locale = std::move(returned.locale)};
  const auto account = co_await account_for(transaction, accounts, arrival, std::move(person));
  if (!account) co_return refuse(account.error());
  FederationOutcome outcome{.next = arrival.attempt.next};
  if (!*account) {
    outcome.kind = FederationOutcome::Kind::sign_in_here_first;
    PendingIdentity pending{.issuer_name = arrival.attempt.issuer, .key = arrival.key};
    outcome.held_token = co_await identities_.hold(transaction, arrival.realm, std::move(pending));
    co_await transaction.commit();
    co_return outcome;
  }
  if (!co_await accounts.may_sign_in(transaction, **account)) {
    co_return refuse(FinishRefusal::account_closed);
  }
  const FactorsThere factors = factors_of(*arrival.issuer, arrival.claims);
  std::optional<SessionId> former;
  if (returned.session) former = returned.session->id;
  outcome.opened = co_await accounts.sign_in(transaction, **account, factors, former,
                                             std::move(returned.request));
  co_await transaction.commit();
  co_return outcome;
}

// The account that the identity opens, connected if it is new here; nothing if its owner has to
// show first that it is theirs.
Task<Result<std::optional<AccountRef>, FinishRefusal>> Federation::account_for(
    pg::Transaction& transaction, AccountBook& accounts, Arrival arrival, NewPerson person) {
  auto account = co_await identities_.use(transaction, arrival.realm, arrival.key);
  if (account) co_return account;

  const AddressThere there = address_of(*arrival.issuer, arrival.claims);
  if (there != AddressThere::none_verified) {
    account = co_await accounts.verified_account_of(transaction, arrival.claims.email);
  }
  switch (decide_linking(there, account ? AccountHere::verified : AccountHere::none)) {
    case Linking::sign_in_here_first:
      // Staff are known by an address that the issuer decides about, or not at all.
      if (arrival.realm == Realm::staff) co_return refuse(FinishRefusal::no_account);
      co_return std::optional<AccountRef>();
    case Linking::connect:
      break;
    case Linking::open_account:
      person.is_verified = true;
      [[fallthrough]];
    case Linking::open_unverified_account:
      account = co_await accounts.open_account(transaction, std::move(person));
      if (!account) co_return refuse(FinishRefusal::no_account);
      break;
  }
  if (!co_await connect(transaction, *account, arrival.key)) {
    co_return refuse(FinishRefusal::anothers);
  }
  co_return account;
}

Task<Result<FederationOutcome, FinishRefusal>> Federation::connect_now(
    pg::Transaction& transaction, Arrival arrival, std::optional<Session> session) {
  const bool is_signed_in =
      session && session->stage == SessionStage::open && session->id == *arrival.attempt.connecting;
  if (!is_signed_in) co_return refuse(FinishRefusal::signed_out_meanwhile);
  const auto owner = co_await identities_.use(transaction, arrival.realm, arrival.key);
  if (owner && *owner != session->account) co_return refuse(FinishRefusal::anothers);
  if (!owner) {
    const bool is_connected = co_await connect(transaction, session->account, arrival.key);
    if (!is_connected) co_return refuse(FinishRefusal::anothers);
  }
  co_await transaction.commit();
  co_return FederationOutcome{.kind = FederationOutcome::Kind::connected,
                              .next = std::move(arrival.attempt.next)};
}

// False if it is another's by now (of two that arrive at once, one connects it), or the account has
// as many as it may.
Task<bool> Federation::connect(pg::Transaction& transaction, AccountRef account, IdentityKey key) {
  if (!co_await identities_.connect(transaction, account, key)) co_return false;
  co_await note(transaction, account, key.issuer, "identity.connected");
  co_return true;
}

Task<void> Federation::note(pg::Transaction& transaction, AccountRef account, std::string issuer,
                            std::string action) {
  pg::Batch batch;
  audit::add_entries(batch, {entry_of(account, issuer, std::move(action))}, clock_.now());
  co_await transaction.run_all(std::move(batch));
}

Task<Result<void, FinishRefusal>> Federation::connect_held(AccountRef account,
                                                           std::string held_token) {
  auto transaction = co_await database_.begin();
  const auto held =
      co_await identities_.take_held(transaction, account.realm, std::move(held_token));
  if (!held) co_return refuse(FinishRefusal::not_begun_here);
  const auto owner = co_await identities_.use(transaction, account.realm, held->key);
  if (owner && *owner != account) co_return refuse(FinishRefusal::anothers);
  if (!owner) {
    const bool is_connected = co_await connect(transaction, account, held->key);
    if (!is_connected) co_return refuse(FinishRefusal::anothers);
  }
  co_await transaction.commit();
  co_return Result<void, FinishRefusal>();
}

Task<Result<void, Federation::DisconnectRefusal>> Federation::disconnect(AccountBook& accounts,
                                                                         AccountRef account,
                                                                         FederatedIdentityId id) {
  auto transaction = co_await database_.begin();
  // Two that are taken away at once must not both find the other one still there.
  co_await identities_.lock(transaction, account);
  const auto all = co_await identities_.of(transaction, account);
  const auto found = std::ranges::find(all, id, &FederatedIdentity::id);
  if (found == all.end()) co_return refuse(DisconnectRefusal::not_found);
  const bool has_others =
      all.size() > 1 || co_await accounts.has_other_way_in(transaction, account);
  if (!has_others) co_return refuse(DisconnectRefusal::last_way_in);
  co_await identities_.disconnect(transaction, account, id);
  co_await note(transaction, account, found->issuer, "identity.disconnected");
  co_await transaction.commit();
  co_return Result<void, DisconnectRefusal>();
}

Task<Federation::WaysIn> Federation::ways_in(AccountBook& accounts, AccountRef account) {
  auto transaction = co_await database_.begin();
  WaysIn ways;
  ways.identities = co_await identities_.of(transaction, account);
  ways.has_other = co_await accounts.has_other_way_in(transaction, account);
  co_return ways;
}

std::string_view to_string(FinishRefusal refusal) {
  switch (refusal) {
    case FinishRefusal::unknown_issuer:
      return "unknown_issuer";
    case FinishRefusal::not_begun_here:
      return "not_begun_here";
    case FinishRefusal::declined:
      return "declined";
    case FinishRefusal::refused:
      return "refused";
    case FinishRefusal::unavailable:
      return "unavailable";
    case FinishRefusal::no_account:
      return "no_account";
    case FinishRefusal::account_closed:
      return "account_closed";
    case FinishRefusal::signed_out_meanwhile:
      return "signed_out_meanwhile";
    case FinishRefusal::anothers:
      return "anothers";
  }
}

}  // namespace osier::identity
