// The catalogue's pages of the storefront, registered together.

#pragma once

#include "catalog/storefront.h"

namespace osier::catalog {

// Home, categories, collections, search, products, texts, sitemap, robots.
void add_catalog_pages(http::Router& router, Storefront& storefront);

}  // namespace osier::catalog
