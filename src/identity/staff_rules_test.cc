#include "identity/staff_rules.h"

#include <gtest/gtest.h>

namespace osier::identity {
namespace {

StaffId member_id(int n) {
  std::array<std::uint8_t, 16> bytes{};
  bytes[15] = static_cast<std::uint8_t>(n);
  return StaffId{Uuid(bytes)};
}

Role role_of(int n, const std::vector<std::string>& names) {
  return {.id = RoleId{member_id(n).value()},
          .is_owner = false,
          .name = "role " + std::to_string(n),
          .description = {},
          .permissions = PermissionSet::of(names)};
}

Role owner() {
  return {.id = RoleId{member_id(99).value()},
          .is_owner = true,
          .name = {},
          .description = {},
          .permissions = PermissionSet::all()};
}

MemberRights member(int n, std::vector<Role> roles) {
  return {.id = member_id(n), .roles = std::move(roles), .is_active = true};
}

Changer changer(const MemberRights& who) {
  return {.member = who.id, .is_owner = who.is_owner(), .permissions = who.permissions()};
}

const Role support = role_of(1, {"orders.read", "customers.read"});
const Role refunds = role_of(2, {"orders.read", "orders.refund"});
const Role lead = role_of(3, {"orders.read", "customers.read", "staff.manage", "roles.manage"});
const Role everything = [] {
  Role role = role_of(4, {});
  role.permissions = PermissionSet::all();
  return role;
}();

const MemberRights boss = member(10, {owner()});
const MemberRights leader = member(11, {lead});
const MemberRights helper = member(12, {support});
const MemberRights regent = member(13, {everything});

// Hardening 59: nobody raises their own rights.
TEST(StaffRules, NobodyChangesTheirOwnRights) {
  EXPECT_EQ(decide_roles(changer(boss), boss, {owner(), support}, 2).error(),
            RightsRefusal::own_account);
  EXPECT_EQ(decide_roles(changer(leader), leader, {lead, refunds}, 1).error(),
            RightsRefusal::own_account);
  EXPECT_EQ(decide_disabling(changer(leader), leader, 1).error(), RightsRefusal::own_account);
  const auto more = PermissionSet::of({"orders.read", "roles.manage", "staff.manage"});
  EXPECT_EQ(decide_role_edit(changer(leader), lead, more, {lead.id}).error(),
            RightsRefusal::own_account);
}

// Hardening 59: nobody gives what they do not have.
TEST(StaffRules, NobodyGivesARightThatTheyDoNotHave) {
  EXPECT_TRUE(decide_roles(changer(leader), helper, {support}, 1));
  EXPECT_TRUE(decide_roles(changer(leader), helper, {}, 1));
  EXPECT_EQ(decide_roles(changer(leader), helper, {support, refunds}, 1).error(),
            RightsRefusal::beyond_own);
  EXPECT_EQ(decide_inviting(changer(leader), {refunds}).error(), RightsRefusal::beyond_own);
  EXPECT_TRUE(decide_inviting(changer(leader), {support}));
  EXPECT_EQ(decide_new_role(changer(leader), PermissionSet::of({"orders.refund"})).error(),
            RightsRefusal::beyond_own);
  EXPECT_EQ(
      decide_role_edit(changer(leader), support, PermissionSet::of({"audit.read"}), {}).error(),
      RightsRefusal::beyond_own);
  EXPECT_EQ(decide_api_key(changer(leader), PermissionSet::of({"audit.read"})).error(),
            RightsRefusal::beyond_own);
  EXPECT_TRUE(decide_api_key(changer(leader), PermissionSet::of({"orders.read"})));
}

TEST(StaffRules, NobodyTakesARightThatTheyDoNotHave) {
  const auto payer = member(14, {refunds});
  EXPECT_EQ(decide_roles(changer(leader), payer, {}, 1).error(), RightsRefusal::beyond_own);
  EXPECT_EQ(
      decide_role_edit(changer(leader), refunds, PermissionSet::of({"orders.read"}), {}).error(),
      RightsRefusal::beyond_own);
  EXPECT_EQ(decide_role_removal(changer(leader), refunds, 0).error(), RightsRefusal::beyond_own);
}

TEST(StaffRules, NobodyActsOnSomebodyWhoMayDoMore) {
  EXPECT_EQ(decide_acting_on(changer(leader), boss).error(), RightsRefusal::beyond_own);
  EXPECT_EQ(decide_disabling(changer(leader), boss, 2).error(), RightsRefusal::beyond_own);
  EXPECT_TRUE(decide_acting_on(changer(leader), helper));
  EXPECT_TRUE(decide_acting_on(changer(boss), leader));
}

// Hardening 59: only owners make owners, though others may have every permission of today.
TEST(StaffRules, OnlyOwnersMakeAndTouchOwners) {
  EXPECT_EQ(decide_inviting(changer(regent), {owner()}).error(), RightsRefusal::beyond_own);
  EXPECT_EQ(decide_roles(changer(regent), helper, {owner()}, 1).error(), RightsRefusal::beyond_own);
  EXPECT_EQ(decide_acting_on(changer(regent), boss).error(), RightsRefusal::beyond_own);
  EXPECT_TRUE(decide_inviting(changer(boss), {owner()}));
}

// Hardening 59: the last owner stays, also when the console asks.
TEST(StaffRules, TheLastActiveOwnerStays) {
  const auto other = member(15, {owner()});
  const Changer console;
  for (const Changer& who : {changer(other), console}) {
    EXPECT_EQ(decide_disabling(who, boss, 1).error(), RightsRefusal::last_owner);
    EXPECT_TRUE(decide_disabling(who, boss, 2));
    EXPECT_EQ(decide_roles(who, boss, {support}, 1).error(), RightsRefusal::last_owner);
    EXPECT_TRUE(decide_roles(who, boss, {support}, 2));
    EXPECT_TRUE(decide_roles(who, boss, {owner(), support}, 1));
  }
  auto invited = other;
  invited.is_active = false;
  EXPECT_TRUE(decide_disabling(console, invited, 1));
}

TEST(StaffRules, TheOwnerRoleIsFixedAndARoleInUseStays) {
  EXPECT_EQ(decide_role_edit(changer(regent), owner(), {}, {}).error(), RightsRefusal::owner_role);
  EXPECT_EQ(decide_role_removal(Changer{}, owner(), 0).error(), RightsRefusal::owner_role);
  EXPECT_EQ(decide_role_removal(changer(boss), support, 1).error(), RightsRefusal::role_in_use);
  EXPECT_TRUE(decide_role_removal(changer(boss), support, 0));
}

TEST(StaffRules, MachinesGetNoRightsOverPeople) {
  for (const char* name :
       {"staff.manage", "roles.manage", "api_keys.manage", "customers.reveal", "orders.refund"}) {
    EXPECT_EQ(decide_api_key(changer(boss), PermissionSet::of({name})).error(),
              RightsRefusal::machine_right)
        << name;
  }
}

TEST(PermissionSet, KeepsWhatIsKnownOnce) {
  const auto set = PermissionSet::of({"orders.read", "orders.read", "orders.burn", "audit.read"});
  EXPECT_EQ(set.names(), (std::vector<std::string>{"audit.read", "orders.read"}));
  EXPECT_TRUE(PermissionSet::all().includes(set));
  EXPECT_FALSE(set.includes(PermissionSet::all()));
  EXPECT_TRUE(set.has("orders.read"));
  EXPECT_FALSE(set.has("orders.refund"));
}

}  // namespace
}  // namespace osier::identity
