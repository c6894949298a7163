#include "identity/api_key_pages.h"

#include <algorithm>
#include <array>

#include "identity/staff_member_page.h"
#include "identity/staff_words.h"
#include "identity/step_up.h"

namespace osier::identity {

using web::AdminContext;
using web::AdminPortal;

namespace {

constexpr const char* api_key_list_path = "/admin/api-keys";
constexpr const char* api_key_new_path = "/admin/api-keys/new";
constexpr std::array lifetimes{30, 90, 180, 365};  // Days.
constexpr int usual_lifetime = 90;

class ApiKeyPages {
 public:
  ApiKeyPages(const AdminPortal& portal, ApiKeys& keys)
      : portal_(portal),
        keys_(keys),
        list_(portal.engine().page<ApiKeyListView>("admin_api_keys.html")),
        new_(portal.engine().page<ApiKeyNewView>("admin_api_key_new.html")) {}

  Task<http::Response> show_list(AdminContext context, http::Request request) const;
  Task<http::Response> show_new(AdminContext context, http::Request request) const;
  Task<http::Response> make(AdminContext context, http::Parameters form,
                            http::Request request) const;
  Task<http::Response> revoke(AdminContext context, http::Parameters form,
                              http::Request request) const;

 private:
  Task<http::Response> list(AdminContext context, std::string notice, std::string token) const;
  http::Response form(int status, const AdminContext& context, std::string name,
                      const PermissionSet& ticked, int days,
                      std::vector<web::LinkView> errors) const;

  const AdminPortal& portal_;
  ApiKeys& keys_;
  html::Page<ApiKeyListView> list_;
  html::Page<ApiKeyNewView> new_;
};

std::string revoke_path(ApiKeyId id) {
  return std::string(api_key_list_path) + "/" + id.value().to_string() + "/revoke";
}

TagView state_of(const ApiKey& key, const AdminContext& context) {
  return key.revoked_at ? TagView{.label = context.text("staff.api_key.revoked"), .kind = "bad"}
                        : TagView{.label = context.text("staff.api_key.expired"), .kind = "warn"};
}

Task<http::Response> ApiKeyPages::list(AdminContext context, std::string notice,
                                       std::string token) const {
  ApiKeyListView view;
  view.shell = context.shell;
  view.head = context.head(context.text("staff.api_keys.title"));
  view.head.notice = std::move(notice);
  view.form_token = context.shell->form_token;
  view.token = std::move(token);
  for (const ApiKey& key : co_await keys_.list()) {
    std::string scopes;
    for (const std::string& name : key.scopes.names())
      scopes += (scopes.empty() ? "" : ", ") + title_of(*find_permission(name), context);
    const bool is_alive = key.is_alive(context.now);
    view.rows.push_back({.name = key.name,
                         .prefix = key.prefix,
                         .scopes = std::move(scopes),
                         .expires = context.date(key.expires_at),
                         .last_used = key.last_used_at ? context.time(*key.last_used_at)
                                                       : context.text("staff.api_key.never_used"),
                         .state = is_alive ? TagView{} : state_of(key, context),
                         .revoke_url = is_alive ? revoke_path(key.id) : ""});
  }
  co_return AdminPortal::page(200, list_, view, context);
}

Task<http::Response> ApiKeyPages::show_list(AdminContext context, http::Request request) const {
  std::string notice = AdminPortal::notice(context, request);
  return list(std::move(context), std::move(notice), "");
}

http::Response ApiKeyPages::form(int status, const AdminContext& context, std::string name,
                                 const PermissionSet& ticked, int days,
                                 std::vector<web::LinkView> errors) const {
  ApiKeyNewView view;
  view.shell = context.shell;
  view.head =
      context.head(context.text("staff.api_key.new_title"),
                   {{.url = api_key_list_path, .label = context.text("staff.api_keys.title")}});
  view.head.errors = std::move(errors);
  view.form_token = context.shell->form_token;
  view.name = std::move(name);
  for (const int lifetime : lifetimes) {
    view.lifetimes.push_back(
        {.value = std::to_string(lifetime),
         .label = context.text("staff.api_key.days", {{"count", std::int64_t{lifetime}}}),
         .is_chosen = lifetime == days});
  }
  for (const Permission& permission : every_permission) {
    if (permission.holder != Holder::anyone) continue;
    view.scopes.push_back({.value = std::string(permission.name),
                           .label = title_of(permission, context),
                           .sentence = sentence_of(permission, context),
                           .is_checked = ticked.has(permission.name),
                           .is_fixed = !context.may(permission.name)});
  }
  return AdminPortal::page(status, new_, view, context);
}

Task<http::Response> ApiKeyPages::show_new(AdminContext context, http::Request request) const {
  if (auto asked = ask_staff_to_confirm(request, context.now, api_key_new_path))
    co_return *std::move(asked);
  co_return form(200, context, "", {}, usual_lifetime, {});
}

Task<http::Response> ApiKeyPages::make(AdminContext context, http::Parameters typed,
                                       http::Request request) const {
  if (auto asked = ask_staff_to_confirm(request, context.now, api_key_new_path))
    co_return *std::move(asked);
  const std::string_view chosen = typed.get("days").value_or("");
  const auto* const days = std::ranges::find_if(
      lifetimes, [&](int lifetime) { return std::to_string(lifetime) == chosen; });
  if (days == lifetimes.end()) co_return portal_.error_page(request, 400);
  std::vector<std::string> names;
  for (const std::string_view value : typed.all("scope")) names.emplace_back(value);
  const PermissionSet scopes = PermissionSet::of(names);
  std::string name(typed.get("name").value_or(""));
  if (scopes.empty()) {
    web::LinkView error{.url = "#scopes", .label = context.text("staff.api_key.no_scope")};
    co_return form(422, context, std::move(name), scopes, *days, {std::move(error)});
  }
  const auto made = co_await keys_.make(StaffActor::of(request), name, scopes, *days);
  if (made) co_return co_await list(std::move(context), "", made->token);
  const bool is_of_name = status_of(made.error()) == 422;
  web::LinkView error{.url = is_of_name ? "#name" : "#scopes",
                      .label = words_for(made.error(), context)};
  co_return form(status_of(made.error()), context, std::move(name), scopes, *days,
                 {std::move(error)});
}

Task<http::Response> ApiKeyPages::revoke(AdminContext context, http::Parameters,
                                         http::Request request) const {
  const auto id = Uuid::parse(request.path_value(0));
  if (!id) co_return portal_.error_page(request, 404);
  if (auto asked = ask_staff_to_confirm(request, context.now, api_key_list_path))
    co_return *std::move(asked);
  const auto revoked = co_await keys_.revoke(StaffActor::of(request), ApiKeyId{*id});
  if (revoked) co_return AdminPortal::done(api_key_list_path, "revoked");
  co_return portal_.error_page(request, status_of(revoked.error()));
}

}  // namespace

void add_api_key_pages(http::Router& router, const AdminPortal& portal, ApiKeys& keys) {
  const web::AdminRoutes<ApiKeyPages> routes(router, portal,
                                             std::make_shared<const ApiKeyPages>(portal, keys));
  const auto managers = http::Access::staff("api_keys.manage");
  routes.page(api_key_list_path, managers, &ApiKeyPages::show_list);
  routes.page(api_key_new_path, managers, &ApiKeyPages::show_new);
  routes.form(api_key_new_path, managers, &ApiKeyPages::make);
  routes.form("/admin/api-keys/{id}/revoke", managers, &ApiKeyPages::revoke);
}

}  // namespace osier::identity
