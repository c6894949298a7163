#include "audit/audit_page.h"

#include "audit/listing.h"

namespace osier::audit {

using web::AdminContext;
using web::AdminPortal;

namespace {

constexpr int listed_max = 100;

struct AuditEntryView {
  std::string at;
  std::string actor;
  std::string action;
  std::string object;
  std::string object_url;  // All that happened to it.
  std::string details;
  std::string place;

  static constexpr auto fields() {
    using View = AuditEntryView;
    return html::fields<View>(
        html::field("at", &View::at), html::field("actor", &View::actor),
        html::field("action", &View::action), html::field("object", &View::object),
        html::field("object_url", &View::object_url), html::field("details", &View::details),
        html::field("place", &View::place));
  }
};

// admin_audit.html.
struct AuditView : web::AdminPage {
  std::string object;
  std::string actor;
  std::string action;
  std::string since;
  std::string chain;
  bool is_whole = false;
  std::vector<std::string> findings;
  std::vector<AuditEntryView> entries;

  static constexpr auto fields() {
    using View = AuditView;
    return html::fields<View>(
        html::field("shell", &View::shell), html::field("head", &View::head),
        html::field("object", &View::object), html::field("actor", &View::actor),
        html::field("action", &View::action), html::field("since", &View::since),
        html::field("chain", &View::chain), html::field("is_whole", &View::is_whole),
        html::field("findings", &View::findings), html::field("entries", &View::entries));
  }
};

std::optional<std::string> named(const std::string& text) {
  return text.empty() ? std::nullopt : std::optional(text);
}

std::string text_of(const pg::Text& field) { return field.value_or(""); }

class AuditPage {
 public:
  AuditPage(const AdminPortal& portal, AuditPageParts parts)
      : portal_(portal),
        parts_(std::move(parts)),
        page_(portal.engine().page<AuditView>("admin_audit.html")) {}

  Task<http::Response> show(AdminContext context, http::Request request) const;

 private:
  Task<AuditEntryView> entry_view(ListedEntry listed,
                                  const std::map<std::string, std::string>& names,
                                  const AdminContext& context) const;

  const AdminPortal& portal_;
  AuditPageParts parts_;
  html::Page<AuditView> page_;
};

// "before …, after …, because …" as far as they are there.
Task<AuditEntryView> AuditPage::entry_view(ListedEntry listed,
                                           const std::map<std::string, std::string>& names,
                                           const AdminContext& context) const {
  const StoredEntry& entry = listed.entry;
  const std::string id = text_of(entry.id);
  AuditEntryView view;
  const auto at = parse_instant(text_of(entry.at));
  view.at = at ? context.time(*at) : text_of(entry.at);
  const auto name = names.find(text_of(entry.actor));
  view.actor = name == names.end() ? text_of(entry.actor) : name->second;
  view.action = text_of(entry.action);
  view.object = text_of(entry.object_kind) + " " + text_of(entry.object_id);
  view.object_url = "/admin/audit?object=" +
                    http::url_encode(text_of(entry.object_kind) + ":" + text_of(entry.object_id));
  for (const auto& [key, facts] :
       {std::pair("audit.before", entry.before), {"audit.after", entry.after}}) {
    if (!facts) continue;
    const std::string line = co_await facts_line(id, *facts, {});
    if (line.empty()) continue;
    view.details += (view.details.empty() ? "" : " · ") + context.text(key) + ": " + line;
  }
  if (const auto reason = text_of(entry.reason); !reason.empty())
    view.details +=
        (view.details.empty() ? "" : " · ") + context.text("audit.reason") + ": " + reason;
  view.place = listed.seq ? std::to_string(*listed.seq) : context.text("audit.waits");
  co_return view;
}

Task<http::Response> AuditPage::show(AdminContext context, http::Request request) const {
  const auto parameters = request.parameters();
  if (!parameters) co_return portal_.error_page(request, 400);
  const auto typed = [&](std::string_view name) {
    return std::string(parameters->get(name).value_or(""));
  };
  AuditView view;
  view.shell = context.shell;
  view.head = context.head(context.text("audit.title"));
  view.object = typed("object");
  view.actor = typed("actor");
  view.action = typed("action");
  view.since = typed("since");

  const auto colon = view.object.find(':');
  EntryFilter filter{.object_kind = named(view.object.substr(0, colon)),
                     .actor = named(view.actor),
                     .action = named(view.action)};
  if (colon != std::string::npos) filter.object_id = named(view.object.substr(colon + 1));
  if (!view.since.empty()) {
    filter.since = parse_instant(view.since + "T00:00:00Z");
    if (!filter.since)
      view.head.errors.push_back({.url = "#since", .label = context.text("audit.since_wrong")});
  }
  const auto names = co_await parts_.names();
  // Staff are found by their names too.
  for (const auto& [id, name] : names) {
    if (name == view.actor) filter.actor = id;
  }
  const auto entries = co_await list_entries(parts_.database, std::move(filter), listed_max);
  for (auto entry = entries.rbegin(); entry != entries.rend(); ++entry)
    view.entries.push_back(co_await entry_view(*entry, names, context));

  const auto report = co_await parts_.check();
  view.is_whole = report.violations == 0;
  view.chain = view.is_whole ? context.text("audit.chain_holds", {{"count", report.places_checked}})
                             : context.text("audit.chain_broken", {{"count", report.violations}});
  view.findings = report.findings;
  const int status = view.head.errors.empty() ? 200 : 422;
  co_return AdminPortal::page(status, page_, view, context);
}

}  // namespace

void add_audit_page(http::Router& router, const AdminPortal& portal, AuditPageParts parts) {
  const web::AdminRoutes<AuditPage> routes(
      router, portal, std::make_shared<const AuditPage>(portal, std::move(parts)));
  routes.page("/admin/audit", http::Access::staff("audit.read"), &AuditPage::show);
}

}  // namespace osier::audit
