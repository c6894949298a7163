#include <gtest/gtest.h>

#include "identity/api_keys.h"
#include "identity/test/staff_desk.h"

namespace osier::identity {
namespace {

using test::at_staff_desk;
using test::StaffDesk;

const PermissionSet reading = PermissionSet::of({"orders.read"});

Task<void> use_key(StaffDesk& desk) {
  ApiKeys keys(desk.shop.database, desk.staff, desk.shop.clock, desk.shop.random);
  const auto owner = StaffDesk::acting(co_await desk.member("owner@example.org", "Owner"));
  const auto made = co_await keys.make(owner, "Export", reading, 30);
  EXPECT_TRUE(made.has_value());
  const auto found = co_await keys.find(made->token);
  EXPECT_TRUE(found && found->scopes == reading && found->name == "Export");
  EXPECT_FALSE(co_await keys.find(made->token + "A"));
  EXPECT_FALSE(co_await keys.find(""));
  const auto listed = co_await keys.list();
  EXPECT_EQ(listed.at(0).last_used_at, desk.shop.clock.now()) << "noon is a whole hour";

  desk.shop.clock.advance(30 * 24h - 1s);
  EXPECT_TRUE(co_await keys.find(made->token));
  desk.shop.clock.advance(1s);
  EXPECT_FALSE(co_await keys.find(made->token));
}

TEST(ApiKeys, OpenUntilTheirEnd) { at_staff_desk(use_key); }

Task<void> revoke_key(StaffDesk& desk) {
  ApiKeys keys(desk.shop.database, desk.staff, desk.shop.clock, desk.shop.random);
  const auto owner = StaffDesk::acting(co_await desk.member("owner@example.org", "Owner"));
  const auto made = co_await keys.make(owner, "Export", reading, 30);
  const auto same = co_await keys.make(owner, "EXPORT", reading, 30);
  EXPECT_FALSE(same.has_value());
  const auto revoked = co_await keys.revoke(owner, made->id);
  EXPECT_TRUE(revoked.has_value());
  EXPECT_FALSE(co_await keys.find(made->token));
  EXPECT_FALSE(co_await keys.revoke(owner, made->id));
  EXPECT_TRUE(co_await keys.make(owner, "Export", reading, 30)) << "the name is free again";
}

TEST(ApiKeys, AreGoneWhenRevoked_Hardening63) { at_staff_desk(revoke_key); }

Task<void> ask_too_much(StaffDesk& desk) {
  ApiKeys keys(desk.shop.database, desk.staff, desk.shop.clock, desk.shop.random);
  const auto owner = StaffDesk::acting(co_await desk.member("owner@example.org", "Owner"));
  const auto for_people = PermissionSet::of({"orders.refund"});
  const auto refunds = co_await keys.make(owner, "Refunds", for_people, 30);
  EXPECT_EQ(refunds.error(), RightsRefusal::machine_right);

  const RoleText text{.name = "Keys", .description = ""};
  const auto role = co_await desk.staff.add_role(
      desk.console, text, PermissionSet::of({"api_keys.manage", "orders.read"}));
  EXPECT_TRUE(role.has_value());
  const auto ada = StaffDesk::acting(co_await desk.member("ada@example.org", "Keys"));
  const auto audit = PermissionSet::of({"audit.read"});
  const auto beyond = co_await keys.make(ada, "Record", audit, 30);
  EXPECT_EQ(beyond.error(), RightsRefusal::beyond_own);
  EXPECT_TRUE(co_await keys.make(ada, "Orders", reading, 30));
}

TEST(ApiKeys, HoldNothingThatMachinesOrTheirMakersMayNot_Hardening59) {
  at_staff_desk(ask_too_much);
}

}  // namespace
}  // namespace osier::identity
