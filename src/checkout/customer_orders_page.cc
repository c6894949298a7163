#include "checkout/cart_cookie.h"
#include "checkout/customer_orders.h"
#include "identity/customer_cookie.h"
#include "platform/locale/format.h"
#include "web/form_token.h"

namespace osier::checkout {

using catalog::PageContext;
using catalog::Storefront;
using identity::CustomerId;

namespace {

constexpr int orders_per_page = 20;

struct OrderRowView {
  std::string number;
  std::string date;
  std::string total;
  std::string state;
  std::string url;
  std::string again_url;

  static constexpr auto fields() {
    using View = OrderRowView;
    return html::fields<View>(html::field("number", &View::number),
                              html::field("date", &View::date), html::field("total", &View::total),
                              html::field("state", &View::state), html::field("url", &View::url),
                              html::field("again_url", &View::again_url));
  }
};

// account_orders.html: the list; or what could not be put into the cart again.
struct AccountOrdersView {
  std::shared_ptr<const web::Shell> shell;
  web::Head head;
  std::string title;
  std::string form_token{};
  std::vector<OrderRowView> orders{};
  std::string older_url{};             // Empty: these are all.
  std::vector<std::string> missing{};  // Of an order that was to be repeated.
  std::string cart_url{};
  std::string account_url{};

  static constexpr auto fields() {
    using View = AccountOrdersView;
    return html::fields<View>(
        html::field("shell", &View::shell), html::field("head", &View::head),
        html::field("title", &View::title), html::field("form_token", &View::form_token),
        html::field("orders", &View::orders), html::field("older_url", &View::older_url),
        html::field("missing", &View::missing), html::field("cart_url", &View::cart_url),
        html::field("account_url", &View::account_url));
  }
};

CustomerId customer_of(const http::Request &request) {
  return CustomerId{request.principal->account};
}

void keep_private(http::Response &response) {
  response.headers.set("Cache-Control", "private, no-store");
  response.headers.set("X-Robots-Tag", "noindex");
}

class CustomerOrderPages {
 public:
  CustomerOrderPages(const Storefront &storefront, Checkout &checkout, CustomerOrders &orders,
                     VisitorCarts &carts)
      : storefront_(storefront),
        checkout_(checkout),
        orders_(orders),
        carts_(carts),
        page_(storefront.engine().page<AccountOrdersView>("account_orders.html")) {}

  Task<http::Response> show_all(PageContext context, http::Request request) const {
    const auto parameters = request.parameters();
    const auto before =
        parameters ? Uuid::parse(parameters->get("before").value_or("")) : std::nullopt;
    std::optional<orders::OrderId> older_than;
    if (before) older_than = orders::OrderId{*before};
    const auto found = co_await orders_.of(customer_of(request), older_than, orders_per_page + 1);
    auto view = view_at(context, request);
    for (const orders::Order &order : found) {
      if (view.orders.size() == orders_per_page) break;
      view.orders.push_back(row_of(order, context));
    }
    if (found.size() > orders_per_page) {
      const Uuid last = found[orders_per_page - 1].id.value();
      view.older_url = context.url("/account/orders") + "?before=" + last.to_string();
    }
    co_return show(view, context);
  }

  Task<http::Response> show_one(PageContext context, http::Request request) const {
    const auto order = co_await find(request);
    if (!order) co_return storefront_.error_page(request, 404);
    auto response = http::redirect(context.url("/orders/" + order->access_token));
    keep_private(response);
    co_return response;
  }

