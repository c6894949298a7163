// Who may change whose rights (hardening 59). Pure: values in, a decision out.
//
//   - Nobody changes their own roles, or a role that they have, and nobody disables themselves.
//   - Nobody gives a right that they do not have, by a role, by what a role holds, or by an API
//   key;
//     nor acts on somebody who has rights that they lack: whoever resets an owner's second factor
//     could be that owner. Only owners make owners.
//   - The last active owner stays: neither disabled nor without the role. The owner role holds
//   every
//     permission there is and cannot be edited or removed.

#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "identity/account.h"
#include "identity/permission.h"
#include "platform/base/result.h"

namespace osier::identity {

using RoleId = Strong<struct RoleTag, Uuid>;

struct Role {
  RoleId id;
  bool is_owner = false;
  std::string name;  // Of an editable role; the owner's is a text of ours.
  std::string description;
  PermissionSet permissions;
};

// Who changes something: a staff member, or the console (osier staff), which may do everything.
struct Changer {
  std::optional<StaffId> member{};  // Nothing: the console.
  bool is_owner = false;
  PermissionSet permissions{};
};

// A member as far as the rules look at them.
struct MemberRights {
  StaffId id;
  std::vector<Role> roles;
  bool is_active = false;  // Has accepted the invitation and is not disabled.

  bool is_owner() const;
  PermissionSet permissions() const;
};

enum class RightsRefusal {
  own_account,    // Nobody changes their own rights.
  beyond_own,     // It takes or gives a right that the changer does not have.
  last_owner,     // There must be an active owner.
  owner_role,     // The owner role cannot be edited or removed.
  role_in_use,    // Members have it.
  machine_right,  // A right that machines may not have.

  // No rule says no, but what is there.
  not_there,      // No such member, role or key.
  email_known,    // Somebody has this address.
  email_invalid,  // It is no address.
  name_known,     // Another role or key is called so.
  name_invalid,   // Empty, too long, or more than a line.
};
std::string_view to_string(RightsRefusal refusal);

// `owners_active`: how many active owners there are, the member included. Read under the lock that
// all changes of rights take.
Result<void, RightsRefusal> decide_roles(const Changer& changer, const MemberRights& member,
                                         const std::vector<Role>& roles, int owners_active);
// Also for what opens an account for whoever does it: a new invitation, a reset second factor.
Result<void, RightsRefusal> decide_acting_on(const Changer& changer, const MemberRights& member);
Result<void, RightsRefusal> decide_disabling(const Changer& changer, const MemberRights& member,
                                             int owners_active);
Result<void, RightsRefusal> decide_inviting(const Changer& changer, const std::vector<Role>& roles);
// `own_roles`: those that the changer has.
Result<void, RightsRefusal> decide_role_edit(const Changer& changer, const Role& role,
                                             const PermissionSet& permissions,
                                             const std::vector<RoleId>& own_roles);
Result<void, RightsRefusal> decide_role_removal(const Changer& changer, const Role& role,
                                                int members);
Result<void, RightsRefusal> decide_new_role(const Changer& changer,
                                            const PermissionSet& permissions);
Result<void, RightsRefusal> decide_api_key(const Changer& changer, const PermissionSet& scopes);

}  // namespace osier::identity
