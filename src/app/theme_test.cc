// The default theme as a whole: every page's template fits its view, and every text is there in
// every language.

#include <gtest/gtest.h>

#include "app/shop.h"
#include "catalog/content_page.h"
#include "catalog/home_page.h"
#include "catalog/listing_page.h"
#include "catalog/product_page.h"
#include "checkout/cart_page.h"
#include "checkout/checkout_page.h"
#include "web/error_page.h"

namespace osier::app {
namespace {

TEST(Theme, EveryPageFitsItsView) {
  const config::Config config;
  const auto texts = load_texts(config);
  const auto engine = load_templates(config, *texts);
  EXPECT_NO_THROW((void)engine->page<catalog::HomeView>("home.html"));
  EXPECT_NO_THROW((void)engine->page<catalog::ListingView>("listing.html"));
  EXPECT_NO_THROW((void)engine->page<catalog::ProductView>("product.html"));
  EXPECT_NO_THROW((void)engine->page<catalog::ContentPageView>("content.html"));
  EXPECT_NO_THROW((void)engine->page<checkout::CartPageView>("cart.html"));
  EXPECT_NO_THROW((void)engine->page<checkout::CheckoutPageView>("checkout.html"));
  EXPECT_NO_THROW((void)engine->page<web::ErrorView>("error.html"));
}

TEST(Theme, EveryLanguageHasEveryText) {
  const auto texts = load_texts(config::Config{});
  for (const auto& missing : texts->missing_keys()) {
    ADD_FAILURE() << missing.locale.tag() << " lacks " << missing.key;
  }
}

}  // namespace
}  // namespace osier::app
