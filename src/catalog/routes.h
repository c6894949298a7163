// The room's doors.

#pragma once

#include "catalog/catalog.h"
#include "platform/http/router.h"

namespace osier::catalog {

// The store API's browsing part: regions, products, categories, collections. Reads the snapshot,
// never the database. `catalog` and `clock` outlive the router.
void add_catalog_api(http::Router& router, const Catalog& catalog, const Clock& clock);

}  // namespace osier::catalog