  Task<http::Response> order_again(PageContext context, http::Request request) const {
    const auto form = http::Parameters::parse(request.body);
    const auto token = identity::session_cookie(request, storefront_.is_https());
    if (!form || !token || !web::is_form_token(form->get(web::form_token_field), *token))
      co_return storefront_.error_page(request, 403);
    const auto order = co_await find(request);
    if (!order) co_return storefront_.error_page(request, 404);
    auto cart = co_await carts_.find(request);
    if (!cart) {
      Checkout::NewCart empty{.market_code = context.place.market,
                              .country = std::nullopt,
                              .locale = context.place.locale};
      auto made = co_await checkout_.create_cart(std::move(empty));
      if (!made) co_return storefront_.error_page(request, 400);
      co_await carts_.keep(request, made->token);
      cart = std::move(*made);
    }
    auto view = view_at(context, request);
    view.missing = co_await put_again(*cart, *order);
    auto response =
        view.missing.empty() ? http::redirect(context.url("/cart")) : show(view, context);
    set_cart_cookie(response, cart->token, storefront_.is_https());
    keep_private(response);
    co_return response;
  }

 private:
  Task<std::optional<orders::Order>> find(const http::Request &request) const {
    const auto id = Uuid::parse(request.path_value(0));
    if (!id) co_return std::nullopt;
    co_return co_await orders_.find(customer_of(request), orders::OrderId{*id});
  }

  // Line by line, so that one that is gone keeps no other out. What could not
  // be had.
  Task<std::vector<std::string>> put_again(Cart cart, orders::Order order) const {
    std::vector<std::string> missing;
    for (const orders::OrderLine &line : order.lines) {
      const auto added = co_await checkout_.add_line(cart.token, line.variant_id, line.quantity);
      if (added) continue;
      missing.push_back(line.variant_title.empty() ? line.title
                                                   : line.title + ", " + line.variant_title);
    }
    co_return missing;
  }

  OrderRowView row_of(const orders::Order &order, const PageContext &context) const {
    const std::string url = context.url("/account/orders/" + order.id.value().to_string());
    const std::string number = std::to_string(order.number);
    return {.number = context.text("order.number", {{"number", std::string_view(number)}}),
            .date = locale::format_date(order.created_at, context.locale,
                                        context.market().time_zone, locale::DateStyle::date),
            .total = context.money(order.total),
            .state = context.text("account_orders.state." + std::string(to_string(order.status))),
            .url = url,
            .again_url = url + "/again"};
  }

  AccountOrdersView view_at(const PageContext &context, const http::Request &request) const {
    AccountOrdersView view{
        .shell = context.shell,
        .head = storefront_.private_head(context, context.text("account_orders.title"), ""),
        .title = context.text("account_orders.title")};
    if (const auto token = identity::session_cookie(request, storefront_.is_https()))
      view.form_token = web::form_token(*token);
    view.cart_url = context.url("/cart");
    view.account_url = context.url("/account");
    return view;
  }

  http::Response show(const AccountOrdersView &view, const PageContext &context) const {
    auto response = http::html(200, page_.render(view, *context.texts));
    keep_private(response);
    return response;
  }

  const Storefront &storefront_;
  Checkout &checkout_;
  CustomerOrders &orders_;
  VisitorCarts &carts_;
  html::Page<AccountOrdersView> page_;
};

}  // namespace

void add_customer_order_pages(http::Router &router, const Storefront &storefront,
                              Checkout &checkout, CustomerOrders &orders, VisitorCarts &carts) {
  const auto pages =
      std::make_shared<const CustomerOrderPages>(storefront, checkout, orders, carts);
  using Page = Task<http::Response> (CustomerOrderPages::*)(PageContext, http::Request) const;
  const auto add = [&](http::Method method, const std::string &pattern, Page page) {
    storefront.add_page(router, method, "/account/orders" + pattern, http::Access::customer(),
                        [pages, page](PageContext context, http::Request request) {
                          return ((*pages).*page)(std::move(context), std::move(request));
                        });
  };
  add(http::Method::get, "", &CustomerOrderPages::show_all);
  add(http::Method::get, "/{id}", &CustomerOrderPages::show_one);
  add(http::Method::post, "/{id}/again", &CustomerOrderPages::order_again);
}

}  // namespace osier::checkout
