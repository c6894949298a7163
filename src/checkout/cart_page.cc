#include "checkout/cart_page.h"

#include <boost/json.hpp>
#include <charconv>

#include "checkout/cart_cookie.h"
#include "web/same_origin.h"

namespace osier::checkout {

namespace {

using catalog::PageContext;
using catalog::Storefront;

constexpr std::chrono::hours place_cookie_lifetime{24 * 365};

// Whole number in the range of a line's quantity, or nothing.
std::optional<std::int32_t> read_quantity(std::string_view text, std::int32_t least) {
  std::int32_t quantity = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), quantity);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  if (quantity < least || quantity > quantity_per_line_max) return std::nullopt;
  return quantity;
}

// The form's fields, or nothing for a body that is no form.
std::optional<http::Parameters> read_form(const http::Request& request) {
  const auto type = request.headers.get("Content-Type");
  if (!type || !type->starts_with("application/x-www-form-urlencoded")) return std::nullopt;
  return http::Parameters::parse(request.body);
}

std::string message_for(const PageContext& context, CartRefusal refusal) {
  switch (refusal) {
    case CartRefusal::unknown_variant:
    case CartRefusal::not_sold_in_market:
      return context.text("cart.not_sold_here");
    case CartRefusal::quantity_out_of_range:
      return context.text("cart.quantity_out_of_range");
    case CartRefusal::total_too_large:
      return context.text("cart.total_too_large");
    case CartRefusal::too_many_lines:
      return context.text("cart.too_many_lines");
    case CartRefusal::too_many_coupon_tries:
      return context.text("cart.coupon_too_many_tries");
    case CartRefusal::not_enough_stock:
      return context.text("cart.not_enough_stock");
    case CartRefusal::unknown_cart:
    case CartRefusal::unknown_line:
    case CartRefusal::version_changed:
      return context.text("cart.changed_elsewhere");
    case CartRefusal::unknown_market:
    case CartRefusal::unknown_shipping_option:
    case CartRefusal::country_not_served:
      return context.text("cart.country_not_served");
  }
}

int status_for(CartRefusal refusal) {
  switch (refusal) {
    case CartRefusal::unknown_cart:
    case CartRefusal::unknown_line:
    case CartRefusal::unknown_variant:
      return 404;
    case CartRefusal::not_enough_stock:
    case CartRefusal::version_changed:
      return 409;
    case CartRefusal::too_many_coupon_tries:
      return 429;
    default:
      return 400;
  }
}

class CartPages {
 public:
  CartPages(Storefront& storefront, Checkout& checkout, orders::Orders& orders,
            waiting_room::WaitingRoom& waiting, VisitorCarts& carts)
      : storefront_(storefront),
        checkout_(checkout),
        orders_(orders),
        waiting_(waiting),
        carts_(carts),
        page_(storefront.engine().page<CartPageView>("cart.html")) {}

  Task<http::Response> show(PageContext context, http::Request request) {
    const auto cart = co_await cart_of(request);
    // A cart is read where it was filled: its prices are that market's.
    if (cart && cart->market_code != context.place.market) {
      const PageContext home = storefront_.at(cart->market_code, context.place.locale);
      co_return http::redirect(home.url("/cart"));
    }
    co_return co_await render(context, cart, 200, "");
  }

  Task<http::Response> add_line(PageContext context, http::Request request) {
    const auto form = read_form(request);
    const auto variant = form ? Uuid::parse(form->get("variant").value_or("")) : std::nullopt;
    if (!variant) co_return co_await refuse_form(context, request, "cart.not_sold_here");
    const auto quantity = read_quantity(form->get("quantity").value_or(""), 1);
    if (!quantity) co_return co_await refuse_form(context, request, "cart.quantity_out_of_range");

    const catalog::VariantId variant_id{*variant};
    if (auto door = waiting_.closed_door(request, {variant_id})) {
      waiting_room::Wanted wanted{variant->to_string(), std::to_string(*quantity)};
      auto response = co_await waiting_room::send_to_waiting_page(
          waiting_, context, request, std::move(*door), waiting_room::Take::number,
          std::move(wanted));
      if (response.status == 429) co_return storefront_.error_page(request, 429);
      co_return response;
    }
    auto cart = co_await cart_of(request);
    const bool is_new = !cart.has_value();
    auto changed = is_new ? co_await create_with(context, variant_id, *quantity)
                          : co_await add_to(context, *cart, variant_id, *quantity);
    if (!changed) {
      co_return co_await render(context, cart, status_for(changed.error()),
                                message_for(context, changed.error()));
    }
    if (is_new) co_await carts_.keep(request, changed->token);
    auto response = http::redirect(context.url("/cart"));
    set_cart_cookie(response, changed->token, storefront_.is_https());
    response.headers.set("Cache-Control", "no-store");
    co_return response;
  }

