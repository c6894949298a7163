// Setting how long unpaid orders hold stock, per market and per product.

#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "audit/audit.h"
#include "platform/postgres/database.h"

namespace osier::catalog {

// What the schema allows: payment takes a few minutes, and the provider's page lives half an hour.
inline constexpr std::int32_t hold_minutes_min = 10;
inline constexpr std::int32_t hold_minutes_max = 60;

// Nothing: as the shop does. False if there is no such market or product. All processes hear of it.
Task<bool> set_market_hold(pg::Database& database, std::string market_code,
                           std::optional<std::int32_t> minutes, audit::Actor actor, Instant now);
Task<bool> set_product_hold(pg::Database& database, std::string handle,
                            std::optional<std::int32_t> minutes, audit::Actor actor, Instant now);

}  // namespace osier::catalog
