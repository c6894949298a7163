#include "app/admin.h"

#include "app/audit_chain.h"
#include "app/off_loop.h"
#include "app/unavailable.h"
#include "audit/audit_page.h"
#include "identity/api_key_pages.h"
#include "identity/staff_account_pages.h"
#include "identity/staff_factor_pages.h"
#include "identity/staff_member_pages.h"
#include "identity/staff_sign_in_pages.h"
#include "orders/staff_orders.h"
#include "web/api.h"
#include "web/same_origin.h"

namespace osier::app {

namespace {

// Of the market that the shop names first: where it is at home.
std::string time_zone_of(const catalog::Snapshot& snapshot) {
  return snapshot.markets().empty() ? "UTC" : snapshot.markets().front().time_zone;
}

web::AdminPortal::Settings portal_settings(Shop& shop) {
  return {.base_url = shop.config.admin_base_url,
          .shop_url = shop.config.base_url,
          .shop_name = [&shop] { return shop.catalog.snapshot()->shop().name; },
          .time_zone = [&shop] { return time_zone_of(*shop.catalog.snapshot()); }};
}

// "admin.shop.example" of "https://admin.shop.example:8443".
std::string host_of(const std::string& url) {
  const auto begin = url.find("://") + 3;
  const auto end = url.find_first_of(":/", begin);
  return url.substr(begin, end == std::string::npos ? end : end - begin);
}

bool is_api(const http::Request& request) {
  return request.path.starts_with(identity::admin_api_prefix);
}

Task<audit::ChainReport> check_newest(Shop& shop) {
  constexpr std::int64_t places = 1'000;
  auto heads =
      co_await off_loop([files = audit_files(shop.config)] { return signed_heads(files); });
  co_return co_await audit::check_latest(shop.database, std::move(heads), places);
}

Task<std::map<std::string, std::string>> names_of_staff(identity::Staff& staff) {
  std::map<std::string, std::string> names;
  for (const identity::StaffMember& member : co_await staff.members())
    names.emplace(member.id.value().to_string(), member.name);
  co_return names;
}

Task<http::Response> lead_to_portal() { co_return http::redirect("/admin"); }

}  // namespace

Admin::Admin(Shop& shop)
    : shop_(shop),
      portal_(*shop.templates, *shop.texts, shop.assets, shop.clock, portal_settings(shop)),
      keys_(shop.database, *shop.staff, shop.clock, shop.random),
      guard_(shop.sessions, *shop.staff, keys_, portal_) {
  add_filters();
  add_routes();
  add_navigation();
}

// Answers are not compressed: their lengths would tell of the form tokens in them (BREACH).
void Admin::add_filters() {
  router_.set_guard([this](const http::Access& access, http::Request& request) {
    return guard_.admit(access, request);
  });
  router_.set_error_page([this](const http::Request& request, int status) {
    return is_api(request) ? web::error_for_status(status) : portal_.error_page(request, status);
  });
  router_.set_finish(
      [this](const http::Request&, http::Response& response) { portal_.finish(response); });
  router_.add_filter(unavailable_is_503(router_, shop_.log));
  router_.add_filter(web::same_origin_only({std::string(identity::admin_api_prefix)}));
}

void Admin::add_routes() {
  shop_.assets.add_routes(router_);
  router_.get("/", http::Access::everyone(), [](http::Request) { return lead_to_portal(); });
  const auto factor_pages =
      identity::make_staff_factor_pages(portal_, shop_.assets, shop_.staff->factors(),
                                        shop_.sessions, shop_.random, shop_.config.limits_exempt);
  identity::add_staff_sign_in_pages(router_, portal_, *shop_.staff, shop_.sessions, factor_pages);
  identity::add_staff_factor_pages(router_, portal_, factor_pages);
  identity::add_staff_account_pages(router_, portal_, *shop_.staff, shop_.sessions);
  identity::add_staff_member_pages(router_, portal_, *shop_.staff);
  identity::add_role_pages(router_, portal_, *shop_.staff);
  identity::add_api_key_pages(router_, portal_, keys_);
  const orders::StaffOrderParts order_parts{.database = shop_.database,
                                            .orders = shop_.orders,
                                            .payments = shop_.payments,
                                            .clock = shop_.clock};
  orders::add_staff_order_pages(router_, portal_, order_parts);
  orders::add_staff_order_api(router_, order_parts);
  audit::add_audit_page(router_, portal_,
                        {.database = shop_.database,
                         .check = [this] { return check_newest(shop_); },
                         .names = [this] { return names_of_staff(*shop_.staff); }});
}

void Admin::add_navigation() {
  const auto add = [this](const char* group, const char* path, const char* text,
                          const char* permission) {
    portal_.add_entry(
        {.group_key = group, .path = path, .text_key = text, .permission = permission});
  };
  add("staff_order.group", "/admin/orders", "staff_order.title", "orders.read");
  add("staff.group", "/admin/audit", "audit.title", "audit.read");
  add("staff.group", "/admin/staff", "staff.members.title", "staff.manage");
  add("staff.group", "/admin/roles", "staff.roles.title", "roles.manage");
  add("staff.group", "/admin/api-keys", "staff.api_keys.title", "api_keys.manage");
}

http::ServerOptions Admin::server_options() const {
  http::ServerOptions options;
  options.address = shop_.config.admin_bind_address;
  options.port = shop_.config.admin_port;
  options.allowed_hosts = {host_of(shop_.config.admin_base_url)};
  options.trusted_proxies = shop_.config.trusted_proxies;
  return options;
}

}  // namespace osier::app
