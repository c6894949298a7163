#include "checkout/checkout_page.h"

#include <algorithm>
#include <charconv>

#include "checkout/cart_cookie.h"
#include "checkout/checkout_form.h"
#include "orders/routes.h"

namespace osier::checkout {

namespace {

using catalog::PageContext;
using catalog::Storefront;

std::string_view to_word(payments::Provider provider) {
  return provider == payments::Provider::stripe ? "stripe" : "manual";
}

std::string text_key(PlaceRefusal refusal) {
  switch (refusal) {
    case PlaceRefusal::unknown_cart:
    case PlaceRefusal::cart_is_empty:
      return "checkout.cart_is_empty";
    case PlaceRefusal::contact_incomplete:
      return "checkout.contact_incomplete";
    case PlaceRefusal::shipping_missing:
      return "checkout.shipping_missing";
    case PlaceRefusal::payment_missing:
      return "checkout.payment_missing";
    case PlaceRefusal::country_not_served:
      return "checkout.error_country_not_served";
    case PlaceRefusal::changed:
      return "checkout.changed";
    case PlaceRefusal::sold_out:
      return "checkout.sold_out";
    case PlaceRefusal::coupon_lost:
      return "checkout.coupon_lost";
    case PlaceRefusal::total_too_large:
      return "cart.total_too_large";
    case PlaceRefusal::too_many_holds:
      return "checkout.too_many_holds";
    case PlaceRefusal::payment_in_progress:
      return "checkout.payment_in_progress";
  }
}

// The fields with errors, from the top of the page to its end.
std::vector<std::string> in_order_of_the_page(const std::map<std::string, std::string>& errors) {
  static constexpr std::string_view address_fields[] = {
      "name", "line1", "line2", "company", "postal_code", "city", "country", "province"};
  std::vector<std::string> page = {"email"};
  for (const auto field : address_fields) page.emplace_back(field);
  page.emplace_back("phone");
  for (const auto field : address_fields) page.push_back("billing_" + std::string(field));
  page.emplace_back("shipping_option");
  page.emplace_back("payment");
  page.emplace_back("total");
  std::erase_if(page, [&](const std::string& field) { return !errors.contains(field); });
  return page;
}

// Everything one answer is made of; what was typed stays in the fields.
struct Draft {
  Cart cart;
  CheckoutForm form;
  int status = 200;
  std::string message;
  std::string coupon_error;
};

class CheckoutPages {
 public:
  CheckoutPages(Storefront& storefront, Checkout& checkout, orders::Orders& orders,
                payments::Payments& payments, fulfilment::Fulfilment& fulfilment,
                waiting_room::WaitingRoom& waiting, VisitorCarts& carts)
      : storefront_(storefront),
        checkout_(checkout),
        orders_(orders),
        payments_(payments),
        fulfilment_(fulfilment),
        waiting_(waiting),
        carts_(carts),
        page_(storefront.engine().page<CheckoutPageView>("checkout.html")) {}

  Task<http::Response> show(PageContext context, http::Request request) {
    auto cart = co_await cart_of(request);
    if (!cart || cart->lines.empty()) co_return http::redirect(context.url("/cart"));
    if (cart->market_code != context.place.market) {
      co_return http::redirect(
          storefront_.at(cart->market_code, context.place.locale).url("/checkout"));
    }
    if (auto door = waiting_.closed_door(request, variants_of(*cart))) {
      co_return co_await waiting_room::send_to_waiting_page(waiting_, std::move(context),
                                                            std::move(request), std::move(*door),
                                                            waiting_room::Take::nothing);
    }
    // Delivery is part of the price from the first look on: the first option until another is
    // chosen.
    const auto options = fulfilment_.options_for(cart->market_code, cart->country);
    if (!cart->shipping_option_id && !options.empty()) {
      Checkout::CartUpdate update;
      update.shipping_option_id = options.front().id;
      auto chosen = co_await checkout_.update_cart(cart->token, std::move(update));
      if (chosen) cart = std::move(*chosen);
    }
    Draft draft{.cart = std::move(*cart), .form = {}, .message = {}, .coupon_error = {}};
    draft.form.contact = draft.cart.contact;
    if (draft.cart.contact == orders::Contact{})
      draft.form.contact = co_await carts_.known_contact(std::move(request), context.market());
    draft.form.has_other_billing = !draft.cart.contact.billing.line1.empty();
    co_return co_await render(std::move(context), std::move(draft));
  }

