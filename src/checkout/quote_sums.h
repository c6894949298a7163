// The arithmetic of a quote: tax of each line, and the sums. No catalogue, no stock.

#pragma once

#include "checkout/quote.h"

namespace osier::checkout {

struct Taxed {
  Money net;
  Money tax;
  Money total;
};

// Tax of an amount as it is shown: taken out of it where prices include tax, else added to it.
// Rounded half up. 0 ≤ shown ≤ total_minor_max, 0 ≤ rate ≤ 1,000,000.
Taxed tax_of(Money shown, std::int32_t rate_ppm, bool prices_include_tax);

struct LineInput {
  LineId line_id{};
  catalog::VariantId variant_id{};
  std::size_t product = 0;
  std::int32_t quantity = 1;
  Money unit_price;
  std::int64_t discount_minor = 0;  // Off the line as shown: 0 ≤ discount ≤ unit price × quantity.
  std::string tax_name;
  std::int32_t tax_rate_ppm = 0;
};

// What the shopper sees for the goods: Σ unit price × quantity.
Result<Money, QuoteRefusal> goods_shown(Currency currency, const std::vector<LineInput>& lines);

struct ShippingInput {
  fulfilment::ShippingOption option{};
  fulfilment::DeliveryDates dates{};
  Money price;  // As shown: after "free from".
  std::string tax_name;
  std::int32_t tax_rate_ppm = 0;
};

Result<Quote, QuoteRefusal> add_up(Currency currency, bool prices_include_tax,
                                   std::vector<LineInput> lines,
                                   std::optional<ShippingInput> shipping);

}  // namespace osier::checkout
