#include "checkout/checkout.h"

#include <utility>

#include "checkout/checkout_state.h"
#include "platform/postgres/shared_key.h"

namespace osier::checkout {

Checkout::Checkout(pg::Database& database, catalog::Catalog& catalog,
                   inventory::Inventory& inventory, promotions::Promotions& promotions,
                   payments::Payments& payments, orders::Orders& orders,
                   fulfilment::Fulfilment& fulfilment, const Clock& clock, Random& random,
                   Loop& intake_loop, CheckoutOptions options)
    : state_(new State{.catalog = catalog,
                       .promotions = promotions,
                       .payments = payments,
                       .orders = orders,
                       .fulfilment = fulfilment,
                       .clock = clock,
                       .random = random,
                       .options = options,
                       .database = database,
                       .carts = {database, intake_loop},
                       .intake = {database, inventory, promotions, orders, random, intake_loop,
                                  options.hold_caps}}) {}

Checkout::~Checkout() = default;

void Checkout::watch_stages(jobs::StageWatch watch) {
  state_->intake.watch_stages(std::move(watch));
}

Task<void> Checkout::load() {
  if (!state_->options.hold_caps.has_any()) co_return;
  auto key = co_await pg::shared_key(state_->database, state_->random, "hold_origins");
  state_->origins.emplace(std::move(key), state_->options.hold_cap_exempt);
}

// The token is made by us: 22 characters of base64url. Anything else is no cart, and costs no
// query.
static bool is_well_formed(const CartToken& token) {
  const std::string& text = token.value();
  return text.size() == 22 && text.find_first_not_of(
                                  "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                  "0123456789-_") == std::string::npos;
}

Task<std::optional<Cart>> Checkout::find_any_cart(CartToken token) {
  if (!is_well_formed(token)) co_return std::nullopt;
  auto cart = co_await state_->carts.find(std::move(token));
  if (cart) co_await look_up_coupons(*cart);
  co_return cart;
}

Task<void> Checkout::look_up_coupons(Cart& cart) {
  if (cart.coupons.empty()) co_return;
  std::vector<std::string> codes;
  for (const CartCoupon& coupon : cart.coupons) codes.push_back(coupon.code);
  promotions::Promotions::Viewer viewer{.email = cart.contact.email, .own_holder = std::nullopt};
  if (cart.order) viewer.own_holder = promotions::HolderId(cart.order->id.value());
  const auto standings = co_await state_->promotions.standings(std::move(codes), std::move(viewer));
  for (CartCoupon& coupon : cart.coupons) {
    coupon.standing.reset();
    for (const auto& standing : standings) {
      if (standing.coupon.code == coupon.code) coupon.standing = standing;
    }
  }
}

Task<std::optional<Cart>> Checkout::find_cart(CartToken token) {
  auto cart = co_await find_any_cart(std::move(token));
  if (cart && cart->is_over()) co_return std::nullopt;
  co_return cart;
}

// The new cart as a value; what it may hold is decided as for any later change.
static Result<Cart, CartRefusal> new_cart(const ShopView& shop, const Checkout::NewCart& request,
                                          Random& random) {
  const catalog::Market* market = shop.snapshot.market(request.market_code);
  if (market == nullptr) return refuse(CartRefusal::unknown_market);
  if (request.country && !market->has_country(*request.country))
    return refuse(CartRefusal::country_not_served);
  Cart cart;
  cart.id = CartId(Uuid::v7(shop.now));
  cart.token = CartToken(random.token(16));
  cart.market_code = market->code;
  cart.country = request.country.value_or(market->default_country);
  cart.locale = request.locale;
  cart.channel = request.channel;
  cart.created_at = shop.now;
  cart.updated_at = shop.now;

  CartUpdate update;
  update.contact = request.contact;
  auto made = with_update(shop, std::move(cart), update);
  for (const NewLine& line : request.lines) {
    if (!made) return refuse(made.error());
    made = with_line_added(shop, std::move(*made), line);
  }
  return made;
}

Task<Result<Cart, CartRefusal>> Checkout::create_cart(NewCart request) {
  const auto snapshot = state_->catalog.snapshot();
  const auto options = state_->fulfilment.options();
  const ShopView shop{
      .snapshot = *snapshot, .shipping_options = *options, .now = state_->clock.now()};
  auto cart = new_cart(shop, request, state_->random);
  if (!cart) co_return refuse(cart.error());
  if (!price(*cart)) co_return refuse(CartRefusal::total_too_large);
  co_await state_->carts.insert(*cart);
  state_->recent.note(*cart, shop.now);
  co_return cart;
}

// Load, decide, save; again if somebody else changed the cart in between. Of many changes of one
// cart at once one is saved in each round, so there are as many tries as a storefront sends at
// once.
Task<Result<Cart, CartRefusal>> Checkout::change_cart(CartToken token, Change change,
                                                      std::optional<Cart> known) {
  static constexpr int tries_max = 64;
  for (int tries = 0; tries < tries_max; ++tries) {
    std::optional<Cart> before = std::exchange(known, std::nullopt);
    bool is_recent = false;
    if (!before && tries == 0) {
      before = state_->recent.find(token, state_->clock.now());
      is_recent = before.has_value();
    }
    if (!before) before = co_await find_any_cart(token);
    if (!before) co_return refuse(CartRefusal::unknown_cart);
    const auto snapshot = state_->catalog.snapshot();
    const auto options = state_->fulfilment.options();
    const ShopView shop{
        .snapshot = *snapshot, .shipping_options = *options, .now = state_->clock.now()};
    auto after = change(shop, *before);
    // Only what is written is compared with the cart as it is: the rest is decided on that.
    const bool is_written = after && is_changed(*before, *after) && price(*after);
    if (is_recent && !is_written) continue;
    if (!after) co_return refuse(after.error());
    if (!is_changed(*before, *after)) co_return after;
    if (!price(*after)) co_return refuse(CartRefusal::total_too_large);
    after->updated_at = shop.now;
    if (!co_await state_->carts.save(*before, *after)) continue;
    ++after->version;
    state_->recent.note(*after, shop.now);
    // Another e-mail may have used the coupon before.
    if (before->contact.email != after->contact.email) co_await look_up_coupons(*after);
    co_return after;
  }
  co_return refuse(CartRefusal::version_changed);
}

Task<Result<Cart, CartRefusal>> Checkout::add_line(CartToken token, catalog::VariantId variant_id,
                                                   std::int32_t quantity) {
  std::vector<NewLine> lines{{.variant_id = variant_id, .quantity = quantity}};
  co_return co_await add_lines(std::move(token), std::move(lines));
}

Task<Result<Cart, CartRefusal>> Checkout::add_lines(CartToken token, std::vector<NewLine> lines) {
  Change change = [lines = std::move(lines)](const ShopView& shop, Cart cart) {
    Result<Cart, CartRefusal> changed = std::move(cart);
    for (const NewLine& line : lines) {
      if (changed) changed = with_line_added(shop, std::move(*changed), line);
    }
    return changed;
  };
  co_return co_await change_cart(std::move(token), std::move(change), std::nullopt);
}

Task<Result<Cart, CartRefusal>> Checkout::set_line(CartToken token, LineId line_id,
                                                   std::int32_t quantity) {
  Change change = [line_id, quantity](const ShopView& shop, Cart cart) {
    return with_line_set(shop, std::move(cart), line_id, quantity);
  };
  co_return co_await change_cart(std::move(token), std::move(change), std::nullopt);
}

Task<Result<Cart, CartRefusal>> Checkout::update_cart(CartToken token, CartUpdate update) {
  Change change = [update = std::move(update)](const ShopView& shop, Cart cart) {
    return with_update(shop, std::move(cart), update);
  };
  co_return co_await change_cart(std::move(token), std::move(change), std::nullopt);
}

Task<Result<Cart, CartRefusal>> Checkout::update_cart(Cart cart, CartUpdate update) {
  // A whole contact is made from the one that was loaded: on a newer one it would undo a change.
  Change change = [update = std::move(update), version = cart.version](
                      const ShopView& shop, Cart before) -> Result<Cart, CartRefusal> {
    if (update.contact && before.version != version) return refuse(CartRefusal::version_changed);
    return with_update(shop, std::move(before), update);
  };
  CartToken token = cart.token;
  co_return co_await change_cart(std::move(token), std::move(change), std::move(cart));
}

Task<Result<Cart, CartRefusal>> Checkout::accept_changes(CartToken token, Accept accept) {
  Change change = [accept](const ShopView& shop, Cart cart) {
    return with_changes_accepted(shop, std::move(cart), accept);
  };
  co_return co_await change_cart(std::move(token), std::move(change), std::nullopt);
}

// A cart whose market is gone holds nothing that can be sold.
static PricedCart priced_without_market(const Cart& cart,
                                        std::shared_ptr<const catalog::Snapshot> snapshot) {
  PricedCart priced{.snapshot = std::move(snapshot)};
  for (const CartLine& line : cart.lines) {
    priced.notices.push_back(
        {.kind = Notice::Kind::no_longer_sold, .line_id = line.id, .variant_id = line.variant_id});
  }
  return priced;
}

Result<PricedCart, QuoteRefusal> Checkout::price(const Cart& cart) const {
  auto snapshot = state_->catalog.snapshot();
  const auto market = snapshot->market_index(cart.market_code);
  if (!market) return priced_without_market(cart, std::move(snapshot));
  const QuoteRequest request{
      .snapshot = *snapshot,
      .market = *market,
      .locale = cart.locale,
      .country = cart.country,
      .province = cart.contact.shipping.province,
      .lines = cart.lines,
      .held = cart.held,
      .coupons = cart.coupons,
      .shipping_option = cart.shipping_option_id ? state_->fulfilment.find(*cart.shipping_option_id)
                                                 : std::nullopt,
      .now = state_->clock.now()};
  auto priced = price_cart(request);
  if (priced) priced->snapshot = std::move(snapshot);
  return priced;
}

Task<void> Checkout::complete_carts_of(std::vector<orders::OrderId> orders) {
  co_await state_->carts.complete_of(std::move(orders), state_->clock.now());
}

Task<int> Checkout::abandon_idle_carts(int limit) {
  const Instant now = state_->clock.now();
  co_return co_await state_->carts.abandon(now - state_->options.idle_cart, now, limit);
}

}  // namespace osier::checkout
