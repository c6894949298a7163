// Roles: editable sets of named permissions.

#include "identity/one_line.h"
#include "identity/staff.h"

namespace osier::identity {

namespace {

audit::Facts facts_of(const Role& role) {
  std::string names;
  for (const std::string& name : role.permissions.names())
    names += (names.empty() ? "" : " ") + name;
  return audit::Facts().add("name", role.name).add("permissions", std::move(names));
}

constexpr std::size_t description_length_max = 200;

// Nothing if the name is none.
std::optional<Role> role_of(RoleId id, const RoleText& text, PermissionSet permissions) {
  auto name = one_line(text.name, role_name_length_max);
  if (!name) return std::nullopt;
  auto description = one_line(text.description, description_length_max);
  if (!description && text.description.find_first_not_of(" \t\r\n") != std::string::npos)
    return std::nullopt;
  return Role{.id = id,
              .name = *std::move(name),
              .description = std::move(description).value_or(""),
              .permissions = std::move(permissions)};
}

}  // namespace

Task<Result<void, RightsRefusal>> Staff::put_role(pg::Transaction& transaction, StaffActor by,
                                                  std::optional<Role> former, Role role) {
  if (!co_await store_.put_role(transaction, role)) co_return refuse(RightsRefusal::name_known);
  pg::Batch batch;
  note(batch, by, former ? "changed" : "added", "role", role.id.value(),
       former ? facts_of(*former) : audit::Facts(), facts_of(role));
  co_await transaction.run_all_and_commit(std::move(batch));
  co_return Result<void, RightsRefusal>{};
}

Task<Result<RoleId, RightsRefusal>> Staff::add_role(StaffActor by, RoleText text,
                                                    PermissionSet permissions) {
  auto role = role_of(RoleId{Uuid::v7(parts_.clock.now())}, text, std::move(permissions));
  if (!role) co_return refuse(RightsRefusal::name_invalid);
  auto transaction = co_await parts_.database.begin();
  const auto who = co_await changer(transaction, by);
  if (!who) co_return refuse(RightsRefusal::beyond_own);
  const auto decided = decide_new_role(*who, role->permissions);
  if (!decided) co_return refuse(decided.error());
  const RoleId id = role->id;
  const auto put = co_await put_role(transaction, by, std::nullopt, *std::move(role));
  if (!put) co_return refuse(put.error());
  co_return id;
}

Task<Result<void, RightsRefusal>> Staff::edit_role(StaffActor by, RoleId id, RoleText text,
                                                   PermissionSet permissions) {
  auto role = role_of(id, text, std::move(permissions));
  if (!role) co_return refuse(RightsRefusal::name_invalid);
  auto transaction = co_await parts_.database.begin();
  const auto who = co_await changer(transaction, by);
  if (!who) co_return refuse(RightsRefusal::beyond_own);
  auto former = co_await store_.find_role(transaction, id);
  if (!former) co_return refuse(RightsRefusal::not_there);
  std::vector<RoleId> own;
  if (who->member) {
    const auto member = co_await store_.find(transaction, *who->member);
    for (const Role& held : member->roles) own.push_back(held.id);
  }
  const auto decided = decide_role_edit(*who, *former, role->permissions, own);
  if (!decided) co_return refuse(decided.error());
  co_return co_await put_role(transaction, by, std::move(former), *std::move(role));
}

Task<Result<void, RightsRefusal>> Staff::remove_role(StaffActor by, RoleId id) {
  auto transaction = co_await parts_.database.begin();
  const auto who = co_await changer(transaction, by);
  if (!who) co_return refuse(RightsRefusal::beyond_own);
  const auto role = co_await store_.find_role(transaction, id);
  if (!role) co_return refuse(RightsRefusal::not_there);
  const int members = co_await store_.count_members(transaction, id);
  const auto decided = decide_role_removal(*who, *role, members);
  if (!decided) co_return refuse(decided.error());
  co_await store_.remove_role(transaction, id);
  pg::Batch batch;
  note(batch, by, "removed", "role", id.value(), facts_of(*role), {});
  co_await transaction.run_all_and_commit(std::move(batch));
  co_return Result<void, RightsRefusal>{};
}

}  // namespace osier::identity
