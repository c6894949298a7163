#include "identity/address_pages.h"

#include <algorithm>
#include <array>
#include <set>

#include "identity/account_visit.h"
#include "platform/locale/format.h"

namespace osier::identity {

using catalog::PageContext;
using catalog::Storefront;

namespace {

struct AddressView {
  std::vector<std::string> lines;
  std::string label;  // What it is used for; may be empty.
  std::string url;
  std::string remove_url;

  static constexpr auto fields() {
    return html::fields<AddressView>(
        html::field("lines", &AddressView::lines), html::field("label", &AddressView::label),
        html::field("url", &AddressView::url), html::field("remove_url", &AddressView::remove_url));
  }
};

// addresses.html.
struct AddressesView {
  std::shared_ptr<const web::Shell> shell;
  web::Head head;
  std::string title;
  std::string notice{};
  std::string form_token{};
  std::vector<AddressView> addresses{};
  std::string add_url{};  // Empty: there are as many as there may be.
  std::string account_url{};

  static constexpr auto fields() {
    using View = AddressesView;
    return html::fields<View>(
        html::field("shell", &View::shell), html::field("head", &View::head),
        html::field("title", &View::title), html::field("notice", &View::notice),
        html::field("form_token", &View::form_token), html::field("addresses", &View::addresses),
        html::field("add_url", &View::add_url), html::field("account_url", &View::account_url));
  }
};

constexpr const char *address_base = "/account/addresses";

struct AddressField {
  const char *name;
  const char *autocomplete;
  std::string Address::*member;
  int length_max;
  bool is_required;
};
constexpr std::array address_fields{
    AddressField{"given_name", "given-name", &Address::given_name, 100, false},
    AddressField{"family_name", "family-name", &Address::family_name, 100, false},
    AddressField{"company", "organization", &Address::company, 100, false},
    AddressField{"line1", "address-line1", &Address::line1, 180, true},
    AddressField{"line2", "address-line2", &Address::line2, 180, false},
    AddressField{"postal_code", "postal-code", &Address::postal_code, 20, true},
    AddressField{"city", "address-level2", &Address::city, 100, true},
    AddressField{"province", "address-level1", &Address::province, 10, false},
    AddressField{"country", "country", &Address::country, 2, true},
    AddressField{"phone", "tel", &Address::phone, 40, false}};

// Everywhere that the shop delivers to.
std::set<std::string> countries_of(const PageContext &context) {
  std::set<std::string> countries;
  for (const catalog::Market &market : context.snapshot->markets())
    countries.insert(market.countries.begin(), market.countries.end());
  return countries;
}

bool is_line(std::string_view text, int length_max) {
  const auto length = std::ranges::count_if(
      text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; });
  return length <= length_max && std::ranges::none_of(text, [](char c) {
           return static_cast<unsigned char>(c) < 0x20 || c == 0x7F;
         });
}

std::vector<std::string> lines_of(const Address &address, const PageContext &context) {
  std::vector<std::string> lines;
  const auto add = [&](std::string line) {
    if (!line.empty()) lines.push_back(std::move(line));
  };
  add(address.name());
  add(address.company);
  add(address.line1);
  add(address.line2);
  std::string place = address.postal_code + " " + address.city;
  if (!address.province.empty()) place += ", " + address.province;
  add(std::move(place));
  add(locale::country_name(address.country, context.locale));
  return lines;
}

class AddressPages {
 public:
  AddressPages(const Storefront &storefront, AddressBook &addresses)
      : storefront_(storefront),
        addresses_(addresses),
        list_(storefront.engine().page<AddressesView>("addresses.html")),
        form_(storefront.engine().page<AccountFormView>("account_form.html")) {}

  Task<http::Response> show_all(PageContext context, http::Request request) const {
    const auto known = co_await addresses_.of(customer_of(request));
    AddressesView view{
        .shell = context.shell,
        .head = storefront_.private_head(context, context.text("account.addresses.title"), ""),
        .title = context.text("account.addresses.title")};
    view.form_token = form_token_of(request, storefront_.is_https());
    view.account_url = context.url("/account");
    if (known.size() < AddressBook::addresses_max)
      view.add_url = context.url(std::string(address_base) + "/new");
    const std::string done = text_of(request.parameters(), "done");
    if (done == "saved" || done == "removed")
      view.notice = context.text("account.addresses." + done);
    for (const KnownAddress &each : known) {
      const std::string url = context.url(address_base) + "/" + each.id.value().to_string();
      const bool is_usual = each.address.is_default_shipping;
      view.addresses.push_back(
          {.lines = lines_of(each.address, context),
           .label = is_usual ? context.text("account.addresses.usual") : std::string(),
           .url = url,
           .remove_url = url + "/remove"});
    }
    co_return http::html(200, list_.render(view, *context.texts));
  }

  Task<http::Response> show_new(PageContext context, http::Request request) const {
    Address empty;
    empty.country = context.market().default_country;
    co_return show(200, form_of(context, "new", empty, {}), request, context);
  }

  Task<http::Response> add(PageContext context, http::Request request) const {
    const auto form = read_form(request);
    if (!form || !has_form_token(request, *form, storefront_.is_https()))
      co_return storefront_.error_page(request, 403);
    const Address address = read(*form);
    const auto wrong = wrong_fields(address, context);
    if (!wrong.empty())
      co_return show(400, form_of(context, "new", address, wrong), request, context);
    const auto added = co_await addresses_.add(customer_of(request), address);
    if (!added && added.error() == AddressRefusal::signed_out)
      co_return http::redirect(context.url("/account/sign-in"));
    if (!added) {
      auto view = form_of(context, "new", address, {});
      view.error = context.text("account.addresses.too_many");
      co_return show(400, std::move(view), request, context);
    }
    co_return http::redirect(context.url(address_base) + "?done=saved");
  }

