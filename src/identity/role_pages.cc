// The pages on which roles are managed.

#include <algorithm>

#include "identity/staff_member_page.h"
#include "identity/staff_member_pages.h"
#include "identity/staff_words.h"
#include "identity/step_up.h"

namespace osier::identity {

using web::AdminContext;
using web::AdminPortal;

namespace {

constexpr const char* role_list_path = "/admin/roles";

class RolePages {
 public:
  RolePages(const AdminPortal& portal, Staff& staff)
      : portal_(portal),
        staff_(staff),
        list_(portal.engine().page<RoleListView>("admin_roles.html")),
        role_(portal.engine().page<RoleView>("admin_role.html")) {}

  Task<http::Response> show_list(AdminContext context, http::Request request) const;
  Task<http::Response> show_new(AdminContext context, http::Request request) const;
  Task<http::Response> add(AdminContext context, http::Parameters form,
                           http::Request request) const;
  Task<http::Response> show(AdminContext context, http::Request request) const;
  Task<http::Response> edit(AdminContext context, http::Parameters form,
                            http::Request request) const;
  Task<http::Response> remove(AdminContext context, http::Parameters form,
                              http::Request request) const;

 private:
  // `id`: nothing for a new one.
  http::Response show_form(const AdminContext& context, std::optional<RoleId> id, RoleText text,
                           const PermissionSet& ticked, bool can_go,
                           std::optional<RightsRefusal> refusal) const;
  Task<std::optional<Role>> find(RoleId id) const;
  Task<int> count_members(RoleId id) const;
  static std::string path_of(RoleId id) {
    return std::string(role_list_path) + "/" + id.value().to_string();
  }

