#include "identity/staff_member_pages.h"

#include <algorithm>

#include "identity/one_line.h"
#include "identity/staff_member_page.h"
#include "identity/staff_words.h"
#include "identity/step_up.h"

namespace osier::identity {

using web::AdminContext;
using web::AdminPortal;

namespace {

constexpr const char* staff_list_path = "/admin/staff";

TagView state_of(const StaffMember& member, const AdminContext& context) {
  const StaffMember::State state = member.state();
  std::string kind = "good";
  if (state == StaffMember::State::invited) kind = "warn";
  if (state == StaffMember::State::disabled) kind = "bad";
  return {.label = context.text("staff.state." + std::string(to_string(state))),
          .kind = std::move(kind)};
}

// The ids of the boxes that were ticked; nothing if one is no id.
std::optional<std::vector<RoleId>> ticked_roles(const http::Parameters& form) {
  std::vector<RoleId> ids;
  for (const std::string_view value : form.all("role")) {
    const auto id = Uuid::parse(value);
    if (!id) return std::nullopt;
    ids.emplace_back(*id);
  }
  return ids;
}

bool holds(const std::vector<RoleId>& ids, RoleId id) {
  return std::ranges::find(ids, id) != ids.end();
}

std::vector<RoleId> role_ids_of(const std::vector<Role>& roles) {
  std::vector<RoleId> ids;
  for (const Role& role : roles) ids.push_back(role.id);
  return ids;
}

class MemberPages {
 public:
  MemberPages(const AdminPortal& portal, Staff& staff)
      : portal_(portal),
        staff_(staff),
        list_(portal.engine().page<StaffListView>("admin_staff.html")),
        invite_(portal.engine().page<StaffInviteView>("admin_staff_new.html")),
        member_(portal.engine().page<StaffMemberView>("admin_staff_member.html")) {}

  Task<http::Response> show_list(AdminContext context, http::Request request) const;
  Task<http::Response> show_new(AdminContext context, http::Request request) const;
  Task<http::Response> invite(AdminContext context, http::Parameters form,
                              http::Request request) const;
  Task<http::Response> show(AdminContext context, http::Request request) const;
  Task<http::Response> set_roles(AdminContext context, http::Parameters form,
                                 http::Request request) const;
  Task<http::Response> invite_again(AdminContext context, http::Parameters form,
                                    http::Request request) const;
  Task<http::Response> disable(AdminContext context, http::Parameters form,
                               http::Request request) const;
  Task<http::Response> enable(AdminContext context, http::Parameters form,
                              http::Request request) const;
  Task<http::Response> reset_factors(AdminContext context, http::Parameters form,
                                     http::Request request) const;

 private:
  struct Typed {
    std::string name;
    std::string email;
    std::string language = "en";
    std::vector<RoleId> roles;
  };
  Task<http::Response> show_form(AdminContext context, Typed typed,
                                 std::optional<RightsRefusal> refusal) const;
  Task<http::Response> show_member(AdminContext context, http::Request request, StaffId id,
                                   std::vector<web::LinkView> errors, int status) const;
  Task<http::Response> tell(AdminContext context, http::Request request, StaffId id,
                            Result<void, RightsRefusal> outcome, std::string done) const;
  std::vector<CheckView> boxes(const std::vector<Role>& all, const std::vector<RoleId>& ticked,
                               const AdminContext& context) const;
  using Change = Task<Result<void, RightsRefusal>> (Staff::*)(StaffActor, StaffId, std::string);
  Task<http::Response> change_for_reason(AdminContext context, http::Parameters form,
                                         http::Request request, Change change,
                                         std::string done) const;
  static std::string path_of(StaffId id) {
    return std::string(staff_list_path) + "/" + id.value().to_string();
  }