  Task<http::Response> set_line(PageContext context, http::Request request) {
    const auto cart = co_await cart_of(request);
    const auto form = read_form(request);
    const auto line = Uuid::parse(request.path_value(0));
    if (!cart || !form || !line)
      co_return co_await render(context, cart, 404, context.text("cart.changed_elsewhere"));
    const bool is_removed = form->get("remove") == "1";
    const auto quantity = is_removed ? std::optional<std::int32_t>(0)
                                     : read_quantity(form->get("quantity").value_or(""), 0);
    if (!quantity)
      co_return co_await render(context, cart, 400, context.text("cart.quantity_out_of_range"));
    const auto changed = co_await checkout_.set_line(cart->token, LineId{*line}, *quantity);
    if (!changed) {
      co_return co_await render(context, cart, status_for(changed.error()),
                                message_for(context, changed.error()));
    }
    co_return http::redirect(context.url("/cart"));
  }

  Task<http::Response> change_coupons(PageContext context, http::Request request) {
    const auto cart = co_await cart_of(request);
    const auto form = read_form(request);
    if (!cart || !form)
      co_return co_await render(context, cart, 404, context.text("cart.changed_elsewhere"));
    if (const auto code = form->get("remove")) {
      std::vector<std::string> codes{std::string(*code)};
      (void)co_await checkout_.remove_coupons(cart->token, std::move(codes));
      co_return http::redirect(context.url("/cart"));
    }
    std::string code(form->get("code").value_or(""));
    const auto changed = co_await checkout_.add_coupon(cart->token, code);
    if (changed) co_return http::redirect(context.url("/cart"));
    const CouponNotTaken& not_taken = changed.error();
    CouponTry attempt{.code = std::move(code), .error = coupon_text(context, not_taken)};
    const int status = not_taken.reason ? 422 : status_for(not_taken.cart);
    co_return co_await render(context, cart, status, "", std::move(attempt));
  }

  Task<http::Response> accept(PageContext context, http::Request request) {
    const auto cart = co_await cart_of(request);
    if (cart) (void)co_await checkout_.accept_changes(cart->token);
    co_return http::redirect(context.url("/cart"));
  }

  Task<http::Response> me(PageContext context, http::Request request) {
    std::int64_t count = 0;
    if (const auto cart = co_await cart_of(request)) {
      for (const CartLine& line : cart->lines) count += line.quantity;
    }
    boost::json::object mine{
        {"cart_count", count},
        {"cart_label", context.text("shell.cart_with_count", {{"count", count}})},
        {"account_label", nullptr},
        {"place", nullptr}};
    if (const auto account = co_await carts_.visitors().account(request)) {
      const std::string& name = account->given_name;
      mine["account_label"] = name.empty() ? context.text("shell.account") : name;
    }
    const auto remembered = request.cookie("place");
    const web::Place* place = remembered ? context.places->by_name(*remembered) : nullptr;
    if (place != nullptr && *place != context.place) {
      const PageContext there = storefront_.at(*place);
      const std::string name = there.market().name.at(place->locale);
      mine["place"] = boost::json::object{
          {"url", place->url("/")}, {"label", there.text("shell.continue", {{"place", name}})}};
    }
    auto response = http::json(200, boost::json::serialize(mine));
    response.headers.set("Cache-Control", "private, no-store");
    co_return response;
  }

  // Remembers the choice, takes the cart along, and goes to the same page there.
  Task<http::Response> choose_place(PageContext context, http::Request request) {
    const web::Place* place = context.places->by_name(request.path_value(0));
    if (place == nullptr) co_return storefront_.error_page(request, 404);
    const auto parameters = request.parameters();
    std::string path(parameters ? parameters->get("path").value_or("/") : "/");
    // Only our own paths: not another site's (hardening 51).
    const bool is_ours = path.starts_with('/') && !path.starts_with("//") &&
                         path.find('\\') == std::string::npos &&
                         path.find_first_of("\r\n\t") == std::string::npos;
    if (!is_ours) path = "/";
    const auto cart = co_await cart_of(request);
    // A link on another site may bring a visitor here, but moves no cart.
    if (cart && web::is_same_origin(request) &&
        (cart->market_code != place->market || cart->locale != place->locale)) {
      Checkout::CartUpdate update;
      if (cart->market_code != place->market) update.market_code = place->market;
      update.locale = place->locale;
      (void)co_await checkout_.update_cart(cart->token, update);
    }
    auto response = http::redirect(place->url(path));
    response.headers.add(
        "Set-Cookie",
        http::set_cookie("place", place->name(), storefront_.is_https(), place_cookie_lifetime));
    response.headers.set("Cache-Control", "no-store");
    co_return response;
  }