  Task<http::Response> submit(PageContext context, http::Request request) {
    const auto cart = co_await cart_of(request);
    if (!cart || cart->lines.empty()) co_return http::redirect(context.url("/cart"));
    const auto parameters = http::Parameters::parse(request.body);
    if (!parameters) co_return storefront_.error_page(request, 400);

    Draft draft{.cart = *cart,
                .form = read_checkout_form(*parameters, context.market()),
                .message = {},
                .coupon_error = {}};
    co_await save(context, draft);
    co_await change_coupons(context, draft);
    if (!draft.form.is_order) co_return co_await render(std::move(context), std::move(draft));
    if (!draft.form.errors.empty()) {
      draft.status = 422;
      draft.message = context.text("checkout.has_errors");
      co_return co_await render(std::move(context), std::move(draft));
    }
    auto door = co_await waiting_.pass(request, variants_of(draft.cart), draft.cart.id.value());
    if (door) {
      co_return co_await waiting_room::send_to_waiting_page(waiting_, std::move(context),
                                                            std::move(request), std::move(*door),
                                                            waiting_room::Take::nothing);
    }
    co_return co_await order(std::move(context), std::move(draft), request.client_address);
  }

 private:
  Task<std::optional<Cart>> cart_of(http::Request request) {
    co_return co_await carts_.find(std::move(request));
  }

  // Keeps what was typed with the cart, as far as it is right, so that another tab or day finds it.
  Task<void> save(const PageContext& context, Draft& draft) {
    Checkout::CartUpdate update;
    const auto& errors = draft.form.errors;
    orders::Contact contact = draft.form.contact;
    if (errors.contains("email")) contact.email = draft.cart.contact.email;
    if (contact.shipping.country.empty() || errors.contains("country"))
      contact.shipping.country = draft.cart.country;
    update.contact = contact;
    update.locale = context.place.locale;
    if (draft.form.payment == "stripe") update.payment_provider = payments::Provider::stripe;
    if (draft.form.payment == "manual") update.payment_provider = payments::Provider::manual;
    const auto option = Uuid::parse(draft.form.shipping_option);
    const auto known =
        option ? fulfilment_.find(fulfilment::ShippingOptionId{*option}) : std::nullopt;
    if (known && known->serves(draft.cart.market_code, contact.shipping.country)) {
      update.shipping_option_id = known->id;
    } else if (draft.form.is_order && !draft.form.shipping_option.empty()) {
      draft.form.errors["shipping_option"] = "checkout.shipping_missing";
    }
    auto saved = co_await checkout_.update_cart(draft.cart.token, update);
    if (saved) {
      draft.cart = std::move(*saved);
    } else {
      draft.message = context.text("cart.changed_elsewhere");
    }
  }

  Task<void> change_coupons(const PageContext& context, Draft& draft) {
    if (!draft.form.removed_coupon.empty()) {
      std::vector<std::string> codes{draft.form.removed_coupon};
      auto changed = co_await checkout_.remove_coupons(draft.cart.token, std::move(codes));
      if (changed) draft.cart = std::move(*changed);
    }
    if (draft.form.coupon.empty()) co_return;
    auto changed = co_await checkout_.add_coupon(draft.cart.token, draft.form.coupon);
    if (changed) {
      draft.cart = std::move(*changed);
      draft.form.coupon.clear();
    } else {
      draft.status = 422;
      draft.coupon_error = coupon_text(context, changed.error());
    }
  }

  Task<http::Response> order(PageContext context, Draft draft, std::string client_address) {
    const Currency currency = context.market().currency;
    std::int64_t stated = 0;
    const auto& text = draft.form.stated_total;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), stated);
    const bool is_stated = error == std::errc{} && end == text.data() + text.size();

