// Every SQL statement of the room.

#pragma once

#include <vector>

#include "fulfilment/fulfilment.h"

namespace osier::fulfilment {

// In their order of display.
Task<std::vector<ShippingOption>> load_shipping_options(pg::Database& database);

}  // namespace osier::fulfilment
