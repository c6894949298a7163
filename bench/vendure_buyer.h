// A guest who buys through Vendure's shop API (GraphQL), as its documentation's storefront does.

#pragma once

#include <memory>

#include "bench/store_work.h"

namespace osier::bench {

Task<Goods> find_vendure_goods(Loop& loop, Options options);
std::unique_ptr<Buyer> vendure_buyer(Loop& loop, Work& work, unsigned seed);

}  // namespace osier::bench
