#include "checkout/cart_view.h"

#include <algorithm>

namespace osier::checkout {

namespace {

// "19 %", "6.625 %".
std::string percent(std::int32_t rate_ppm, const locale::Locale& locale) {
  std::string digits = std::to_string(rate_ppm / 10'000);
  std::string fraction = std::to_string(10'000 + rate_ppm % 10'000).substr(1);
  fraction.erase(fraction.find_last_not_of('0') + 1);
  if (!fraction.empty()) digits += (locale.language() == "en" ? "." : ",") + fraction;
  return digits + " %";
}

std::string notice_text(const catalog::PageContext& context, const Notice& notice) {
  switch (notice.kind) {
    case Notice::Kind::no_longer_sold:
      return context.text("cart.no_longer_sold");
    case Notice::Kind::sold_out:
      return context.text("cart.sold_out");
    case Notice::Kind::fewer_available:
      return context.text("cart.fewer_available",
                          {{"count", static_cast<std::int64_t>(notice.available)}});
    case Notice::Kind::price_changed: {
      const std::string before = context.money(notice.old_price);
      const std::string after = context.money(notice.new_price);
      return context.text("cart.price_changed", {{"before", before}, {"after", after}});
    }
    case Notice::Kind::coupon_lost:
      return coupon_text(context, notice.coupon_refusal, Money());
  }
}

void add_product(CartLineView& view, const catalog::PageContext& context,
                 const catalog::Snapshot& snapshot, catalog::VariantId variant_id) {
  const auto index = snapshot.product_of_variant(variant_id);
  if (!index) {
    view.title = context.text("cart.unknown_product");
    return;
  }
  const catalog::Product& product = snapshot.product(*index);
  const catalog::Variant& variant = product.variants[product.variant_index(variant_id)];
  view.title = product.title.at(context.place.locale);
  view.variant = product.variant_title(variant, context.place.locale);
  view.url = context.url("/p/" + product.handle) + "?variant=" + http::url_encode(variant.sku);
  if (!product.images.empty()) {
    view.picture =
        catalog::picture_view(product.images[variant.image.value_or(0)], context.place.locale, 160);
    view.picture->alt = "";  // The title beside it says what it is.
  }
}

CartLineView line_view(const catalog::PageContext& context, const PricedCart& priced,
                       const CartLine& line) {
  CartLineView view;
  view.id = line.id.value().to_hex();
  view.quantity = line.quantity;
  add_product(view, context, *priced.snapshot, line.variant_id);
  const auto quoted = std::ranges::find(priced.quote.lines, line.id, &QuoteLine::line_id);
  if (quoted != priced.quote.lines.end()) {
    view.unit_price = context.money(quoted->unit_price);
    view.total = context.money(quoted->unit_price * quoted->quantity);
  }
  for (const Notice& notice : priced.notices) {
    if (notice.line_id != line.id) continue;
    if (!view.notice.empty()) view.notice += " ";
    view.notice += notice_text(context, notice);
    view.is_gone |=
        notice.kind == Notice::Kind::no_longer_sold || notice.kind == Notice::Kind::sold_out;
  }
  return view;
}

void add_sums(CartView& view, const catalog::PageContext& context, const Quote& quote) {
  view.sums.push_back({context.text("cart.goods"), context.money(quote.items_shown)});
  for (const DiscountLine& discount : quote.discounts) {
    if (discount.kind == promotions::CouponKind::free_shipping) continue;  // Delivery says so.
    view.sums.push_back({context.text("cart.discount", {{"code", discount.code}}),
                         context.money(-discount.amount)});
  }
  if (quote.shipping) {
    const Money shown = quote.prices_include_tax ? quote.shipping->total : quote.shipping->net;
    view.sums.push_back(
        {quote.shipping->option.name.at(context.place.locale),
         shown.amount_minor() == 0 ? context.text("cart.free") : context.money(shown)});
  }
  for (const TaxLine& tax : quote.taxes) {
    if (tax.amount.amount_minor() == 0) continue;
    const std::string name = tax.name + " " + percent(tax.rate_ppm, context.locale);
    const std::string amount = context.money(tax.amount);
    if (quote.prices_include_tax) {
      view.taxes.push_back(context.text("cart.tax_included", {{"amount", amount}, {"tax", name}}));
    } else {
      view.sums.push_back({name, amount});
    }
  }
  view.total = context.money(quote.total);
}

CouponView coupon_view(const catalog::PageContext& context, const CartCoupon& coupon,
                       const PricedCart& priced) {
  CouponView view{.code = coupon.code, .title = {}, .notice = {}};
  if (coupon.standing) view.title = coupon.standing->coupon.title.at(context.place.locale);
  const auto found = std::ranges::find(priced.coupons, coupon.code, &PricedCoupon::code);
  if (found != priced.coupons.end() && found->refusal)
    view.notice = coupon_text(context, *found->refusal, found->minimum_goods);
  return view;
}

}  // namespace

std::string coupon_text(const catalog::PageContext& context, promotions::CouponRefusal refusal,
                        Money minimum_goods) {
  const std::string key = "cart.coupon_" + std::string(promotions::to_string(refusal));
  if (refusal != promotions::CouponRefusal::minimum_not_reached) return context.text(key);
  const std::string minimum = context.money(minimum_goods);
  return context.text(key, {{"minimum", minimum}});
}

std::string coupon_text(const catalog::PageContext& context, const CouponNotTaken& not_taken) {
  if (not_taken.reason) return coupon_text(context, *not_taken.reason, not_taken.minimum_goods);
  return context.text(not_taken.cart == CartRefusal::too_many_coupon_tries
                          ? "cart.coupon_too_many_tries"
                          : "cart.changed_elsewhere");
}

CartView view_of(const catalog::PageContext& context, const Cart& cart, const PricedCart& priced) {
  CartView view;
  for (const CartLine& line : cart.lines) {
    view.lines.push_back(line_view(context, priced, line));
    if (!view.lines.back().is_gone) view.count += line.quantity;
  }
  for (const CartCoupon& coupon : cart.coupons)
    view.coupons.push_back(coupon_view(context, coupon, priced));
  view.has_changes = !priced.notices.empty();
  add_sums(view, context, priced.quote);
  return view;
}

}  // namespace osier::checkout