    PlaceCommand command;
    command.cart_token = draft.cart.token;
    command.provider =
        draft.form.payment == "manual" ? payments::Provider::manual : payments::Provider::stripe;
    command.method = command.provider == payments::Provider::manual
                         ? payments::PaymentMethod::transfer
                         : payments::PaymentMethod::hosted_page;
    // A form without a total has shown none: nothing can match it.
    command.stated_total = Money::minor(is_stated ? stated : -1, currency);
    command.client_address = std::move(client_address);
    auto placed = co_await checkout_.place(std::move(command));
    if (!placed) {
      draft.status = placed.error().reason == PlaceRefusal::too_many_holds ? 429 : 409;
      draft.message = context.text(text_key(placed.error().reason));
      if (auto fresh = co_await checkout_.find_cart(draft.cart.token))
        draft.cart = std::move(*fresh);
      // This answer shows what has changed; who orders again has seen it. What is gone stays in the
      // way until it is taken out of the cart.
      const PlaceRefusal reason = placed.error().reason;
      if (reason == PlaceRefusal::changed || reason == PlaceRefusal::coupon_lost)
        (void)co_await checkout_.accept_changes(draft.cart.token, Accept::prices);
      co_return co_await render(std::move(context), std::move(draft));
    }
    co_return co_await pay(std::move(context), std::move(*placed));
  }

  // The order exists; now the money. Whatever happens from here on, the order's page tells how it
  // stands.
  Task<http::Response> pay(PageContext context, Placed placed) {
    const std::string order_url = context.url("/orders/" + placed.access_token);
    if (placed.provider == payments::Provider::manual) {
      (void)co_await orders_.accept_manual_payment(placed.order_id);
      co_return http::redirect(order_url);
    }
    const auto order = co_await orders_.find(placed.order_id);
    require(order.has_value(), "an order that was just placed is there");
    const auto back = orders::return_urls(storefront_, *order);
    std::string next = order_url + "?unavailable=1";
    try {
      const auto opened = co_await payments_.open_at_provider(
          orders_.purchase_of(*order, placed.payment_id, back.success_url, back.cancel_url));
      next = opened ? opened->url : order_url;
    } catch (const payments::ProviderUnavailable&) {
      // The order waits; its page offers to pay again.
    }
    auto response = http::redirect(next);
    response.headers.set("Cache-Control", "no-store");
    co_return response;
  }

  Task<http::Response> render(PageContext context, Draft draft) {
    const auto priced = checkout_.price(draft.cart);
    CheckoutPageView view;
    view.shell = context.shell;
    view.head = storefront_.private_head(context, context.text("checkout.title"), "/checkout");
    view.action_url = context.url("/checkout");
    view.cart_url = context.url("/cart");
    view.terms_url = context.url("/pages/terms");
    view.privacy_url = context.url("/pages/privacy");
    view.returns_url = context.url("/pages/returns");
    view.message = draft.message;
    view.coupon_code = draft.form.coupon;
    view.coupon_error = draft.coupon_error;
    if (priced) {
      view.cart = view_of(context, draft.cart, *priced);
      view.stated_total = std::to_string(priced->quote.total.amount_minor());
      add_deliveries(view, context, draft, *priced);
    } else {
      view.message = context.text("cart.total_too_large");
    }
    add_payments(view, context, draft,
                 priced ? payments_.available(priced->quote.total) : payments_.available());
    add_contact(view, context, draft);
    if (draft.cart.order && draft.cart.order->status == orders::OrderStatus::pending) {
      const auto order = co_await orders_.find(draft.cart.order->id);
      if (order) view.pending_url = context.url("/orders/" + order->access_token);
    }
    auto response = http::html(draft.status, page_.render(view, *context.texts));
    if (draft.status == 429) response.headers.set("Retry-After", "600");
    response.headers.set("Cache-Control", "private, no-store");
    co_return response;
  }

  void add_deliveries(CheckoutPageView& view, const PageContext& context, const Draft& draft,
                      const PricedCart& priced) const {
    for (const auto& option : fulfilment_.options_for(draft.cart.market_code, draft.cart.country)) {
      // A market that is gone leaves a quote of nothing behind, in no currency.
      if (option.amount.currency() != priced.quote.currency) continue;
      const auto dates =
          fulfilment::delivery_dates(option, context.now, context.market().time_zone);
      const Money price = option.price_for(priced.quote.items_shown);
      const std::string when =
          locale::format_date_range(Instant(dates.from), Instant(dates.to), context.locale, "UTC");
      view.deliveries.push_back(
          {.value = option.id.value().to_hex(),
           .label = option.name.at(context.place.locale),
           .detail = context.text("checkout.delivered", {{"when", when}}),
           .price = price.amount_minor() == 0 ? context.text("cart.free") : context.money(price),
           .is_chosen = draft.cart.shipping_option_id == option.id});
    }
  }

