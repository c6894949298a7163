// osier staff: who works in the admin portal, from the machine's console. Whoever can run it may do
// everything, so that a shop never locks itself out.

#include <fmt/format.h>

#include <algorithm>

#include "app/cli.h"
#include "app/command_database.h"
#include "app/root_key.h"
#include "app/shop.h"
#include "identity/staff.h"

namespace osier::app {

namespace {

using identity::Delivery;
using identity::RightsRefusal;
using identity::StaffMember;

const identity::StaffActor console = identity::StaffActor::console("osier staff");

std::string sentence_for(RightsRefusal refusal) {
  switch (refusal) {
    case RightsRefusal::own_account:
    case RightsRefusal::beyond_own:
    case RightsRefusal::machine_right:
    case RightsRefusal::role_in_use:
    case RightsRefusal::name_known:
      return "this is not allowed";  // None of them is the console's.
    case RightsRefusal::last_owner:
      return "this is the last active owner: add another one first (osier staff add --owner)";
    case RightsRefusal::owner_role:
      return "the owner's role cannot be changed";
    case RightsRefusal::not_there:
      return "there is nobody of this address, or they are disabled";
    case RightsRefusal::email_known:
      return "somebody has this address already: osier staff invite sends them another link";
    case RightsRefusal::email_invalid:
      return "--email is not an e-mail address";
    case RightsRefusal::name_invalid:
      return "--name must be one line of 100 characters at most";
  }
}

struct StaffConsole {
  StaffConsole(const config::Config& config, const std::string& connection, Loop& loop)
      : base_url(config.admin_base_url),
        log(telemetry::Level::error, telemetry::Format::text, clock),
        database({.connection = connection,
                  .connections_per_loop = 2,
                  .acquire_timeout = 10s,
                  .connect_timeout = 10s},
                 {&loop}),
        vault(root_key(config, random), random, vault_options(config)),
        sessions(database, clock, random),
        hashing({.threads = 1}),
        throttle(database, clock),
        staff({.database = database,
               .vault = vault,
               .sessions = sessions,
               .hashing = hashing,
               .throttle = throttle,
               .clock = clock,
               .random = random,
               .log = log},
              staff_site(config, "")) {}

  std::string base_url;
  SystemClock clock;
  SystemRandom random;
  telemetry::Log log;
  pg::Database database;
  privacy::Vault vault;
  identity::Sessions sessions;
  identity::PasswordHashing hashing;
  identity::Throttle throttle;
  identity::Staff staff;
};

std::string names_or_none(const std::vector<identity::Role>& roles) {
  return roles.empty() ? "no role" : names_of(roles);
}

// The ids of roles by their names; tells which one is not there.
Task<std::optional<std::vector<identity::RoleId>>> roles_of(StaffConsole& desk,
                                                            StaffOptions options) {
  const auto all = co_await desk.staff.roles();
  std::vector<identity::RoleId> ids;
  for (const identity::Role& role : all) {
    if (role.is_owner && options.is_owner) ids.push_back(role.id);
  }
  for (const std::string& name : options.roles) {
    const auto found = std::ranges::find(all, name, &identity::Role::name);
    if (found == all.end()) {
      fail("there is no role " + name + ": osier staff roles lists them");
      co_return std::nullopt;
    }
    ids.push_back(found->id);
  }
  co_return ids;
}

int tell(StaffConsole& desk, const Result<identity::Invitation, RightsRefusal>& invitation) {
  if (!invitation) return fail(sentence_for(invitation.error()));
  if (invitation->token.empty()) {
    fmt::print("The invitation will be mailed; it is valid until {}.\n",
               to_rfc3339(invitation->expires_at));
    return 0;
  }
  const std::string base = desk.base_url.empty() ? "https://ADMIN-HOST" : desk.base_url;
  fmt::print("{}/admin/invitation/{}\nGive this link to them alone. It works once, until {}.\n",
             base, invitation->token, to_rfc3339(invitation->expires_at));
  return 0;
}

Task<int> add(StaffConsole& desk, StaffOptions options) {
  auto roles = co_await roles_of(desk, options);
  if (!roles) co_return 1;
  identity::NewStaffMember member{.email = options.email,
                                  .name = options.name,
                                  .locale = options.language,
                                  .roles = *std::move(roles)};
  const auto delivery = options.is_mailed ? Delivery::mail : Delivery::by_hand;
  co_return tell(desk, co_await desk.staff.invite(console, std::move(member), delivery));
}

Task<int> list(StaffConsole& desk) {
  for (const StaffMember& member : co_await desk.staff.members()) {
    const auto factors = co_await desk.staff.factors().of(identity::AccountRef::of(member.id));
    fmt::print("{}: {}, {}, {}, {}\n", member.email, member.name, to_string(member.state()),
               names_or_none(member.roles), factors.any() ? "second factor" : "no second factor");
  }
  co_return 0;
}

Task<int> list_roles(StaffConsole& desk) {
  for (const identity::Role& role : co_await desk.staff.roles()) {
    std::string names;
    for (const std::string& name : role.permissions.names()) names += " " + name;
    fmt::print("{}:{}\n", role.name, names.empty() ? " nothing" : names);
  }
  co_return 0;
}

int tell(const Result<void, RightsRefusal>& done) {
  return done ? 0 : fail(sentence_for(done.error()));
}

Task<int> set_roles(StaffConsole& desk, identity::StaffId id, StaffOptions options) {
  auto roles = co_await roles_of(desk, std::move(options));
  if (!roles) co_return 1;
  co_return tell(co_await desk.staff.set_roles(console, id, *std::move(roles)));
}

Task<int> obey(StaffConsole& desk, StaffOptions options) {
  using Action = StaffOptions::Action;
  if (options.action == Action::add) co_return co_await add(desk, std::move(options));
  if (options.action == Action::list) co_return co_await list(desk);
  if (options.action == Action::roles && options.email.empty()) co_return co_await list_roles(desk);

  const auto member = co_await desk.staff.find_by_email(options.email);
  if (!member) co_return fail(sentence_for(RightsRefusal::not_there));
  const identity::StaffId id = member->id;
  switch (options.action) {
    case Action::roles:
      co_return co_await set_roles(desk, id, std::move(options));
    case Action::invite: {
      const auto delivery = options.is_mailed ? Delivery::mail : Delivery::by_hand;
      co_return tell(desk, co_await desk.staff.invite_again(console, id, delivery));
    }
    case Action::disable:
      co_return tell(co_await desk.staff.disable(console, id, options.reason));
    case Action::enable:
      co_return tell(co_await desk.staff.enable(console, id, options.reason));
    case Action::reset_factor:
      co_return tell(co_await desk.staff.reset_factors(console, id, options.reason));
    case Action::add:
    case Action::list:
      break;
  }
  co_return 1;
}

Task<void> run_desk(StaffConsole& desk, StaffOptions options, int& status) {
  co_await desk.vault.load(desk.database);
  status = co_await obey(desk, std::move(options));
}

}  // namespace

int staff(const config::Config& config, const StaffOptions& options) {
  return with_current_schema(config, [&](const std::string& connection) {
    int status = 1;
    Loop loop;
    StaffConsole desk(config, connection, loop);
    run_to_end(loop, run_desk(desk, options, status));
    desk.database.close();
    return status;
  });
}

}  // namespace osier::app
