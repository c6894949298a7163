#include "identity/staff_member.h"

#include "platform/base/require.h"
#include "platform/http/access.h"

namespace osier::identity {

StaffMember::State StaffMember::state() const {
  if (disabled_at) return State::disabled;
  return joined_at ? State::active : State::invited;
}

MemberRights StaffMember::rights() const {
  return {.id = id, .roles = roles, .is_active = state() == State::active};
}

std::string_view to_string(StaffMember::State state) {
  switch (state) {
    case StaffMember::State::invited:
      return "invited";
    case StaffMember::State::active:
      return "active";
    case StaffMember::State::disabled:
      return "disabled";
  }
}

std::string names_of(const std::vector<Role>& roles) {
  std::string names;
  for (const Role& role : roles) names += (names.empty() ? "" : ", ") + role.name;
  return names;
}

StaffActor StaffActor::console(std::string command) {
  return {.member = std::nullopt, .audit = {audit::ActorKind::command, std::move(command)}};
}

StaffActor StaffActor::of(const http::Request& request) {
  require(request.principal && request.principal->realm == http::Principal::Realm::staff,
          "the route's access names staff");
  const StaffId member{request.principal->account};
  return {.member = member,
          .audit = {.kind = audit::ActorKind::staff,
                    .name = member.value().to_string(),
                    .request_id = request.id,
                    .client_address = request.client_address}};
}

}  // namespace osier::identity
