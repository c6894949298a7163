// Who works in the admin portal, as their colleagues see them.

#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "audit/audit.h"
#include "identity/staff_rules.h"
#include "platform/base/time.h"
#include "platform/http/message.h"

namespace osier::identity {

struct StaffMember {
  enum class State {
    invited,  // Has never signed in.
    active,
    disabled,
  };

  StaffId id;
  std::string email;
  std::string name;
  std::string locale;
  std::vector<Role> roles;  // The owner's first, then by name.
  Instant created_at;
  std::optional<Instant> joined_at;
  std::optional<Instant> disabled_at;
  std::optional<Instant> invited_until;  // Of an invitation that is still open.

  State state() const;
  MemberRights rights() const;
};
std::string_view to_string(StaffMember::State state);
// "Owner, Support".
std::string names_of(const std::vector<Role>& roles);

// Who changes something: a member, or somebody at the machine's console, who may do everything.
struct StaffActor {
  std::optional<StaffId> member;
  audit::Actor audit;

  // `command` is the subcommand: "osier staff".
  static StaffActor console(std::string command);
  // Whoever sent it; its route's access names staff.
  static StaffActor of(const http::Request& request);
};

inline constexpr std::size_t staff_name_length_max = 100;  // Characters.
inline constexpr std::size_t role_name_length_max = 60;
inline constexpr std::size_t reason_length_max = 300;
inline constexpr Duration invitation_max = 72h;

}  // namespace osier::identity
