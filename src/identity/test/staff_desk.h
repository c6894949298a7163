// Staff of a shop of their own. For tests.

#pragma once

#include <functional>
#include <string>

#include "identity/staff.h"
#include "identity/test/factor_shop.h"

namespace osier::identity::test {

inline constexpr const char* good_password = "gravel sonnet 7";

struct StaffDesk {
  explicit StaffDesk(FactorShop& where)
      : shop(where),
        sessions(shop.database, shop.clock, shop.random),
        throttle(shop.database, shop.clock),
        staff({.database = shop.database,
               .vault = *shop.vault,
               .sessions = sessions,
               .hashing = hashing,
               .throttle = throttle,
               .clock = shop.clock,
               .random = shop.random,
               .log = log},
              {.shop_name = "Shop", .relying_party = RelyingParty::of("https://admin.example")}) {}

  Task<void> open_shop() { co_await throttle.load(shop.random); }

  Task<Role> role(std::string name) {
    for (const Role& role : co_await staff.roles()) {
      if (role.name == name) co_return role;
    }
    throw std::logic_error("no role " + name);
  }
  // Somebody who has joined, with that role.
  Task<StaffId> member(std::string email, std::string role_name) {
    const auto invitation = co_await invite(console, std::move(email), std::move(role_name));
    if (!invitation) throw std::logic_error("not invited");
    const auto joined = co_await staff.join(invitation->token, good_password, {});
    if (!joined) throw std::logic_error("not joined");
    co_return invitation->member;
  }
  Task<Result<Invitation, RightsRefusal>> invite(StaffActor by, std::string email,
                                                 std::string role_name) {
    const auto held = co_await role(std::move(role_name));
    NewStaffMember wanted{.email = std::move(email), .name = "Ada Lovelace", .roles = {held.id}};
    co_return co_await staff.invite(std::move(by), std::move(wanted), Delivery::by_hand);
  }
  Task<Result<OpenedSession, SignInRefusal>> sign_in(std::string email, std::string password) {
    http::Request request;
    request.client_address = "203.0.113.7";
    co_return co_await staff.accounts().sign_in_by_password(std::move(email), std::move(password),
                                                            std::move(request), std::nullopt);
  }
  static StaffActor acting(StaffId id) {
    return {.member = id, .audit = {audit::ActorKind::staff, id.value().to_string()}};
  }

  FactorShop& shop;
  Sessions sessions;
  Throttle throttle;
  PasswordHashing hashing{{.passes = 1, .memory_bytes = 8192 * 1024, .threads = 1}};
  telemetry::Log log{telemetry::Level::error, telemetry::Format::json, shop.clock};
  Staff staff;
  StaffActor console = StaffActor::console("osier staff");
};

inline Task<void> open_desk(pg::Database& database, Task<void> (*work)(StaffDesk&)) {
  FactorShop shop(database);
  co_await shop.vault->load(database);
  StaffDesk desk(shop);
  co_await desk.open_shop();
  co_await work(desk);
}

// Runs `work` at a desk in a database of its own.
inline void at_staff_desk(Task<void> (*work)(StaffDesk&)) {
  const pg::test::Database fresh(migrations());
  pg::test::run(fresh.connection(),
                [work](pg::Database& database) { return open_desk(database, work); });
}

}  // namespace osier::identity::test