  static void add_payments(CheckoutPageView& view, const PageContext& context, const Draft& draft,
                           const std::vector<payments::Provider>& available) {
    const auto& wish = draft.cart.payment_provider;
    const bool is_there = wish && std::ranges::find(available, *wish) != available.end();
    for (const payments::Provider provider : available) {
      const std::string word(to_word(provider));
      const bool is_chosen = is_there ? *wish == provider : view.payments.empty();
      view.payments.push_back({.value = word,
                               .label = context.text("checkout.pay_" + word),
                               .detail = context.text("checkout.pay_" + word + "_detail"),
                               .price = "",
                               .is_chosen = is_chosen});
    }
  }

  void add_contact(CheckoutPageView& view, const PageContext& context, const Draft& draft) const {
    const auto& contact = draft.form.contact;
    view.email = contact.email;
    view.phone = contact.phone;
    view.has_other_billing = draft.form.has_other_billing;
    view.shipping = address_view(context, draft, contact.shipping, "", draft.cart.country);
    view.billing = address_view(context, draft, contact.billing, "billing_", draft.cart.country);
    const auto error = draft.form.errors.find("email");
    if (error != draft.form.errors.end()) view.email_error = context.text(error->second);
    for (const std::string& field : in_order_of_the_page(draft.form.errors)) {
      view.errors.push_back({"#" + field, context.text(draft.form.errors.at(field)), false});
    }
  }

  static AddressView address_view(const PageContext& context, const Draft& draft,
                                  const orders::Address& address, const std::string& prefix,
                                  const std::string& default_country) {
    const auto error = [&](std::string_view field) {
      const auto found = draft.form.errors.find(prefix + std::string(field));
      return found == draft.form.errors.end() ? std::string() : context.text(found->second);
    };
    AddressView view{.prefix = prefix,
                     .name = address.name,
                     .company = address.company,
                     .line1 = address.line1,
                     .line2 = address.line2,
                     .postal_code = address.postal_code,
                     .city = address.city,
                     .name_error = error("name"),
                     .line1_error = error("line1"),
                     .postal_code_error = error("postal_code"),
                     .city_error = error("city"),
                     .country_error = error("country"),
                     .province_error = error("province"),
                     .countries = {},
                     .provinces = {}};
    const catalog::Market& market = context.market();
    const std::string& country =
        market.has_country(address.country) ? address.country : default_country;
    for (const auto& each : locale::sorted_countries(market.countries, context.locale)) {
      view.countries.push_back({each.code, each.name, each.code == country});
    }
    for (const catalog::Province& each : market.provinces) {
      if (each.country == country)
        view.provinces.push_back({each.code, each.name, each.code == address.province});
    }
    return view;
  }

  Storefront& storefront_;
  Checkout& checkout_;
  orders::Orders& orders_;
  payments::Payments& payments_;
  fulfilment::Fulfilment& fulfilment_;
  waiting_room::WaitingRoom& waiting_;
  VisitorCarts& carts_;
  html::Page<CheckoutPageView> page_;
};

}  // namespace

void add_checkout_page(http::Router& router, Storefront& storefront, Checkout& checkout,
                       orders::Orders& orders, payments::Payments& payments,
                       fulfilment::Fulfilment& fulfilment, waiting_room::WaitingRoom& waiting,
                       VisitorCarts& carts) {
  const auto pages = std::make_shared<CheckoutPages>(storefront, checkout, orders, payments,
                                                     fulfilment, waiting, carts);
  storefront.add_page(router, http::Method::get, "/checkout", http::Access::token_holder(),
                      [pages](PageContext context, http::Request request) {
                        return pages->show(std::move(context), std::move(request));
                      });
  storefront.add_page(router, http::Method::post, "/checkout", http::Access::token_holder(),
                      [pages](PageContext context, http::Request request) {
                        return pages->submit(std::move(context), std::move(request));
                      });
}

}  // namespace osier::checkout
