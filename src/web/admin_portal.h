// The frame of the admin portal: rooms add their pages and forms through it, and their entries in
// the navigation, which shows what the person may open.
//
// Nothing of the portal is kept by browsers or proxies. A form is handled only if it comes from our
// own pages (web::same_origin_only) and, where there is a session, with its form token.

#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "platform/base/money.h"
#include "platform/base/time.h"
#include "platform/html/engine.h"
#include "platform/http/router.h"
#include "platform/locale/messages.h"
#include "web/admin_shell.h"
#include "web/assets.h"
#include "web/security_headers.h"

namespace osier::web {

// All that a page is made from. Valid for one request.
struct AdminContext {
  const locale::Messages* texts = nullptr;
  std::shared_ptr<const AdminShell> shell;
  std::shared_ptr<const http::Principal> principal;  // Null before somebody has signed in.
  std::string session_token;                         // Empty if there is none.
  std::string time_zone;
  Instant now;

  const locale::Locale& locale() const { return texts->locale(); }
  bool may(std::string_view permission) const { return principal && principal->may(permission); }
  std::string text(std::string_view key,
                   std::initializer_list<locale::Argument> arguments = {}) const {
    return texts->text(key, arguments);
  }
  std::string money(Money amount) const;
  std::string date(Instant at) const;  // "November 22, 2026"
  std::string time(Instant at) const;  // With the time of day, in the shop's time zone.
  // The head of a page; `trail` leads to it.
  AdminHead head(std::string title, std::vector<LinkView> trail = {}) const;
};

// A link of the navigation, shown to who has the permission; an empty one is everybody's.
struct AdminEntry {
  std::string group_key;  // The text above it and its like; groups stand in the order of adding.
  std::string path;
  std::string text_key;
  std::string permission;
};

class AdminPortal {
 public:
  struct Settings {
    std::string base_url;  // Where staff reach it, without a slash at its end.
    std::string shop_url;
    std::function<std::string()> shop_name;
    std::function<std::string()> time_zone;  // Of the shop.
  };

  // All outlive it.
  AdminPortal(html::Engine& engine, const locale::Catalogue& texts, const Assets& assets,
              const Clock& clock, Settings settings);

  html::Engine& engine() const { return engine_; }
  const Clock& clock() const { return clock_; }
  const std::string& base_url() const { return settings_.base_url; }
  bool is_https() const { return settings_.base_url.starts_with("https://"); }

  void add_entry(AdminEntry entry) { entries_.push_back(std::move(entry)); }

  using PageHandler = std::function<Task<http::Response>(AdminContext, http::Request)>;
  using FormHandler =
      std::function<Task<http::Response>(AdminContext, http::Parameters, http::Request)>;
  // A page that is read.
  void add_page(http::Router& router, const std::string& pattern, http::Access access,
                PageHandler handler) const;
  // A form that is posted, urlencoded: 415 for other content, 400 for a malformed one, 403 without
  // the session's form token.
  void add_form(http::Router& router, const std::string& pattern, http::Access access,
                FormHandler handler) const;

  AdminContext at(const http::Request& request) const;
  // What people see instead of a page: 403, 404, 503 …
  http::Response error_page(const http::Request& request, int status) const;
  // The headers that every answer of the portal carries.
  void finish(http::Response& response) const;

  template <class View>
  static http::Response page(int status, const html::Page<View>& made, const View& view,
                             const AdminContext& context) {
    return http::html(status, made.render(view, *context.texts));
  }
  // To a page that then tells what was done: `done` is the end of a text key admin.done.….
  static http::Response done(const std::string& path, std::string_view done);
  // What the address says was done; empty if nothing.
  static std::string notice(const AdminContext& context, const http::Request& request);

 private:
  struct ErrorView;

  std::shared_ptr<const AdminShell> shell_of(const http::Request& request,
                                             const locale::Messages& texts,
                                             const std::string& session_token) const;
  const locale::Messages& texts_of(const http::Request& request) const;

  html::Engine& engine_;
  const locale::Catalogue& texts_;
  const Assets& assets_;
  const Clock& clock_;
  Settings settings_;
  SecurityHeaders headers_;
  std::vector<AdminEntry> entries_;
  std::shared_ptr<const html::Page<ErrorView>> error_page_;
};

// Adds functions of one object as the portal's pages and forms:
//
//   const AdminRoutes routes(router, portal, std::make_shared<const RolePages>(…));
//   routes.page("/admin/roles", Access::staff("roles.manage"), &RolePages::show_list);
template <class Pages>
class AdminRoutes {
 public:
  using Page = Task<http::Response> (Pages::*)(AdminContext, http::Request) const;
  using Form = Task<http::Response> (Pages::*)(AdminContext, http::Parameters, http::Request) const;

  // Router and portal outlive it; the portal outlives the router.
  AdminRoutes(http::Router& router, const AdminPortal& portal, std::shared_ptr<const Pages> pages)
      : router_(router), portal_(portal), pages_(std::move(pages)) {}

  void page(const std::string& pattern, http::Access access, Page which) const {
    portal_.add_page(router_, pattern, std::move(access),
                     [pages = pages_, which](AdminContext context, http::Request request) {
                       return ((*pages).*which)(std::move(context), std::move(request));
                     });
  }
  void form(const std::string& pattern, http::Access access, Form which) const {
    portal_.add_form(router_, pattern, std::move(access),
                     [pages = pages_, which](AdminContext context, http::Parameters typed,
                                             http::Request request) {
                       return ((*pages).*which)(std::move(context), std::move(typed),
                                                std::move(request));
                     });
  }

 private:
  http::Router& router_;
  const AdminPortal& portal_;
  std::shared_ptr<const Pages> pages_;
};

}  // namespace osier::web
