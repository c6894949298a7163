#include "catalog/pages.h"

#include "catalog/content_page.h"
#include "catalog/home_page.h"
#include "catalog/listing_page.h"
#include "catalog/product_page.h"
#include "catalog/site_map.h"

namespace osier::catalog {

void add_catalog_pages(http::Router& router, Storefront& storefront) {
  add_home_page(router, storefront);
  add_listing_pages(router, storefront);
  add_product_page(router, storefront);
  add_content_pages(router, storefront);
  add_site_map(router, storefront);
}

}  // namespace osier::catalog
