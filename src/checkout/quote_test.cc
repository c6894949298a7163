#include "checkout/quote.h"

#include <gtest/gtest.h>

#include "catalog/test/shop.h"

namespace osier::checkout {
namespace {

using catalog::test::eu;
using catalog::test::noon;
using catalog::test::product_of;
using catalog::test::us;

Money euros(std::int64_t cents) { return Money::minor(cents, Currency::of("EUR")); }

CartLine line_of(const catalog::Product& product, std::int32_t quantity, std::int64_t seen_minor) {
  return {.id = LineId(Uuid::v7(noon())),
          .variant_id = product.variants[0].id,
          .quantity = quantity,
          .unit_price_seen_minor = seen_minor};
}

fulfilment::ShippingOption parcel() {
  fulfilment::ShippingOption option;
  option.market_code = "eu";
  option.amount = euros(490);
  option.free_from = euros(6'000);
  option.tax_class = "standard";
  return option;
}

struct Desk {
  catalog::Product mug = product_of(1, "Mug", 2'400);
  std::shared_ptr<const catalog::Snapshot> snapshot;

  explicit Desk(std::int32_t units = 10) { snapshot = catalog::test::snapshot_of({mug}, units); }

  PricedCart price(std::vector<CartLine> lines,
                   std::optional<fulfilment::ShippingOption> option = std::nullopt,
                   std::vector<HeldUnits> held = {}, std::vector<CartCoupon> coupons = {}) const {
    const QuoteRequest request{.snapshot = *snapshot,
                               .market = eu,
                               .locale = "en",
                               .country = "DE",
                               .province = "",
                               .lines = std::move(lines),
                               .held = std::move(held),
                               .coupons = std::move(coupons),
                               .shipping_option = std::move(option),
                               .now = noon()};
    return *price_cart(request);
  }
};

TEST(PriceCart, TakesPricesFromTheSnapshot) {
  const Desk desk;
  const auto priced = desk.price({line_of(desk.mug, 2, 2'400)}, parcel());
  EXPECT_TRUE(priced.notices.empty());
  EXPECT_EQ(priced.quote.total, euros(4'800 + 490));
  EXPECT_EQ(priced.quote.taxes.front().name, "VAT");
}

TEST(PriceCart, ShipsFreeFromTheThresholdOn) {
  const Desk desk;
  EXPECT_EQ(desk.price({line_of(desk.mug, 2, 2'400)}, parcel()).quote.shipping->total, euros(490));
  EXPECT_EQ(desk.price({line_of(desk.mug, 3, 2'400)}, parcel()).quote.shipping->total, euros(0));
}

TEST(PriceCart, TellsANewPrice) {
  const Desk desk;
  const auto priced = desk.price({line_of(desk.mug, 1, 2'000)});
  ASSERT_EQ(priced.notices.size(), 1U);
  EXPECT_EQ(priced.notices[0].kind, Notice::Kind::price_changed);
  EXPECT_EQ(priced.notices[0].old_price, euros(2'000));
  EXPECT_EQ(priced.notices[0].new_price, euros(2'400));
  EXPECT_EQ(priced.quote.total, euros(2'400));
}

TEST(PriceCart, TellsWhatIsLeft) {
  const Desk desk(3);
  EXPECT_TRUE(desk.price({line_of(desk.mug, 3, 2'400)}).notices.empty());
  const auto priced = desk.price({line_of(desk.mug, 4, 2'400)});
  ASSERT_EQ(priced.notices.size(), 1U);
  EXPECT_EQ(priced.notices[0].kind, Notice::Kind::fewer_available);
  EXPECT_EQ(priced.notices[0].available, 3);
}

TEST(PriceCart, LeavesOutWhatIsSoldOutOrGone) {
  const Desk desk(0);
  const catalog::Product other = product_of(2, "Bowl", 900);
  const auto priced = desk.price({line_of(desk.mug, 1, 2'400), line_of(other, 1, 900)});
  ASSERT_EQ(priced.notices.size(), 2U);
  EXPECT_EQ(priced.notices[0].kind, Notice::Kind::sold_out);
  EXPECT_EQ(priced.notices[1].kind, Notice::Kind::no_longer_sold);
  EXPECT_EQ(priced.quote.total, euros(0));
}

TEST(PriceCart, CountsUnitsThatTheCartsOwnOrderHolds) {
  const Desk desk(0);
  const auto priced = desk.price({line_of(desk.mug, 2, 2'400)}, std::nullopt,
                                 {{.variant_id = desk.mug.variants[0].id, .quantity = 2}});
  EXPECT_TRUE(priced.notices.empty());
  EXPECT_EQ(priced.quote.total, euros(4'800));
}

CartCoupon coupon_of(promotions::CouponKind kind, std::int32_t percent_ppm = 0) {
  promotions::CouponStanding standing;
  standing.coupon.id = promotions::CouponId(Uuid::v7(noon()));
  standing.coupon.code = std::string(promotions::to_string(kind));
  standing.coupon.kind = kind;
  standing.coupon.percent_ppm = percent_ppm;
  standing.coupon.valid_from = noon();
  return {.code = standing.coupon.code, .standing = standing};
}

TEST(PriceCart, TakesACouponOffTheGoodsAndAnotherOffDelivery) {
  const Desk desk;
  const auto priced = desk.price({line_of(desk.mug, 2, 2'400)}, parcel(), {},
                                 {coupon_of(promotions::CouponKind::percent, 100'000),
                                  coupon_of(promotions::CouponKind::free_shipping)});
  EXPECT_TRUE(priced.notices.empty());
  ASSERT_EQ(priced.quote.discounts.size(), 2U);
  EXPECT_EQ(priced.quote.discounts[0].amount, euros(480));
  EXPECT_EQ(priced.quote.discounts[1].amount, euros(490));
  EXPECT_EQ(priced.quote.shipping->total, euros(0));
  EXPECT_EQ(priced.quote.total, euros(4'320));
}

TEST(PriceCart, LeavesACouponOutThatNeedsMoreGoods) {
  const Desk desk;
  auto coupon = coupon_of(promotions::CouponKind::percent, 100'000);
  coupon.standing->coupon.markets = {
      {.market_code = "eu", .amount = euros(0), .minimum_goods = euros(2'401)}};
  const auto priced = desk.price({line_of(desk.mug, 1, 2'400)}, parcel(), {}, {coupon});
  EXPECT_EQ(priced.quote.total, euros(2'890));
  EXPECT_TRUE(priced.notices.empty()) << "the shopper may put more into the cart";
  ASSERT_EQ(priced.coupons.size(), 1U);
  EXPECT_EQ(priced.coupons[0].refusal, promotions::CouponRefusal::minimum_not_reached);
  EXPECT_EQ(priced.coupons[0].minimum_goods, euros(2'401));
}

TEST(PriceCart, TellsThatACouponIsLost) {
  const Desk desk;
  auto coupon = coupon_of(promotions::CouponKind::percent, 100'000);
  coupon.standing->coupon.use_limit = 1;
  coupon.standing->uses = 1;
  const CartCoupon gone{.code = "GONE", .standing = std::nullopt};
  const auto priced = desk.price({line_of(desk.mug, 1, 2'400)}, parcel(), {}, {coupon, gone});
  EXPECT_EQ(priced.quote.total, euros(2'890));
  ASSERT_EQ(priced.notices.size(), 2U);
  EXPECT_EQ(priced.notices[0].kind, Notice::Kind::coupon_lost);
  EXPECT_EQ(priced.notices[0].coupon_refusal, promotions::CouponRefusal::used_up);
  EXPECT_EQ(priced.notices[1].coupon_refusal, promotions::CouponRefusal::unknown);
}

TEST(PriceCart, AddsTaxByProvinceWherePricesHaveNone) {
  const Desk desk;
  QuoteRequest request{.snapshot = *desk.snapshot,
                       .market = us,
                       .locale = "en",
                       .country = "US",
                       .province = "NJ",
                       .lines = {line_of(desk.mug, 1, 4'800)},
                       .held = {},
                       .coupons = {},
                       .shipping_option = std::nullopt,
                       .now = noon()};
  EXPECT_EQ(price_cart(request)->quote.tax.amount_minor(), 318);
  request.province = "CA";
  EXPECT_EQ(price_cart(request)->quote.tax.amount_minor(), 48);
}

}  // namespace
}  // namespace osier::checkout