  const AdminPortal& portal_;
  Staff& staff_;
  html::Page<StaffListView> list_;
  html::Page<StaffInviteView> invite_;
  html::Page<StaffMemberView> member_;
};

web::LinkView to_staff_list(const AdminContext& context) {
  return {.url = staff_list_path, .label = context.text("staff.members.title")};
}

Task<http::Response> MemberPages::show_list(AdminContext context, http::Request request) const {
  StaffListView view;
  view.shell = context.shell;
  view.head = context.head(context.text("staff.members.title"));
  view.head.notice = AdminPortal::notice(context, request);
  for (const StaffMember& member : co_await staff_.members()) {
    view.rows.push_back({.url = path_of(member.id),
                         .name = member.name,
                         .email = member.email,
                         .roles = names_of(member.roles),
                         .state = state_of(member, context)});
  }
  co_return AdminPortal::page(200, list_, view, context);
}

std::vector<CheckView> MemberPages::boxes(const std::vector<Role>& all,
                                          const std::vector<RoleId>& ticked,
                                          const AdminContext& context) const {
  std::vector<CheckView> boxes;
  for (const Role& role : all) {
    // What is beyond whoever looks is shown, and cannot be ticked; the rules say it once more.
    const bool is_beyond = std::ranges::any_of(
        role.permissions.names(), [&](const std::string& name) { return !context.may(name); });
    boxes.push_back({.value = role.id.value().to_string(),
                     .label = role.name,
                     .sentence = role.description,
                     .is_checked = holds(ticked, role.id),
                     .is_fixed = is_beyond});
  }
  return boxes;
}

Task<http::Response> MemberPages::show_form(AdminContext context, Typed typed,
                                            std::optional<RightsRefusal> refusal) const {
  StaffInviteView view;
  view.shell = context.shell;
  view.head = context.head(context.text("staff.invite.title"), {to_staff_list(context)});
  view.form_token = context.shell->form_token;
  view.name = typed.name;
  view.email = typed.email;
  view.languages = languages(context, typed.language);
  view.roles = boxes(co_await staff_.roles(), typed.roles, context);
  if (refusal) {
    const bool is_of_email =
        *refusal == RightsRefusal::email_known || *refusal == RightsRefusal::email_invalid;
    const bool is_of_name = *refusal == RightsRefusal::name_invalid;
    std::string field = is_of_email ? "#email" : is_of_name ? "#name" : "#roles";
    view.head.errors.push_back({.url = std::move(field), .label = words_for(*refusal, context)});
  }
  co_return AdminPortal::page(refusal ? status_of(*refusal) : 200, invite_, view, context);
}

Task<http::Response> MemberPages::show_new(AdminContext context, http::Request request) const {
  if (auto asked = ask_staff_to_confirm(request, context.now, "/admin/staff/new"))
    co_return *std::move(asked);
  Typed typed{.name = {}, .email = {}, .roles = {}};
  co_return co_await show_form(std::move(context), std::move(typed), std::nullopt);
}

Task<http::Response> MemberPages::invite(AdminContext context, http::Parameters form,
                                         http::Request request) const {
  if (auto asked = ask_staff_to_confirm(request, context.now, "/admin/staff/new"))
    co_return *std::move(asked);
  auto roles = ticked_roles(form);
  const auto language = language_of(form.get("language").value_or(""), context);
  if (!roles || !language) co_return portal_.error_page(request, 400);
  Typed typed{.name = std::string(form.get("name").value_or("")),
              .email = std::string(form.get("email").value_or("")),
              .language = *language,
              .roles = *std::move(roles)};
  NewStaffMember member{
      .email = typed.email, .name = typed.name, .locale = typed.language, .roles = typed.roles};
  const auto invited =
      co_await staff_.invite(StaffActor::of(request), std::move(member), Delivery::mail);
  if (invited) co_return AdminPortal::done(path_of(invited->member), "invited");
  co_return co_await show_form(std::move(context), std::move(typed), invited.error());
}

Task<http::Response> MemberPages::show_member(AdminContext context, http::Request request,
                                              StaffId id, std::vector<web::LinkView> errors,
                                              int status) const {
  const auto member = co_await staff_.find(id);
  if (!member) co_return portal_.error_page(request, 404);
  const auto factors = co_await staff_.factors().of(AccountRef::of(id));
  StaffMemberView view;
  view.shell = context.shell;
  view.head = context.head(member->name, {to_staff_list(context)});
  view.head.notice = AdminPortal::notice(context, request);
  view.head.errors = std::move(errors);
  view.form_token = context.shell->form_token;
  view.url = path_of(id);
  view.email = member->email;
  view.since = context.date(member->joined_at.value_or(member->created_at));
  view.factors = context.text(factors.any() ? "staff.member.has_factor" : "staff.member.no_factor");
  if (member->invited_until) view.invited_until = context.time(*member->invited_until);
  view.state = state_of(*member, context);
  view.roles = boxes(co_await staff_.roles(), role_ids_of(member->roles), context);
  view.is_self = id.value() == context.principal->account;
  view.is_disabled = member->disabled_at.has_value();
  co_return AdminPortal::page(status, member_, view, context);
}

Task<http::Response> MemberPages::show(AdminContext context, http::Request request) const {
  const auto id = Uuid::parse(request.path_value(0));
  if (!id) co_return portal_.error_page(request, 404);
  co_return co_await show_member(std::move(context), std::move(request), StaffId{*id}, {}, 200);
}

Task<http::Response> MemberPages::tell(AdminContext context, http::Request request, StaffId id,
                                       Result<void, RightsRefusal> outcome,
                                       std::string done) const {
  if (outcome) co_return AdminPortal::done(path_of(id), done);
  web::LinkView error{.url = "", .label = words_for(outcome.error(), context)};
  co_return co_await show_member(std::move(context), std::move(request), id, {std::move(error)},
                                 status_of(outcome.error()));
}

Task<http::Response> MemberPages::set_roles(AdminContext context, http::Parameters form,
                                            http::Request request) const {
  const auto id = Uuid::parse(request.path_value(0));
  auto roles = ticked_roles(form);
  if (!id) co_return portal_.error_page(request, 404);
  if (!roles) co_return portal_.error_page(request, 400);
  const StaffId member{*id};
  if (auto asked = ask_staff_to_confirm(request, context.now, path_of(member)))
    co_return *std::move(asked);
  const auto outcome =
      co_await staff_.set_roles(StaffActor::of(request), member, *std::move(roles));
  co_return co_await tell(std::move(context), std::move(request), member, outcome, "saved");
}

Task<http::Response> MemberPages::invite_again(AdminContext context, http::Parameters,
                                               http::Request request) const {
  const auto id = Uuid::parse(request.path_value(0));
  if (!id) co_return portal_.error_page(request, 404);
  const StaffId member{*id};
  if (auto asked = ask_staff_to_confirm(request, context.now, path_of(member)))
    co_return *std::move(asked);
  const auto invited =
      co_await staff_.invite_again(StaffActor::of(request), member, Delivery::mail);
  Result<void, RightsRefusal> outcome;
  if (!invited) outcome = refuse(invited.error());
  co_return co_await tell(std::move(context), std::move(request), member, outcome, "invited");
}

Task<http::Response> MemberPages::change_for_reason(AdminContext context, http::Parameters form,
                                                    http::Request request, Change change,
                                                    std::string done) const {
  const auto id = Uuid::parse(request.path_value(0));
  if (!id) co_return portal_.error_page(request, 404);
  const StaffId member{*id};
  if (auto asked = ask_staff_to_confirm(request, context.now, path_of(member)))
    co_return *std::move(asked);
  auto reason = one_line(form.get("reason").value_or(""), reason_length_max);
  if (!reason) {
    web::LinkView error{.url = "#reason", .label = context.text("staff.reason_missing")};
    co_return co_await show_member(std::move(context), std::move(request), member,
                                   {std::move(error)}, 422);
  }
  const auto outcome =
      co_await (staff_.*change)(StaffActor::of(request), member, *std::move(reason));
  co_return co_await tell(std::move(context), std::move(request), member, outcome, std::move(done));
}

Task<http::Response> MemberPages::disable(AdminContext context, http::Parameters form,
                                          http::Request request) const {
  return change_for_reason(std::move(context), std::move(form), std::move(request), &Staff::disable,
                           "disabled");
}

Task<http::Response> MemberPages::enable(AdminContext context, http::Parameters form,
                                         http::Request request) const {
  return change_for_reason(std::move(context), std::move(form), std::move(request), &Staff::enable,
                           "enabled");
}

Task<http::Response> MemberPages::reset_factors(AdminContext context, http::Parameters form,
                                                http::Request request) const {
  return change_for_reason(std::move(context), std::move(form), std::move(request),
                           &Staff::reset_factors, "factors_reset");
}

}  // namespace

void add_staff_member_pages(http::Router& router, const AdminPortal& portal, Staff& staff) {
  const web::AdminRoutes<MemberPages> routes(router, portal,
                                             std::make_shared<const MemberPages>(portal, staff));
  const auto managers = http::Access::staff("staff.manage");
  routes.page("/admin/staff", managers, &MemberPages::show_list);
  routes.page("/admin/staff/new", managers, &MemberPages::show_new);
  routes.form("/admin/staff/new", managers, &MemberPages::invite);
  routes.page("/admin/staff/{id}", managers, &MemberPages::show);
  routes.form("/admin/staff/{id}/roles", managers, &MemberPages::set_roles);
  routes.form("/admin/staff/{id}/invite", managers, &MemberPages::invite_again);
  routes.form("/admin/staff/{id}/disable", managers, &MemberPages::disable);
  routes.form("/admin/staff/{id}/enable", managers, &MemberPages::enable);
  routes.form("/admin/staff/{id}/reset-factors", managers, &MemberPages::reset_factors);
}

}  // namespace osier::identity
