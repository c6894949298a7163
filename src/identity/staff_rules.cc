#include "identity/staff_rules.h"

#include <algorithm>

namespace osier::identity {

std::string_view to_string(RightsRefusal refusal) {
  switch (refusal) {
    case RightsRefusal::own_account:
      return "own_account";
    case RightsRefusal::beyond_own:
      return "beyond_own";
    case RightsRefusal::last_owner:
      return "last_owner";
    case RightsRefusal::owner_role:
      return "owner_role";
    case RightsRefusal::role_in_use:
      return "role_in_use";
    case RightsRefusal::machine_right:
      return "machine_right";
    case RightsRefusal::not_there:
      return "not_there";
    case RightsRefusal::email_known:
      return "email_known";
    case RightsRefusal::email_invalid:
      return "email_invalid";
    case RightsRefusal::name_known:
      return "name_known";
    case RightsRefusal::name_invalid:
      return "name_invalid";
  }
}

namespace {

PermissionSet permissions_of(const std::vector<Role>& roles) {
  PermissionSet all;
  for (const Role& role : roles) all = all.united_with(role.permissions);
  return all;
}

bool has_owner(const std::vector<Role>& roles) {
  return std::ranges::any_of(roles, &Role::is_owner);
}

bool may_touch(const Changer& changer, const std::vector<Role>& roles) {
  if (!changer.member) return true;
  if (has_owner(roles) && !changer.is_owner) return false;
  return changer.permissions.includes(permissions_of(roles));
}

bool is_self(const Changer& changer, StaffId member) {
  return changer.member && *changer.member == member;
}

bool is_last_owner(const MemberRights& member, int owners_active) {
  return member.is_active && member.is_owner() && owners_active <= 1;
}

}  // namespace

bool MemberRights::is_owner() const { return has_owner(roles); }
PermissionSet MemberRights::permissions() const { return permissions_of(roles); }

Result<void, RightsRefusal> decide_acting_on(const Changer& changer, const MemberRights& member) {
  if (is_self(changer, member.id)) return refuse(RightsRefusal::own_account);
  if (!may_touch(changer, member.roles)) return refuse(RightsRefusal::beyond_own);
  return {};
}

Result<void, RightsRefusal> decide_roles(const Changer& changer, const MemberRights& member,
                                         const std::vector<Role>& roles, int owners_active) {
  const auto acting = decide_acting_on(changer, member);
  if (!acting) return acting;
  if (!may_touch(changer, roles)) return refuse(RightsRefusal::beyond_own);
  if (is_last_owner(member, owners_active) && !has_owner(roles))
    return refuse(RightsRefusal::last_owner);
  return {};
}

Result<void, RightsRefusal> decide_disabling(const Changer& changer, const MemberRights& member,
                                             int owners_active) {
  const auto acting = decide_acting_on(changer, member);
  if (!acting) return acting;
  if (is_last_owner(member, owners_active)) return refuse(RightsRefusal::last_owner);
  return {};
}

Result<void, RightsRefusal> decide_inviting(const Changer& changer,
                                            const std::vector<Role>& roles) {
  if (!may_touch(changer, roles)) return refuse(RightsRefusal::beyond_own);
  return {};
}

Result<void, RightsRefusal> decide_new_role(const Changer& changer,
                                            const PermissionSet& permissions) {
  if (changer.member && !changer.permissions.includes(permissions))
    return refuse(RightsRefusal::beyond_own);
  return {};
}

Result<void, RightsRefusal> decide_role_edit(const Changer& changer, const Role& role,
                                             const PermissionSet& permissions,
                                             const std::vector<RoleId>& own_roles) {
  if (role.is_owner) return refuse(RightsRefusal::owner_role);
  if (std::ranges::find(own_roles, role.id) != own_roles.end())
    return refuse(RightsRefusal::own_account);
  const auto before = decide_new_role(changer, role.permissions);
  if (!before) return before;
  return decide_new_role(changer, permissions);
}

Result<void, RightsRefusal> decide_role_removal(const Changer& changer, const Role& role,
                                                int members) {
  if (role.is_owner) return refuse(RightsRefusal::owner_role);
  if (members > 0) return refuse(RightsRefusal::role_in_use);
  return decide_new_role(changer, role.permissions);
}

Result<void, RightsRefusal> decide_api_key(const Changer& changer, const PermissionSet& scopes) {
  for (const std::string& name : scopes.names()) {
    const Permission* permission = find_permission(name);
    if (permission == nullptr || permission->holder != Holder::anyone)
      return refuse(RightsRefusal::machine_right);
  }
  return decide_new_role(changer, scopes);
}

}  // namespace osier::identity
