// Payments on which card after card is tried: somebody tests stolen ones (hardening 105).

#pragma once

#include <vector>

#include "payments/payment.h"
#include "platform/postgres/database.h"

namespace osier::payments {

// People mistype a number, lack the money and take another card; not ten times in an hour.
inline constexpr int declined_tries_max = 10;

// The payables of open payments that were declined so often within the last hour; at most `limit`.
Task<std::vector<PayableId>> declined_too_often(pg::Database& database, int limit);

}  // namespace osier::payments