  Task<http::Response> show_one(PageContext context, http::Request request) const {
    const auto known = co_await find(request);
    if (!known) co_return storefront_.error_page(request, 404);
    co_return show(200, form_of(context, request.path_value(0), known->address, {}), request,
                   context);
  }

  Task<http::Response> change(PageContext context, http::Request request) const {
    const auto form = read_form(request);
    if (!form || !has_form_token(request, *form, storefront_.is_https()))
      co_return storefront_.error_page(request, 403);
    const auto known = co_await find(request);
    if (!known) co_return storefront_.error_page(request, 404);
    Address address = read(*form);
    address.label = known->address.label;
    const auto wrong = wrong_fields(address, context);
    if (!wrong.empty()) {
      co_return show(400, form_of(context, request.path_value(0), address, wrong), request,
                     context);
    }
    if (!co_await addresses_.change(customer_of(request), known->id, address))
      co_return storefront_.error_page(request, 404);
    co_return http::redirect(context.url(address_base) + "?done=saved");
  }

  Task<http::Response> remove(PageContext context, http::Request request) const {
    const auto form = read_form(request);
    if (!form || !has_form_token(request, *form, storefront_.is_https()))
      co_return storefront_.error_page(request, 403);
    const auto id = Uuid::parse(request.path_value(0));
    if (!id || !co_await addresses_.remove(customer_of(request), AddressId{*id}))
      co_return storefront_.error_page(request, 404);
    co_return http::redirect(context.url(address_base) + "?done=removed");
  }

 private:
  Task<std::optional<KnownAddress>> find(const http::Request &request) const {
    const auto id = Uuid::parse(request.path_value(0));
    if (!id) co_return std::nullopt;
    co_return co_await addresses_.find(customer_of(request), AddressId{*id});
  }

  static Address read(const http::Parameters &form) {
    Address address;
    for (const AddressField &entry : address_fields)
      address.*entry.member = text_of(form, entry.name);
    address.is_default_shipping = address.is_default_billing = form.get("usual") == "1";
    return address;
  }

  static std::set<std::string> wrong_fields(const Address &address, const PageContext &context) {
    std::set<std::string> wrong;
    for (const AddressField &entry : address_fields) {
      const std::string &text = address.*entry.member;
      if ((entry.is_required && text.empty()) || !is_line(text, entry.length_max))
        wrong.insert(entry.name);
    }
    if (!countries_of(context).contains(address.country)) wrong.insert("country");
    return wrong;
  }

  AccountFormView form_of(const PageContext &context, const std::string &which,
                          const Address &address, const std::set<std::string> &wrong) const {
    auto view = form_view(context, which == "new" ? "address_new" : "address",
                          std::string(address_base) + "/" + which);
    for (const AddressField &entry : address_fields) {
      auto field = text_field(context, entry.name, entry.autocomplete, address.*entry.member,
                              entry.length_max);
      field.is_required = entry.is_required;
      if (wrong.contains(entry.name)) field.error = context.text("account.error.address");
      if (field.name == "country") add_countries(field, context);
      view.fields_shown.push_back(std::move(field));
    }
    FieldView usual = text_field(context, "usual", "", "", 1);
    usual.type = "checkbox";
    if (address.is_default_shipping) usual.value = "1";
    view.fields_shown.push_back(std::move(usual));
    if (!wrong.empty()) view.error = context.text("account.error.look");
    view.links = {link_to(context, address_base, "account.addresses.back")};
    return view;
  }

  static void add_countries(FieldView &field, const PageContext &context) {
    field.type = "select";
    for (const std::string &code : countries_of(context)) {
      field.choices.push_back({.value = code,
                               .label = locale::country_name(code, context.locale),
                               .is_chosen = code == field.value});
    }
    std::ranges::sort(field.choices, {}, &ChoiceView::label);
  }

  http::Response show(int status, AccountFormView view, const http::Request &request,
                      const PageContext &context) const {
    view.form_token = form_token_of(request, storefront_.is_https());
    return http::html(status, form_.render(view, *context.texts));
  }

  const Storefront &storefront_;
  AddressBook &addresses_;
  html::Page<AddressesView> list_;
  html::Page<AccountFormView> form_;
};

}  // namespace

void add_address_pages(http::Router &router, const Storefront &storefront, AddressBook &addresses) {
  const auto pages = std::make_shared<const AddressPages>(storefront, addresses);
  using Page = Task<http::Response> (AddressPages::*)(PageContext, http::Request) const;
  const auto add = [&](http::Method method, const std::string &pattern, Page page) {
    add_account_page(router, storefront, method, address_base + pattern, http::Access::customer(),
                     [pages, page](PageContext context, http::Request request) {
                       return ((*pages).*page)(std::move(context), std::move(request));
                     });
  };
  using http::Method;
  add(Method::get, "", &AddressPages::show_all);
  add(Method::get, "/new", &AddressPages::show_new);
  add(Method::post, "/new", &AddressPages::add);
  add(Method::get, "/{id}", &AddressPages::show_one);
  add(Method::post, "/{id}", &AddressPages::change);
  add(Method::post, "/{id}/remove", &AddressPages::remove);
}

}  // namespace osier::identity
