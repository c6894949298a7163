#include "checkout/quote.h"

#include <algorithm>
#include <utility>

#include "checkout/quote_sums.h"

namespace osier::checkout {

static std::int32_t available_to(const QuoteRequest& request, catalog::VariantId variant_id) {
  std::int32_t units = request.snapshot.available(variant_id);
  for (const HeldUnits& held : request.held) {
    if (held.variant_id == variant_id) units += held.quantity;
  }
  return units;
}

// What is news about one line; nothing else is decided here.
static std::optional<Notice> stock_notice(const CartLine& line, std::int32_t available) {
  Notice notice{.kind = Notice::Kind::sold_out, .line_id = line.id, .variant_id = line.variant_id};
  if (available <= 0) return notice;
  if (available >= line.quantity) return std::nullopt;
  notice.kind = Notice::Kind::fewer_available;
  notice.available = available;
  return notice;
}

// Prices one line, or says by a notice why it cannot be sold.
static std::optional<LineInput> price_line(const QuoteRequest& request, const CartLine& line,
                                           std::vector<Notice>& notices) {
  const catalog::Market& market = request.snapshot.markets()[request.market];
  const Notice gone{
      .kind = Notice::Kind::no_longer_sold, .line_id = line.id, .variant_id = line.variant_id};
  const auto product_index = request.snapshot.product_of_variant(line.variant_id);
  if (!product_index) {
    notices.push_back(gone);
    return std::nullopt;
  }
  const catalog::Product& product = request.snapshot.product(*product_index);
  const catalog::Variant& variant = product.variants[product.variant_index(line.variant_id)];
  const catalog::Price* price = variant.price(request.market, line.quantity, request.now);
  if (price == nullptr) {
    notices.push_back(gone);
    return std::nullopt;
  }

  if (const auto notice = stock_notice(line, available_to(request, line.variant_id))) {
    notices.push_back(*notice);
    if (notice->kind == Notice::Kind::sold_out) return std::nullopt;
  }
  if (price->amount.amount_minor() != line.unit_price_seen_minor) {
    notices.push_back({.kind = Notice::Kind::price_changed,
                       .line_id = line.id,
                       .variant_id = line.variant_id,
                       .old_price = Money::minor(line.unit_price_seen_minor, market.currency),
                       .new_price = price->amount});
  }
  const auto* rate = market.tax_rate(request.country, request.province, product.tax_class);
  return LineInput{.line_id = line.id,
                   .variant_id = line.variant_id,
                   .product = *product_index,
                   .quantity = line.quantity,
                   .unit_price = price->amount,
                   .tax_name = rate == nullptr ? std::string() : rate->name.at(request.locale),
                   .tax_rate_ppm = rate == nullptr ? 0 : rate->rate_ppm};
}

static ShippingInput price_shipping(const QuoteRequest& request,
                                    const fulfilment::ShippingOption& option, Money goods) {
  const catalog::Market& market = request.snapshot.markets()[request.market];
  const auto* rate = market.tax_rate(request.country, request.province, option.tax_class);
  return {.option = option,
          .dates = fulfilment::delivery_dates(option, request.now, market.time_zone),
          .price = option.price_for(goods),
          .tax_name = rate == nullptr ? std::string() : rate->name.at(request.locale),
          .tax_rate_ppm = rate == nullptr ? 0 : rate->rate_ppm};
}

std::optional<promotions::CouponRefusal> loss_of(const CartCoupon& coupon, Instant now) {
  if (!coupon.standing) return promotions::CouponRefusal::unknown;
  // What a cart may still become is left open: any market, and as many goods as it takes.
  promotions::CouponStanding anywhere = *coupon.standing;
  anywhere.coupon.markets.clear();
  const auto refusal = promotions::refusal_of(anywhere, "", Money(), now);
  return refusal && promotions::is_lost(*refusal) ? refusal : std::nullopt;
}

static PricedCoupon price_coupon(const QuoteRequest& request, const CartCoupon& coupon,
                                 Money goods) {
  if (!coupon.standing) return {.code = coupon.code, .refusal = promotions::CouponRefusal::unknown};
  const std::string& market_code = request.snapshot.markets()[request.market].code;
  PricedCoupon priced{
      .code = coupon.code,
      .refusal = promotions::refusal_of(*coupon.standing, market_code, goods, request.now)};
  if (const auto* terms = coupon.standing->coupon.terms_in(market_code))
    priced.minimum_goods = terms->minimum_goods;
  return priced;
}

static DiscountLine discount_line(const QuoteRequest& request, const promotions::Coupon& coupon,
                                  Money amount) {
  return {.coupon_id = coupon.id,
          .code = coupon.code,
          .name = coupon.title.at(request.locale),
          .kind = coupon.kind,
          .amount = amount};
}

// Takes the coupon off the lines, or off the price of delivery. Returns how much that is.
static Money apply_coupon(const QuoteRequest& request, const promotions::Coupon& coupon,
                          std::vector<LineInput>& lines, std::optional<ShippingInput>& shipping) {
  const catalog::Market& market = request.snapshot.markets()[request.market];
  if (coupon.kind == promotions::CouponKind::free_shipping) {
    if (!shipping) return Money::zero(market.currency);
    return std::exchange(shipping->price, Money::zero(market.currency));
  }
  std::vector<Money> shown;
  for (const LineInput& line : lines) {
    shown.push_back(line.unit_price * line.quantity -
                    Money::minor(line.discount_minor, market.currency));
  }
  const auto discounts = promotions::discounts_of(coupon, market.code, shown);
  Money sum = Money::zero(market.currency);
  for (std::size_t i = 0; i < lines.size(); ++i) {
    lines[i].discount_minor += discounts[i].amount_minor();
    sum += discounts[i];
  }
  return sum;
}

static Notice notice_of_loss(const PricedCoupon& coupon) {
  return {.kind = Notice::Kind::coupon_lost,
          .coupon_code = coupon.code,
          .coupon_refusal = *coupon.refusal};
}

Result<PricedCart, QuoteRefusal> price_cart(const QuoteRequest& request) {
  const catalog::Market& market = request.snapshot.markets()[request.market];
  std::vector<Notice> notices;
  std::vector<LineInput> lines;
  lines.reserve(request.lines.size());
  for (const CartLine& line : request.lines) {
    if (auto priced = price_line(request, line, notices)) lines.push_back(std::move(*priced));
  }

  const auto goods = goods_shown(market.currency, lines);
  if (!goods) return refuse(goods.error());
  std::optional<ShippingInput> shipping;
  if (request.shipping_option && request.shipping_option->serves(market.code, request.country)) {
    shipping = price_shipping(request, *request.shipping_option, *goods);
  }
  std::vector<PricedCoupon> coupons;
  std::vector<DiscountLine> discounts;
  for (const CartCoupon& coupon : request.coupons) {
    const PricedCoupon& priced = coupons.emplace_back(price_coupon(request, coupon, *goods));
    if (!priced.refusal) {
      const Money amount = apply_coupon(request, coupon.standing->coupon, lines, shipping);
      discounts.push_back(discount_line(request, coupon.standing->coupon, amount));
    } else if (promotions::is_lost(*priced.refusal)) {
      notices.push_back(notice_of_loss(priced));
    }
  }
  auto quote =
      add_up(market.currency, market.prices_include_tax, std::move(lines), std::move(shipping));
  if (!quote) return refuse(quote.error());
  quote->discounts = std::move(discounts);
  return PricedCart{
      .quote = std::move(*quote), .notices = std::move(notices), .coupons = std::move(coupons)};
}

}  // namespace osier::checkout
