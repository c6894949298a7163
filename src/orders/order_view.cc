#include "orders/order_view.h"

#include <algorithm>
#include <array>

namespace osier::orders {

namespace {

// "19", "8.25", "5,5": a rate in millionths as percent, with the language's decimal sign.
std::string percent(std::int32_t rate_ppm, const catalog::PageContext& context) {
  std::string text = std::to_string(rate_ppm / 10'000);
  std::string decimals = std::to_string(10'000 + rate_ppm % 10'000).substr(1);
  while (decimals.ends_with('0')) decimals.pop_back();
  if (decimals.empty()) return text;
  const std::string sample = context.money(Money::minor(150, Currency::of("EUR")));
  return text + (sample.find("1,50") != std::string::npos ? "," : ".") + decimals;
}

// Where prices include tax, people see amounts with it; elsewhere it is added at the end.
Money shown(const Money& total, const Money& tax, const Order& order) {
  return order.prices_include_tax ? total : total - tax;
}

struct TaxSum {
  std::string name;
  std::int32_t rate_ppm;
  Money amount;
};

void add_tax(std::vector<TaxSum>& taxes, const std::string& name, std::int32_t rate_ppm,
             Money amount) {
  if (amount.amount_minor() == 0) return;
  const auto same = std::ranges::find_if(
      taxes, [&](const TaxSum& tax) { return tax.name == name && tax.rate_ppm == rate_ppm; });
  if (same != taxes.end()) {
    same->amount += amount;
  } else {
    taxes.push_back({name, rate_ppm, amount});
  }
}

void add_taxes(OrderView& view, const Order& order, const catalog::PageContext& context) {
  std::vector<TaxSum> taxes;
  for (const OrderLine& line : order.lines)
    add_tax(taxes, line.tax_name, line.tax_rate_ppm, line.tax);
  for (const OrderShipping& line : order.shipping)
    add_tax(taxes, line.tax_name, line.tax_rate_ppm, line.tax);
  const char* key = order.prices_include_tax ? "order.tax_included" : "order.tax_added";
  for (const TaxSum& tax : taxes) {
    const std::string rate = percent(tax.rate_ppm, context);
    view.sums.push_back({.label = context.text(key, {{"name", tax.name}, {"rate", rate}}),
                         .amount = context.money(tax.amount)});
  }
}

// Lines are shown before discounts, which follow by name.
void add_discounts(OrderView& view, const Order& order, const catalog::PageContext& context) {
  for (const OrderDiscount& discount : order.discounts) {
    if (discount.is_free_shipping) continue;  // Delivery says that it is free.
    const std::string label = context.text("order.discount", {{"code", discount.code}});
    view.sums.push_back({.label = label, .amount = context.money(-discount.amount)});
  }
}

void add_sums(OrderView& view, const Order& order, const catalog::PageContext& context) {
  Money subtotal = Money::zero(order.currency);
  for (const OrderLine& line : order.lines) subtotal += line.unit_price * line.quantity;
  view.sums.push_back({.label = context.text("order.subtotal"), .amount = context.money(subtotal)});
  add_discounts(view, order, context);
  for (const OrderShipping& line : order.shipping) {
    const Money amount = shown(line.total, line.tax, order);
    view.sums.push_back({.label = line.title,
                         .amount = amount.amount_minor() == 0 ? context.text("order.free")
                                                              : context.money(amount)});
  }
  // Tax that is in the prices is told below the total.
  if (!order.prices_include_tax) add_taxes(view, order, context);
  view.total = context.money(order.total);
  view.sums.push_back(
      {.label = context.text("order.total"), .amount = view.total, .is_total = true});
  if (order.prices_include_tax) add_taxes(view, order, context);
}

std::optional<web::PictureView> picture_of(const OrderLine& line,
                                           const catalog::PageContext& context) {
  const auto index = context.snapshot->product_of_variant(line.variant_id);
  if (!index) return std::nullopt;
  const catalog::Product& product = context.snapshot->product(*index);
  if (product.images.empty()) return std::nullopt;
  const std::size_t variant = product.variant_index(line.variant_id);
  const auto own =
      variant < product.variants.size() ? product.variants[variant].image : std::nullopt;
  auto picture = catalog::picture_view(product.images[own.value_or(0)], context.place.locale, 160);
  picture.alt.clear();  // The title stands beside it.
  return picture;
}

std::string dates_of(const OrderShipping& line, const catalog::PageContext& context) {
  if (!line.deliver_from && !line.deliver_to) return {};
  const Instant from{line.deliver_from.value_or(line.deliver_to.value_or(std::chrono::sys_days{}))};
  const Instant to{line.deliver_to.value_or(line.deliver_from.value_or(std::chrono::sys_days{}))};
  // Days without a time: of no time zone.
  if (from == to)
    return locale::format_date(from, context.locale, "UTC", locale::DateStyle::weekday_date);
  return locale::format_date_range(from, to, context.locale, "UTC");
}

}  // namespace

std::vector<std::string> address_lines(const Address& address, const locale::Locale& locale) {
  static constexpr auto city_first = std::to_array<std::string_view>({"US", "CA", "AU"});
  std::vector<std::string> lines{address.name, address.company, address.line1, address.line2};
  if (std::ranges::find(city_first, address.country) != city_first.end()) {
    std::string line = address.city;
    if (!address.province.empty()) line += ", " + address.province;
    lines.push_back(line + " " + address.postal_code);
  } else if (address.country == "GB" || address.country == "IE") {
    lines.push_back(address.city);
    lines.push_back(address.postal_code);
  } else {
    lines.push_back(address.postal_code + " " + address.city +
                    (address.province.empty() ? "" : " (" + address.province + ")"));
  }
  if (!address.country.empty()) lines.push_back(locale::country_name(address.country, locale));
  std::erase_if(lines, [](const std::string& line) {
    return line.find_first_not_of(' ') == std::string::npos;
  });
  return lines;
}

std::string path_of(const Order& order) { return "/orders/" + order.access_token; }

OrderView view_of(const Order& order, const catalog::PageContext& context) {
  OrderView view;
  view.number = std::to_string(order.number);
  view.date = locale::format_date(order.created_at, context.locale, context.market().time_zone);
  view.email = order.contact.email;
  for (const OrderLine& line : order.lines) {
    view.lines.push_back({.title = line.title,
                          .variant = line.variant_title,
                          .sku = line.sku,
                          .quantity = locale::format_number(line.quantity, context.locale) + " × " +
                                      context.money(line.unit_price),
                          .total = context.money(line.unit_price * line.quantity),
                          .picture = picture_of(line, context)});
  }
  add_sums(view, order, context);
  for (const OrderShipping& line : order.shipping) {
    view.deliveries.push_back({.title = line.title, .dates = dates_of(line, context)});
  }
  view.shipping_address = address_lines(order.contact.shipping, context.locale);
  if (!(order.contact.billing == order.contact.shipping)) {
    view.billing_address = address_lines(order.contact.billing, context.locale);
  }
  return view;
}

}  // namespace osier::orders