  const AdminPortal& portal_;
  Staff& staff_;
  html::Page<RoleListView> list_;
  html::Page<RoleView> role_;
};

web::LinkView to_role_list(const AdminContext& context) {
  return {.url = role_list_path, .label = context.text("staff.roles.title")};
}

PermissionSet ticked_permissions(const http::Parameters& form) {
  std::vector<std::string> names;
  for (const std::string_view value : form.all("permission")) names.emplace_back(value);
  return PermissionSet::of(names);
}

RoleText text_of(const http::Parameters& form) {
  return {.name = std::string(form.get("name").value_or("")),
          .description = std::string(form.get("description").value_or(""))};
}

bool is_held_by(const StaffMember& member, RoleId id) {
  return std::ranges::find(member.roles, id, &Role::id) != member.roles.end();
}

Task<std::optional<Role>> RolePages::find(RoleId id) const {
  const auto all = co_await staff_.roles();
  const auto found = std::ranges::find(all, id, &Role::id);
  if (found == all.end()) co_return std::nullopt;
  co_return *found;
}

Task<int> RolePages::count_members(RoleId id) const {
  int count = 0;
  for (const StaffMember& member : co_await staff_.members()) count += is_held_by(member, id);
  co_return count;
}

Task<http::Response> RolePages::show_list(AdminContext context, http::Request request) const {
  RoleListView view;
  view.shell = context.shell;
  view.head = context.head(context.text("staff.roles.title"));
  view.head.notice = AdminPortal::notice(context, request);
  const auto members = co_await staff_.members();
  for (const Role& role : co_await staff_.roles()) {
    std::string permissions;
    for (const std::string& name : role.permissions.names()) {
      permissions += (permissions.empty() ? "" : ", ") + title_of(*find_permission(name), context);
    }
    const auto count = std::ranges::count_if(
        members, [&](const StaffMember& member) { return is_held_by(member, role.id); });
    view.rows.push_back(
        {.url = role.is_owner ? "" : path_of(role.id),
         .name = role.name,
         .description = role.description,
         .permissions = role.is_owner ? context.text("staff.roles.all") : permissions,
         .members = std::to_string(count)});
  }
  co_return AdminPortal::page(200, list_, view, context);
}

http::Response RolePages::show_form(const AdminContext& context, std::optional<RoleId> id,
                                    RoleText text, const PermissionSet& ticked, bool can_go,
                                    std::optional<RightsRefusal> refusal) const {
  RoleView view;
  view.shell = context.shell;
  view.head =
      context.head(id ? text.name : context.text("staff.role.new_title"), {to_role_list(context)});
  view.form_token = context.shell->form_token;
  view.action_url = id ? path_of(*id) : std::string(role_list_path) + "/new";
  if (id && can_go) view.remove_url = path_of(*id) + "/remove";
  view.name = std::move(text.name);
  view.description = std::move(text.description);
  for (const Permission& permission : every_permission) {
    view.permissions.push_back({.value = std::string(permission.name),
                                .label = title_of(permission, context),
                                .sentence = sentence_of(permission, context),
                                .is_checked = ticked.has(permission.name),
                                .is_fixed = !context.may(permission.name)});
  }
  if (refusal) {
    const bool is_of_name =
        *refusal == RightsRefusal::name_invalid || *refusal == RightsRefusal::name_known;
    view.head.errors.push_back(
        {.url = is_of_name ? "#name" : "", .label = words_for(*refusal, context)});
  }
  return AdminPortal::page(refusal ? status_of(*refusal) : 200, role_, view, context);
}

Task<http::Response> RolePages::show_new(AdminContext context, http::Request request) const {
  if (auto asked = ask_staff_to_confirm(request, context.now, "/admin/roles/new"))
    co_return *std::move(asked);
  co_return show_form(context, std::nullopt, {}, {}, false, std::nullopt);
}

Task<http::Response> RolePages::add(AdminContext context, http::Parameters form,
                                    http::Request request) const {
  if (auto asked = ask_staff_to_confirm(request, context.now, "/admin/roles/new"))
    co_return *std::move(asked);
  const RoleText text = text_of(form);
  const PermissionSet permissions = ticked_permissions(form);
  const auto added = co_await staff_.add_role(StaffActor::of(request), text, permissions);
  if (added) co_return AdminPortal::done(role_list_path, "saved");
  co_return show_form(context, std::nullopt, text, permissions, false, added.error());
}

Task<http::Response> RolePages::show(AdminContext context, http::Request request) const {
  const auto id = Uuid::parse(request.path_value(0));
  std::optional<Role> role;
  if (id) role = co_await find(RoleId{*id});
  if (!role || role->is_owner) co_return portal_.error_page(request, 404);
  if (auto asked = ask_staff_to_confirm(request, context.now, path_of(role->id)))
    co_return *std::move(asked);
  const bool can_go = co_await count_members(role->id) == 0;
  RoleText text{.name = role->name, .description = role->description};
  co_return show_form(context, role->id, std::move(text), role->permissions, can_go, std::nullopt);
}

Task<http::Response> RolePages::edit(AdminContext context, http::Parameters form,
                                     http::Request request) const {
  const auto parsed = Uuid::parse(request.path_value(0));
  if (!parsed) co_return portal_.error_page(request, 404);
  const RoleId id{*parsed};
  if (auto asked = ask_staff_to_confirm(request, context.now, path_of(id)))
    co_return *std::move(asked);
  const RoleText text = text_of(form);
  const PermissionSet permissions = ticked_permissions(form);
  const auto edited = co_await staff_.edit_role(StaffActor::of(request), id, text, permissions);
  if (edited) co_return AdminPortal::done(role_list_path, "saved");
  if (edited.error() == RightsRefusal::not_there) co_return portal_.error_page(request, 404);
  co_return show_form(context, id, text, permissions, false, edited.error());
}

Task<http::Response> RolePages::remove(AdminContext context, http::Parameters,
                                       http::Request request) const {
  const auto parsed = Uuid::parse(request.path_value(0));
  if (!parsed) co_return portal_.error_page(request, 404);
  const RoleId id{*parsed};
  if (auto asked = ask_staff_to_confirm(request, context.now, path_of(id)))
    co_return *std::move(asked);
  const auto role = co_await find(id);
  const auto removed = co_await staff_.remove_role(StaffActor::of(request), id);
  if (removed) co_return AdminPortal::done(role_list_path, "removed");
  if (!role || removed.error() == RightsRefusal::not_there)
    co_return portal_.error_page(request, 404);
  RoleText text{.name = role->name, .description = role->description};
  co_return show_form(context, id, std::move(text), role->permissions, false, removed.error());
}

}  // namespace

void add_role_pages(http::Router& router, const AdminPortal& portal, Staff& staff) {
  const web::AdminRoutes<RolePages> routes(router, portal,
                                           std::make_shared<const RolePages>(portal, staff));
  const auto managers = http::Access::staff("roles.manage");
  routes.page("/admin/roles", managers, &RolePages::show_list);
  routes.page("/admin/roles/new", managers, &RolePages::show_new);
  routes.form("/admin/roles/new", managers, &RolePages::add);
  routes.page("/admin/roles/{id}", managers, &RolePages::show);
  routes.form("/admin/roles/{id}", managers, &RolePages::edit);
  routes.form("/admin/roles/{id}/remove", managers, &RolePages::remove);
}

}  // namespace osier::identity
