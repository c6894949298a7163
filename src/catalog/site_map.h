// What search engines read first: /robots.txt and /sitemap.xml (an index) with /sitemaps/{n}.xml,
// each with the addresses of all places and their hreflang alternates (sitemaps.org; at most 50,000
// addresses a file).

#pragma once

#include "catalog/storefront.h"

namespace osier::catalog {

void add_site_map(http::Router& router, Storefront& storefront);

}  // namespace osier::catalog
