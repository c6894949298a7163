// Amounts as people type them. Pure.

#pragma once

#include <optional>
#include <string_view>

#include "platform/base/money.h"

namespace osier::orders {

// "12.34" in the currency's own decimals, not more of them; nothing for anything else.
std::optional<Money> amount_of(std::string_view text, Currency currency);

}  // namespace osier::orders
