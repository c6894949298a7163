#include "checkout/quote_sums.h"

#include <algorithm>

namespace osier::checkout {

__extension__ using Wide = __int128;

static constexpr std::int64_t million = 1'000'000;

Taxed tax_of(Money shown, std::int32_t rate_ppm, bool prices_include_tax) {
  if (prices_include_tax) {
    const Money tax = scaled(shown, rate_ppm, million + rate_ppm);
    return {.net = shown - tax, .tax = tax, .total = shown};
  }
  const Money tax = scaled(shown, rate_ppm, million);
  return {.net = shown, .tax = tax, .total = shown + tax};
}

static Wide shown_minor(const LineInput& line) {
  return Wide{line.unit_price.amount_minor()} * Wide{line.quantity};
}

Result<Money, QuoteRefusal> goods_shown(Currency currency, const std::vector<LineInput>& lines) {
  Wide sum = 0;
  for (const LineInput& line : lines) {
    require(line.unit_price.currency() == currency, "a quote has one currency");
    require(line.quantity > 0 && line.unit_price.amount_minor() >= 0,
            "a line is priced and counted from 0 up");
    sum += shown_minor(line);
    if (sum > Wide{total_minor_max}) return refuse(QuoteRefusal::total_too_large);
  }
  return Money::minor(static_cast<std::int64_t>(sum), currency);
}

static void add_tax(std::vector<TaxLine>& taxes, const std::string& name, std::int32_t rate_ppm,
                    Money amount) {
  if (rate_ppm == 0) return;
  const auto same = std::ranges::find_if(
      taxes, [&](const TaxLine& tax) { return tax.rate_ppm == rate_ppm && tax.name == name; });
  if (same != taxes.end()) {
    same->amount += amount;
  } else {
    taxes.push_back({.name = name, .rate_ppm = rate_ppm, .amount = amount});
  }
}

static QuoteLine quote_line(LineInput line, bool prices_include_tax) {
  const Money shown = line.unit_price * line.quantity;
  const Money discount = Money::minor(line.discount_minor, shown.currency());
  require(line.discount_minor >= 0 && discount <= shown, "a discount takes at most what there is");
  const Taxed before = tax_of(shown, line.tax_rate_ppm, prices_include_tax);
  const Taxed taxed = tax_of(shown - discount, line.tax_rate_ppm, prices_include_tax);
  return {.line_id = line.line_id,
          .variant_id = line.variant_id,
          .product = line.product,
          .quantity = line.quantity,
          .unit_price = line.unit_price,
          .net = before.net,
          .discount = before.net - taxed.net,
          .tax = taxed.tax,
          .total = taxed.total,
          .tax_name = std::move(line.tax_name),
          .tax_rate_ppm = line.tax_rate_ppm};
}

static QuoteShipping quote_shipping(ShippingInput shipping, bool prices_include_tax) {
  const Taxed taxed = tax_of(shipping.price, shipping.tax_rate_ppm, prices_include_tax);
  return {.option = std::move(shipping.option),
          .dates = shipping.dates,
          .net = taxed.net,
          .tax = taxed.tax,
          .total = taxed.total,
          .tax_name = std::move(shipping.tax_name),
          .tax_rate_ppm = shipping.tax_rate_ppm};
}

Result<Quote, QuoteRefusal> add_up(Currency currency, bool prices_include_tax,
                                   std::vector<LineInput> lines,
                                   std::optional<ShippingInput> shipping) {
  const auto goods = goods_shown(currency, lines);
  if (!goods) return refuse(goods.error());
  // Tax at most doubles an amount, so no sum below leaves 64 bits.
  if (shipping && shipping->price.amount_minor() > total_minor_max)
    return refuse(QuoteRefusal::total_too_large);

  const Money zero = Money::zero(currency);
  Quote quote{.currency = currency,
              .prices_include_tax = prices_include_tax,
              .items_shown = *goods,
              .items = zero,
              .shipping_net = zero,
              .discount = zero,
              .tax = zero,
              .total = zero};
  quote.lines.reserve(lines.size());
  for (LineInput& line : lines) {
    const QuoteLine& quoted =
        quote.lines.emplace_back(quote_line(std::move(line), prices_include_tax));
    quote.items += quoted.net;
    quote.discount += quoted.discount;
    quote.tax += quoted.tax;
    add_tax(quote.taxes, quoted.tax_name, quoted.tax_rate_ppm, quoted.tax);
  }
  if (shipping) {
    quote.shipping = quote_shipping(std::move(*shipping), prices_include_tax);
    quote.shipping_net = quote.shipping->net;
    quote.tax += quote.shipping->tax;
    add_tax(quote.taxes, quote.shipping->tax_name, quote.shipping->tax_rate_ppm,
            quote.shipping->tax);
  }
  quote.total = quote.items + quote.shipping_net + quote.tax - quote.discount;
  if (quote.total.amount_minor() > total_minor_max) return refuse(QuoteRefusal::total_too_large);
  return quote;
}

}  // namespace osier::checkout