 private:
  Task<std::optional<Cart>> cart_of(http::Request request) {
    co_return co_await carts_.find(std::move(request));
  }

  Task<Result<Cart, CartRefusal>> create_with(PageContext context, catalog::VariantId variant_id,
                                              std::int32_t quantity) {
    Checkout::NewCart request{.market_code = context.place.market,
                              .country = std::nullopt,
                              .locale = context.place.locale};
    request.lines.push_back({variant_id, quantity});
    co_return co_await checkout_.create_cart(std::move(request));
  }

  // Shopping goes on at the prices of the page the shopper is on.
  Task<Result<Cart, CartRefusal>> add_to(PageContext context, Cart cart,
                                         catalog::VariantId variant_id, std::int32_t quantity) {
    if (cart.market_code != context.place.market) {
      Checkout::CartUpdate update;
      update.market_code = context.place.market;
      update.locale = context.place.locale;
      const auto moved = co_await checkout_.update_cart(cart.token, update);
      if (!moved) co_return refuse(moved.error());
    }
    co_return co_await checkout_.add_line(cart.token, variant_id, quantity);
  }

  Task<http::Response> refuse_form(PageContext context, http::Request request, std::string key) {
    const auto cart = co_await cart_of(std::move(request));
    co_return co_await render(context, cart, 400, context.text(key));
  }

  // A code that was not taken, and why.
  struct CouponTry {
    std::string code;
    std::string error;
  };

  Task<http::Response> render(PageContext context, std::optional<Cart> cart, int status,
                              std::string message, CouponTry attempt = {}) {
    CartPageView view;
    view.shell = context.shell;
    view.head = storefront_.private_head(context, context.text("cart.title"), "/cart");
    view.message = std::move(message);
    view.coupon_code = std::move(attempt.code);
    view.coupon_error = std::move(attempt.error);
    view.coupons_url = context.url("/cart/coupons");
    view.lines_url = context.url("/cart/lines");
    view.accept_url = context.url("/cart/accept");
    view.checkout_url = context.url("/checkout");
    view.shipping_hint = context.text("cart.shipping_hint");
    if (cart) {
      const auto priced = checkout_.price(*cart);
      if (priced) {
        view.cart = view_of(context, *cart, *priced);
      } else {
        view.message = context.text("cart.total_too_large");
      }
      if (cart->order && cart->order->status == orders::OrderStatus::pending) {
        const auto order = co_await orders_.find(cart->order->id);
        if (order) view.pending_url = context.url("/orders/" + order->access_token);
      }
    }
    auto response = http::html(status, page_.render(view, *context.texts));
    response.headers.set("Cache-Control", "private, no-store");
    co_return response;
  }

  Storefront& storefront_;
  Checkout& checkout_;
  orders::Orders& orders_;
  waiting_room::WaitingRoom& waiting_;
  VisitorCarts& carts_;
  html::Page<CartPageView> page_;
};

}  // namespace

void add_cart_pages(http::Router& router, Storefront& storefront, Checkout& checkout,
                    orders::Orders& orders, waiting_room::WaitingRoom& waiting,
                    VisitorCarts& carts) {
  const auto pages = std::make_shared<CartPages>(storefront, checkout, orders, waiting, carts);
  const auto bind =
      [&pages](Task<http::Response> (CartPages::*handler)(PageContext, http::Request)) {
        return [pages, handler](PageContext context, http::Request request) {
          return ((*pages).*handler)(std::move(context), std::move(request));
        };
      };
  using http::Method;
  storefront.add_page(router, Method::get, "/cart", http::Access::everyone(),
                      bind(&CartPages::show));
  storefront.add_page(router, Method::post, "/cart/lines", http::Access::everyone(),
                      bind(&CartPages::add_line));
  storefront.add_page(router, Method::post, "/cart/lines/{line}", http::Access::token_holder(),
                      bind(&CartPages::set_line));
  storefront.add_page(router, Method::post, "/cart/coupons", http::Access::token_holder(),
                      bind(&CartPages::change_coupons));
  storefront.add_page(router, Method::post, "/cart/accept", http::Access::token_holder(),
                      bind(&CartPages::accept));
  storefront.add_page(router, Method::get, "/me.json", http::Access::everyone(),
                      bind(&CartPages::me));
  storefront.add_page(router, Method::get, "/place/{name}", http::Access::everyone(),
                      bind(&CartPages::choose_place));
}

}  // namespace osier::checkout
