// How goods reach the shopper. Today: shipping options by market and country, with their price and
// delivery dates.

#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "catalog/catalog.h"
#include "platform/postgres/database.h"

namespace osier::fulfilment {

using ShippingOptionId = Strong<struct ShippingOptionTag, Uuid>;

struct ShippingOption {
  ShippingOptionId id;
  std::string code;
  std::string market_code;
  catalog::Texts name;
  Money amount;                    // With or without tax, as the market's prices.
  std::optional<Money> free_from;  // Free when the goods cost this much.
  std::string tax_class;
  std::int32_t days_min = 0;  // Working days (Monday to Friday) until delivery.
  std::int32_t days_max = 0;
  std::vector<std::string> countries;  // Empty: every country of the market.

  bool serves(std::string_view market, std::string_view country) const;
  Money price_for(Money goods) const;
};

struct DeliveryDates {
  std::chrono::sys_days from;
  std::chrono::sys_days to;
};

// Counts working days from the day of `now` in the market's time zone.
DeliveryDates delivery_dates(const ShippingOption& option, Instant now,
                             const std::string& time_zone);

// All options, kept in memory and read again when the catalogue's settings change. Reads need no
// database.
class Fulfilment {
 public:
  explicit Fulfilment(pg::Database& database);

  Task<void> load();
  std::shared_ptr<const std::vector<ShippingOption>> options() const;
  // In their order; empty if nothing goes there.
  std::vector<ShippingOption> options_for(std::string_view market, std::string_view country) const;
  std::optional<ShippingOption> find(ShippingOptionId id) const;

 private:
  pg::Database& database_;
  std::shared_ptr<const std::vector<ShippingOption>>
      options_;  // Swapped whole (std::atomic_load/store).
};

}  // namespace osier::fulfilment
