#include "identity/staff.h"

#include <algorithm>

#include "identity/one_line.h"
#include "platform/crypto/crypto.h"
#include "platform/json/value.h"
#include "platform/mail/mail.h"
#include "privacy/email.h"

namespace osier::identity {

namespace {

constexpr std::size_t invitation_token_bytes = 32;

audit::Facts roles_fact(const std::vector<Role>& roles) {
  return audit::Facts().add("roles", names_of(roles));
}

}  // namespace

Staff::Staff(StaffParts parts, SecondFactorSite site)
    : parts_(parts),
      store_(parts.vault),
      accounts_(parts),
      factors_({.database = parts.database,
                .vault = parts.vault,
                .sessions = parts.sessions,
                .throttle = parts.throttle,
                .clock = parts.clock,
                .random = parts.random,
                .log = parts.log},
               accounts_, std::move(site)) {}

// --- Looking.

Task<std::vector<StaffMember>> Staff::members() {
  auto transaction = co_await parts_.database.begin();
  auto all = co_await store_.members(transaction);
  co_await transaction.commit();
  co_return all;
}

Task<std::optional<StaffMember>> Staff::find(StaffId id) {
  auto transaction = co_await parts_.database.begin();
  auto member = co_await store_.find(transaction, id);
  co_await transaction.commit();
  co_return member;
}

Task<std::optional<StaffMember>> Staff::find_by_email(std::string email) {
  auto transaction = co_await parts_.database.begin();
  auto member = co_await store_.find_by_email(transaction, std::move(email));
  co_await transaction.commit();
  co_return member;
}

Task<std::optional<StaffMember>> Staff::find_active(StaffId id) {
  auto member = co_await find(id);
  if (member && member->state() != StaffMember::State::active) co_return std::nullopt;
  co_return member;
}

Task<std::vector<Role>> Staff::roles() {
  auto transaction = co_await parts_.database.begin();
  auto all = co_await store_.roles(transaction);
  co_await transaction.commit();
  co_return all;
}

// --- What all changes share.

// Their rights as they are now, under the lock; nothing for one who has lost theirs in between.
Task<std::optional<Changer>> Staff::changer(pg::Transaction& transaction, StaffActor by) {
  co_await store_.lock_rights(transaction);
  if (!by.member) co_return Changer{};
  const auto member = co_await store_.find(transaction, *by.member);
  if (!member || member->state() != StaffMember::State::active) co_return std::nullopt;
  const MemberRights rights = member->rights();
  co_return Changer{
      .member = rights.id, .is_owner = rights.is_owner(), .permissions = rights.permissions()};
}

void Staff::note(pg::Batch& batch, const StaffActor& by, std::string_view action, std::string kind,
                 Uuid object, audit::Facts before, audit::Facts after, std::string reason) const {
  audit::Entry entry{.actor = by.audit,
                     .action = kind + "." + std::string(action),
                     .object_kind = std::move(kind),
                     .object_id = object.to_string(),
                     .before = std::move(before),
                     .after = std::move(after),
                     .reason = std::move(reason)};
  audit::add_entries(batch, {std::move(entry)}, parts_.clock.now());
}

Task<void> Staff::write_note(pg::Transaction& transaction, StaffActor by, std::string action,
                             StaffId member, audit::Facts before, audit::Facts after,
                             std::string reason) {
  pg::Batch batch;
  note(batch, by, action, "staff_member", member.value(), std::move(before), std::move(after),
       std::move(reason));
  co_await transaction.run_all_and_commit(std::move(batch));
}

// --- Members.

Task<Result<Invitation, RightsRefusal>> Staff::put_invitation(pg::Transaction& transaction,
                                                              StaffId id, Delivery delivery) {
  const Instant now = parts_.clock.now();
  const Uuid invitation = Uuid::v7(now);
  std::string token;
  std::optional<std::string> hash;
  if (delivery == Delivery::by_hand) {
    token = parts_.random.token(invitation_token_bytes);
    hash = crypto::token_hash(token);
  }
  co_await store_.put_invitation(transaction, id, invitation, std::move(hash), now);
  if (delivery == Delivery::mail) {
    const json::Object payload{{"invitation", invitation.to_string()}};
    pg::Batch batch;
    jobs::add_events(batch, {{.id = Uuid::v7(now),
                              .topic = staff_invited_topic,
                              .aggregate_id = id.value(),
                              .payload = json::to_text(payload)}});
    co_await transaction.run_all(std::move(batch));
  }
  co_return Invitation{.member = id, .token = std::move(token), .expires_at = now + invitation_max};
}

// The roles of those ids; nothing if one is not there.
static std::optional<std::vector<Role>> chosen(const std::vector<Role>& all,
                                               const std::vector<RoleId>& ids) {
  std::vector<Role> roles;
  for (const Role& role : all) {
    if (std::ranges::find(ids, role.id) != ids.end()) roles.push_back(role);
  }
  const bool are_all_there = std::ranges::all_of(
      ids, [&](RoleId id) { return std::ranges::find(all, id, &Role::id) != all.end(); });
  if (!are_all_there) return std::nullopt;
  return roles;
}

static std::vector<RoleId> ids_of(const std::vector<Role>& roles) {
  std::vector<RoleId> ids;
  for (const Role& role : roles) ids.push_back(role.id);
  return ids;
}

Task<Result<Invitation, RightsRefusal>> Staff::invite(StaffActor by, NewStaffMember wanted,
                                                      Delivery delivery) {
  const auto name = one_line(wanted.name, staff_name_length_max);
  if (!name) co_return refuse(RightsRefusal::name_invalid);
  const auto address = mail::Address::named("", privacy::normalised_email(wanted.email));
  if (!address) co_return refuse(RightsRefusal::email_invalid);

  auto transaction = co_await parts_.database.begin();
  const auto who = co_await changer(transaction, by);
  if (!who) co_return refuse(RightsRefusal::beyond_own);
  const auto roles = chosen(co_await store_.roles(transaction), wanted.roles);
  if (!roles) co_return refuse(RightsRefusal::not_there);
  const auto decided = decide_inviting(*who, *roles);
  if (!decided) co_return refuse(decided.error());

  const Instant now = parts_.clock.now();
  const StaffId id{Uuid::v7(now)};
  StaffStore::NewMember member{
      .id = id, .email = address->email(), .name = *name, .locale = wanted.locale};
  if (!co_await store_.insert(transaction, std::move(member), now))
    co_return refuse(RightsRefusal::email_known);
  co_await store_.replace_roles(transaction, id, ids_of(*roles));
  auto invitation = co_await put_invitation(transaction, id, delivery);
  co_await write_note(transaction, by, "invited", id, {}, roles_fact(*roles), "");
  co_return invitation;
}

Task<Result<Invitation, RightsRefusal>> Staff::invite_again(StaffActor by, StaffId id,
                                                            Delivery delivery) {
  auto transaction = co_await parts_.database.begin();
  const auto who = co_await changer(transaction, by);
  if (!who) co_return refuse(RightsRefusal::beyond_own);
  const auto member = co_await store_.find(transaction, id);
  if (!member || member->disabled_at) co_return refuse(RightsRefusal::not_there);
  const auto decided = decide_acting_on(*who, member->rights());
  if (!decided) co_return refuse(decided.error());
  auto invitation = co_await put_invitation(transaction, id, delivery);
  co_await write_note(transaction, by, "invited_again", id, {}, {}, "");
  co_return invitation;
}

Task<Result<void, RightsRefusal>> Staff::set_roles(StaffActor by, StaffId id,
                                                   std::vector<RoleId> wanted) {
  auto transaction = co_await parts_.database.begin();
  const auto who = co_await changer(transaction, by);
  if (!who) co_return refuse(RightsRefusal::beyond_own);
  const auto member = co_await store_.find(transaction, id);
  const auto roles = chosen(co_await store_.roles(transaction), wanted);
  if (!member || !roles) co_return refuse(RightsRefusal::not_there);
  const int owners = co_await store_.count_active_owners(transaction);
  const auto decided = decide_roles(*who, member->rights(), *roles, owners);
  if (!decided) co_return refuse(decided.error());
  co_await store_.replace_roles(transaction, id, ids_of(*roles));
  co_await write_note(transaction, by, "roles_changed", id, roles_fact(member->roles),
                      roles_fact(*roles), "");
  co_return Result<void, RightsRefusal>{};
}

Task<Result<void, RightsRefusal>> Staff::disable(StaffActor by, StaffId id, std::string reason) {
  auto transaction = co_await parts_.database.begin();
  const auto who = co_await changer(transaction, by);
  if (!who) co_return refuse(RightsRefusal::beyond_own);
  const auto member = co_await store_.find(transaction, id);
  if (!member) co_return refuse(RightsRefusal::not_there);
  const int owners = co_await store_.count_active_owners(transaction);
  const auto decided = decide_disabling(*who, member->rights(), owners);
  if (!decided) co_return refuse(decided.error());
  if (member->disabled_at) co_return Result<void, RightsRefusal>{};
  co_await store_.set_disabled(transaction, id, parts_.clock.now());
  co_await store_.remove_invitation(transaction, id);
  co_await parts_.sessions.end_all(transaction, AccountRef::of(id), SessionEnd::account_closed);
  co_await write_note(transaction, by, "disabled", id, {}, {}, std::move(reason));
  co_return Result<void, RightsRefusal>{};
}

Task<Result<void, RightsRefusal>> Staff::enable(StaffActor by, StaffId id, std::string reason) {
  auto transaction = co_await parts_.database.begin();
  const auto who = co_await changer(transaction, by);
  if (!who) co_return refuse(RightsRefusal::beyond_own);
  const auto member = co_await store_.find(transaction, id);
  if (!member) co_return refuse(RightsRefusal::not_there);
  const auto decided = decide_acting_on(*who, member->rights());
  if (!decided) co_return refuse(decided.error());
  if (!member->disabled_at) co_return Result<void, RightsRefusal>{};
  co_await store_.set_disabled(transaction, id, std::nullopt);
  co_await write_note(transaction, by, "enabled", id, {}, {}, std::move(reason));
  co_return Result<void, RightsRefusal>{};
}

Task<Result<void, RightsRefusal>> Staff::reset_factors(StaffActor by, StaffId id,
                                                       std::string reason) {
  auto transaction = co_await parts_.database.begin();
  const auto who = co_await changer(transaction, by);
  if (!who) co_return refuse(RightsRefusal::beyond_own);
  const auto member = co_await store_.find(transaction, id);
  if (!member) co_return refuse(RightsRefusal::not_there);
  const auto decided = decide_acting_on(*who, member->rights());
  if (!decided) co_return refuse(decided.error());
  co_await factors_.reset(transaction, AccountRef::of(id), by.audit, std::move(reason));
  co_await transaction.commit();
  co_return Result<void, RightsRefusal>{};
}

// --- Of members themselves.

Task<std::optional<StaffMember>> Staff::find_invited(std::string token) {
  auto transaction = co_await parts_.database.begin();
  const auto id = co_await store_.find_invited(transaction, std::move(token), parts_.clock.now());
  std::optional<StaffMember> member;
  if (id) member = co_await store_.find(transaction, *id);
  co_await transaction.commit();
  co_return member;
}

namespace {

StaffActor themselves(StaffId id, const http::Request& request) {
  return {.member = id,
          .audit = {.kind = audit::ActorKind::staff,
                    .name = id.value().to_string(),
                    .request_id = request.id,
                    .client_address = request.client_address}};
}

}  // namespace

Task<Result<OpenedSession, JoinRefusal>> Staff::join(std::string token, std::string password,
                                                     http::Request request) {
  const auto invited = co_await find_invited(token);
  if (!invited) co_return refuse(JoinRefusal{});
  auto hash =
      co_await accounts_.hash_new_password(std::move(password), {invited->name, invited->email});
  if (!hash) {
    co_return refuse(
        JoinRefusal{.reason = JoinRefusal::Reason::password, .password = hash.error()});
  }

  const Instant now = parts_.clock.now();
  auto transaction = co_await parts_.database.begin();
  const auto id = co_await store_.use_invitation(transaction, std::move(token), now);
  if (!id) co_return refuse(JoinRefusal{});
  const auto account = AccountRef::of(*id);
  co_await store_.set_password(transaction, *id, *std::move(hash), now);
  co_await parts_.sessions.end_all(transaction, account, SessionEnd::password_changed);
  std::vector<std::string> methods{std::string(method::password)};
  auto opened = co_await parts_.sessions.open(
      transaction, account, SessionStage::pending_second_factor, std::move(methods));
  const std::string action = invited->joined_at ? "password_changed" : "joined";
  co_await write_note(transaction, themselves(*id, request), action, *id, {}, {}, "");
  co_return opened;
}

Task<Result<void, PasswordRefusal>> Staff::change_password(StaffId id, std::string password,
                                                           SessionId except,
                                                           http::Request request) {
  const auto member = co_await find(id);
  require(member.has_value(), "who is signed in is somebody");
  auto hash =
      co_await accounts_.hash_new_password(std::move(password), {member->name, member->email});
  if (!hash) co_return refuse(hash.error());
  auto transaction = co_await parts_.database.begin();
  co_await store_.set_password(transaction, id, *std::move(hash), parts_.clock.now());
  co_await store_.remove_invitation(transaction, id);
  co_await parts_.sessions.end_all(transaction, AccountRef::of(id), SessionEnd::password_changed,
                                   except);
  co_await write_note(transaction, themselves(id, request), "password_changed", id, {}, {}, "");
  co_return Result<void, PasswordRefusal>{};
}

Task<void> Staff::set_locale(StaffId id, std::string locale) {
  auto transaction = co_await parts_.database.begin();
  co_await store_.set_locale(transaction, id, std::move(locale));
  co_await transaction.commit();
}

Task<std::optional<Staff::InvitationMail>> Staff::token_for_mail(jobs::Event event) {
  const auto payload = json::parse(event.payload);
  if (!payload) co_return std::nullopt;
  json::Reader reader(*payload);
  const auto text = reader.string("invitation");
  const auto invitation = text ? Uuid::parse(*text) : std::nullopt;
  if (!invitation) co_return std::nullopt;

  const StaffId id{event.aggregate_id};
  std::string token = parts_.random.token(invitation_token_bytes);
  auto transaction = co_await parts_.database.begin();
  const bool is_open = co_await store_.set_token(transaction, id, *invitation,
                                                 crypto::token_hash(token), parts_.clock.now());
  auto member = co_await store_.find(transaction, id);
  co_await transaction.commit();
  if (!is_open || !member) co_return std::nullopt;
  co_return InvitationMail{.member = *std::move(member), .token = std::move(token)};
}

}  // namespace osier::identity
