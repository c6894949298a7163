#include <gtest/gtest.h>

#include <functional>

#include "platform/base/time.h"
#include "platform/postgres/migrations.h"
#include "platform/postgres/test/database.h"
#include "platform/postgres/test/violations.h"
#include "promotions/promotions.h"

namespace osier::promotions {
namespace {

const audit::Actor staff{audit::ActorKind::staff, "test"};

struct Desk {
  explicit Desk(pg::Database& database_of_test) : database(database_of_test) {}

  pg::Database& database;
  SystemClock clock;
  Promotions promotions{database, clock};
};

constexpr pg::Statement market_sql{"promotions_test.market", R"sql(
  INSERT INTO catalog.markets (id, code, region, name, currency, prices_include_tax, locales, default_country, time_zone,
                               position)
  VALUES ($1, 'eu', 'eu', '{"en": "Europe"}', 'EUR', true, '{en}', 'DE', 'Europe/Berlin', 0)
)sql"};

Task<void> run_in(pg::Database& database, std::function<Task<void>(Desk&)> work) {
  Desk desk(database);
  co_await database.run(market_sql, Uuid::v7(desk.clock.now()));
  co_await work(desk);
  const auto lines = co_await pg::test::violations(database, invariants());
  EXPECT_EQ(lines, std::vector<std::string>());
}

void at_desk(std::function<Task<void>(Desk&)> work) {
  const pg::test::Database fresh(migrations());
  pg::test::run(fresh.connection(),
                [&work](pg::Database& database) { return run_in(database, work); });
}

Promotions::NewCoupon ten_percent() {
  Promotions::NewCoupon coupon;
  coupon.code = "ten";
  coupon.title_en = "Ten percent";
  coupon.percent_ppm = 100'000;
  return coupon;
}

Task<CouponId> add(Desk& desk, Promotions::NewCoupon coupon) {
  const auto id = co_await desk.promotions.add(std::move(coupon), staff);
  require(id.has_value(), "the test's coupon is added");
  co_return *id;
}

HolderId new_holder() { return HolderId(Uuid::v7(SystemClock().now())); }

// As OrderIntake does it, in a batch of one.
Task<std::optional<CouponRefusal>> use(Desk& desk, CouponId coupon, HolderId holder,
                                       std::string email) {
  std::vector<UseDemand> demands{
      {.holder_id = holder, .customer = customer_of(email), .coupons = {coupon}}};
  auto transaction = co_await desk.database.begin();
  pg::Batch load;
  const auto position = desk.promotions.add_lock_coupons(load, demands);
  const auto loaded = co_await transaction.run_all(std::move(load));
  const CouponDesk counter(Promotions::locked_of(loaded, position), EndedCoupon::refused);
  if (const auto refused = counter.refusal_of(demands[0])) co_return refused->reason;
  pg::Batch write;
  desk.promotions.add_uses(write, demands);
  co_await transaction.run_all_and_commit(std::move(write));
  co_return std::nullopt;
}

Task<void> release(Desk& desk, std::vector<HolderId> holders) {
  auto transaction = co_await desk.database.begin();
  co_await desk.promotions.release(transaction, std::move(holders));
  co_await transaction.commit();
}

Task<std::vector<HolderId>> take_again(Desk& desk, std::vector<HolderId> holders) {
  auto transaction = co_await desk.database.begin();
  auto taken = co_await desk.promotions.take_again(transaction, std::move(holders));
  co_await transaction.commit();
  co_return taken;
}

Task<CouponStanding> seen_by(Desk& desk, Promotions::Viewer viewer) {
  std::vector<std::string> codes{"TEN"};
  const auto standings = co_await desk.promotions.standings(std::move(codes), std::move(viewer));
  require(standings.size() == 1, "the test's coupon is there");
  co_return standings[0];
}

Task<void> keep_a_coupon(Desk& desk) {
  auto coupon = ten_percent();
  coupon.title_de = "Zehn Prozent";
  coupon.markets = {{.market_code = "eu", .amount_minor = std::nullopt, .minimum_minor = 2'000}};
  coupon.use_limit = 5;
  coupon.valid_to = desk.clock.now() + std::chrono::hours(1);
  co_await add(desk, std::move(coupon));
  const auto all = co_await desk.promotions.list();
  EXPECT_EQ(all.size(), 1U);
  const Coupon& kept = all.at(0).coupon;
  EXPECT_EQ(kept.code, "TEN");
  EXPECT_EQ(kept.title.at("de"), "Zehn Prozent");
  EXPECT_EQ(kept.percent_ppm, 100'000);
  EXPECT_EQ(kept.use_limit, 5);
  EXPECT_TRUE(kept.valid_to);
  const CouponTerms* terms = kept.terms_in("eu");
  EXPECT_TRUE(terms != nullptr && terms->minimum_goods.amount_minor() == 2'000);
  EXPECT_EQ(kept.terms_in("us"), nullptr);
}
TEST(Coupons, AreKeptAsTheyWereAdded) { at_desk(keep_a_coupon); }

Task<void> refuse_nonsense(Desk& desk) {
  using Refusal = Promotions::AddRefusal;
  const auto refusal_of_adding = [&desk](Promotions::NewCoupon coupon) {
    return desk.promotions.add(std::move(coupon), staff);
  };
  auto coupon = ten_percent();
  coupon.code = "a b";
  EXPECT_EQ((co_await refusal_of_adding(coupon)).error(), Refusal::code_invalid);
  coupon = ten_percent();
  coupon.percent_ppm = 1'000'001;
  EXPECT_EQ((co_await refusal_of_adding(coupon)).error(), Refusal::percent_out_of_range);
  coupon = ten_percent();
  coupon.kind = CouponKind::fixed_amount;
  EXPECT_EQ((co_await refusal_of_adding(coupon)).error(), Refusal::amount_missing);
  coupon = ten_percent();
  coupon.markets = {{.market_code = "mars", .amount_minor = std::nullopt}};
  EXPECT_EQ((co_await refusal_of_adding(coupon)).error(), Refusal::unknown_market);
  EXPECT_TRUE((co_await desk.promotions.list()).empty()) << "nothing of a refused coupon stays";
  EXPECT_TRUE(co_await refusal_of_adding(ten_percent()));
  EXPECT_EQ((co_await refusal_of_adding(ten_percent())).error(), Refusal::code_taken);
}
TEST(Coupons, ThatMakeNoSenseAreRefused) { at_desk(refuse_nonsense); }

Task<void> count_uses(Desk& desk) {
  auto coupon = ten_percent();
  coupon.use_limit = 2;
  const CouponId id = co_await add(desk, std::move(coupon));
  const HolderId first = new_holder();
  const HolderId second = new_holder();
  EXPECT_EQ(co_await use(desk, id, first, "a@example.com"), std::nullopt);
  EXPECT_EQ(co_await use(desk, id, second, "b@example.com"), std::nullopt);
  EXPECT_EQ(co_await use(desk, id, new_holder(), "c@example.com"), CouponRefusal::used_up);
  EXPECT_EQ((co_await seen_by(desk, {.email = "", .own_holder = std::nullopt})).uses, 2);
  EXPECT_EQ((co_await seen_by(desk, {.email = "", .own_holder = first})).uses, 1)
      << "its own use is not counted";

  co_await release(desk, {first});
  co_await release(desk, {first, new_holder()});
  EXPECT_EQ((co_await seen_by(desk, {.email = "", .own_holder = std::nullopt})).uses, 1)
      << "a second release gives nothing back";
  const HolderId third = new_holder();
  EXPECT_EQ(co_await use(desk, id, third, "c@example.com"), std::nullopt);

  EXPECT_EQ(co_await take_again(desk, {first}), std::vector<HolderId>()) << "used up meanwhile";
  co_await release(desk, {third});
  const HolderId stranger = new_holder();
  EXPECT_EQ(co_await take_again(desk, {stranger, first}), (std::vector{stranger, first}));
  EXPECT_EQ(co_await take_again(desk, {first}), std::vector{first}) << "a repeat takes nothing";
  EXPECT_EQ((co_await seen_by(desk, {.email = "", .own_holder = std::nullopt})).uses, 2);
}
TEST(CouponUses, NeverPassTheLimitGoBackAndAreTakenAgain) { at_desk(count_uses); }

Task<void> limit_per_customer(Desk& desk) {
  auto coupon = ten_percent();
  coupon.use_limit_per_customer = 1;
  const CouponId id = co_await add(desk, std::move(coupon));
  const HolderId first = new_holder();
  EXPECT_EQ(co_await use(desk, id, first, "Anna@example.com "), std::nullopt);
  EXPECT_EQ(co_await use(desk, id, new_holder(), "anna@EXAMPLE.com"),
            CouponRefusal::already_used_by_customer);
  EXPECT_EQ(co_await use(desk, id, new_holder(), "berta@example.com"), std::nullopt);
  EXPECT_EQ((co_await seen_by(desk, {.email = "ANNA@example.com", .own_holder = std::nullopt}))
                .uses_of_customer,
            1);
  EXPECT_EQ(
      (co_await seen_by(desk, {.email = "anna@example.com", .own_holder = first})).uses_of_customer,
      0);

  co_await release(desk, {first});
  EXPECT_EQ(co_await use(desk, id, new_holder(), "anna@example.com"), std::nullopt);
  EXPECT_EQ(co_await take_again(desk, {first}), std::vector<HolderId>())
      << "the customer has used it again meanwhile";
}
TEST(CouponUses, AreLimitedPerCustomerWhateverTheirSpelling) { at_desk(limit_per_customer); }

Task<void> end_a_coupon(Desk& desk) {
  const CouponId id = co_await add(desk, ten_percent());
  const HolderId before = new_holder();
  EXPECT_EQ(co_await use(desk, id, before, "a@example.com"), std::nullopt);
  EXPECT_TRUE(co_await desk.promotions.end(" ten", staff));
  EXPECT_FALSE(co_await desk.promotions.end("TEN", staff)) << "it had ended";
  EXPECT_FALSE(co_await desk.promotions.end("NONE", staff));
  EXPECT_EQ(co_await use(desk, id, new_holder(), "b@example.com"), CouponRefusal::expired);
  co_await release(desk, {before});
  EXPECT_EQ(co_await take_again(desk, {before}), std::vector{before})
      << "what was agreed is honoured";
}
TEST(Coupons, ThatHaveEndedAreRefusedToNewOrdersOnly) { at_desk(end_a_coupon); }

}  // namespace
}  // namespace osier::promotions
