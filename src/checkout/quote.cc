#include "checkout/quote.h"

#include <algorithm>

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

Result<PricedCart, QuoteRefusal> price_cart(const QuoteRequest& request) {
  const catalog::Market& market = request.snapshot.markets()[request.market];
  std::vector<Notice> notices;
  std::vector<LineInput> lines;
  lines.reserve(request.lines.size());
  for (const CartLine& line : request.lines) {
    if (auto priced = price_line(request, line, notices)) lines.push_back(std::move(*priced));
  }

  std::optional<ShippingInput> shipping;
  if (request.shipping_option && request.shipping_option->serves(market.code, request.country)) {
    const auto goods = goods_shown(market.currency, lines);
    if (!goods) return refuse(goods.error());
    shipping = price_shipping(request, *request.shipping_option, *goods);
  }
  auto quote =
      add_up(market.currency, market.prices_include_tax, std::move(lines), std::move(shipping));
  if (!quote) return refuse(quote.error());
  return PricedCart{.quote = std::move(*quote), .notices = std::move(notices)};
}

}  // namespace osier::checkout
