#include "fulfilment/fulfilment.h"

#include <algorithm>
#include <utility>

#include "fulfilment/shipping_option_store.h"

namespace osier::fulfilment {

bool ShippingOption::serves(std::string_view market, std::string_view country) const {
  return market == market_code &&
         (countries.empty() ||
          std::find(countries.begin(), countries.end(), country) != countries.end());
}

Money ShippingOption::price_for(Money goods) const {
  return free_from && goods >= *free_from ? Money::zero(amount.currency()) : amount;
}

Fulfilment::Fulfilment(pg::Database& database)
    : database_(database), options_(std::make_shared<const std::vector<ShippingOption>>()) {}

Task<void> Fulfilment::load() {
  auto options = co_await load_shipping_options(database_);
  std::atomic_store(&options_,
                    std::make_shared<const std::vector<ShippingOption>>(std::move(options)));
}

std::shared_ptr<const std::vector<ShippingOption>> Fulfilment::options() const {
  return std::atomic_load(&options_);
}

std::vector<ShippingOption> Fulfilment::options_for(std::string_view market,
                                                    std::string_view country) const {
  std::vector<ShippingOption> found;
  const auto all = options();
  for (const ShippingOption& option : *all) {
    if (option.serves(market, country)) found.push_back(option);
  }
  return found;
}

std::optional<ShippingOption> Fulfilment::find(ShippingOptionId id) const {
  const auto all = options();
  for (const ShippingOption& option : *all) {
    if (option.id == id) return option;
  }
  return std::nullopt;
}

}  // namespace osier::fulfilment
