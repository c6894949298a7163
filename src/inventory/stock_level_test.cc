#include "inventory/stock_level.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <limits>
#include <map>

namespace osier::inventory {
namespace {

Uuid id_of(int n) {
  std::array<std::uint8_t, 16> bytes{};
  bytes[15] = static_cast<std::uint8_t>(n);
  return Uuid(bytes);
}
const VariantId mug{id_of(1)};
const VariantId bowl{id_of(2)};
const LocationId studio{id_of(11)};
const LocationId shop{id_of(12)};
const HolderId anna{id_of(21)};
const HolderId ben{id_of(22)};

StockLevel level_of(VariantId variant, LocationId location, std::int32_t on_hand) {
  return {.variant_id = variant, .location_id = location, .on_hand = on_hand};
}

TEST(StockLevel, CountsWhatCanBePromised) {
  StockLevel level = level_of(mug, studio, 10);
  level.committed = 3;
  level.unavailable = 2;
  level.oversell_limit = 4;
  EXPECT_EQ(level.available(), 9);
}

TEST(StockLevel, IsNeverBelowZeroAndFitsAtTheTop) {
  StockLevel level = level_of(mug, studio, 0);
  level.committed = 5;
  EXPECT_EQ(level.available(), 0);
  level = level_of(mug, studio, std::numeric_limits<std::int32_t>::max());
  level.oversell_limit = std::numeric_limits<std::int32_t>::max();
  EXPECT_EQ(level.available(), std::numeric_limits<std::int32_t>::max());
}

TEST(Commitments, AreGivenForTheLastUnitAndRefusedOnePastIt) {
  const auto decided =
      decide_commitments({level_of(mug, studio, 5)}, {{anna, {{mug, 5}}}, {ben, {{mug, 1}}}});
  ASSERT_TRUE(decided[0]);
  EXPECT_EQ((*decided[0])[0].quantity, 5);
  ASSERT_FALSE(decided[1]);
  EXPECT_EQ(decided[1].error().variant_id, mug);
  EXPECT_EQ(decided[1].error().available, 0);
}

TEST(Commitments, AreAllOrNothing) {
  const auto decided =
      decide_commitments({level_of(mug, studio, 5), level_of(bowl, studio, 1)},
                         {{anna, {{mug, 5}, {bowl, 2}}}, {ben, {{mug, 5}, {bowl, 1}}}});
  ASSERT_FALSE(decided[0]);
  EXPECT_EQ(decided[0].error().variant_id, bowl);
  EXPECT_EQ(decided[0].error().available, 1);
  EXPECT_TRUE(decided[1]);  // What the first did not get is still there.
}

// Hardening, section 2, row 20.
TEST(Commitments, SumDemandOfOneVariantOnTwoLines) {
  const auto decided =
      decide_commitments({level_of(mug, studio, 5)}, {{anna, {{mug, 3}, {mug, 3}}}});
  ASSERT_FALSE(decided[0]);
  EXPECT_EQ(decided[0].error().available, 5);
}

TEST(Commitments, TakeFromSeveralLocationsInTheirOrder) {
  const auto decided = decide_commitments({level_of(mug, studio, 2), level_of(mug, shop, 4)},
                                          {{anna, {{mug, 3}}}, {ben, {{mug, 3}}}});
  ASSERT_TRUE(decided[0]);
  ASSERT_EQ(decided[0]->size(), 2U);
  EXPECT_EQ((*decided[0])[0].location_id, studio);
  EXPECT_EQ((*decided[0])[0].quantity, 2);
  EXPECT_EQ((*decided[0])[1].location_id, shop);
  EXPECT_EQ((*decided[0])[1].quantity, 1);
  ASSERT_TRUE(decided[1]);
  EXPECT_EQ((*decided[1])[0].location_id, shop);
}

TEST(Commitments, AreRefusedForAVariantWithoutALevel) {
  const auto decided = decide_commitments({}, {{anna, {{mug, 1}}}});
  ASSERT_FALSE(decided[0]);
  EXPECT_EQ(decided[0].error().available, 0);
}

TEST(Bands, AreNoneFewAndPlenty) {
  EXPECT_EQ(band_of(-1), Band::none);
  EXPECT_EQ(band_of(0), Band::none);
  EXPECT_EQ(band_of(1), Band::few);
  EXPECT_EQ(band_of(5), Band::few);
  EXPECT_EQ(band_of(6), Band::plenty);
}

TEST(Bands, ChangeOverAllLocationsTogether) {
  const std::vector<StockLevel> levels{level_of(mug, studio, 4), level_of(mug, shop, 4),
                                       level_of(bowl, shop, 4)};
  EXPECT_TRUE(variants_that_change_band(levels, {{anna, mug, studio, 2}}).empty());
  EXPECT_EQ(variants_that_change_band(
                levels, {{anna, mug, studio, 2}, {ben, mug, shop, 1}, {ben, bowl, shop, 1}}),
            (std::vector<VariantId>{mug}));
}

// A shop of few variants at few locations, and holders who want more than there is.
struct Market {
  std::vector<StockLevel> levels;
  std::vector<HolderDemand> holders;
};

Market any_market() {
  Market market;
  const int variants = *rc::gen::inRange(1, 5);
  const int locations = *rc::gen::inRange(1, 4);
  for (int v = 0; v < variants; ++v) {
    for (int l = 0; l < locations; ++l) {
      StockLevel level =
          level_of(VariantId{id_of(v)}, LocationId{id_of(100 + l)}, *rc::gen::inRange(0, 12));
      level.unavailable = *rc::gen::inRange(0, 4);
      level.committed = *rc::gen::inRange(0, 4);
      level.oversell_limit = *rc::gen::inRange(0, 6);
      market.levels.push_back(level);
    }
  }
  const int holders = *rc::gen::inRange(0, 20);
  for (int h = 0; h < holders; ++h) {
    HolderDemand holder{HolderId{id_of(50 + h)}, {}};
    const int lines = *rc::gen::inRange(1, 5);
    for (int i = 0; i < lines; ++i) {
      holder.demands.push_back(
          {VariantId{id_of(*rc::gen::inRange(0, variants + 1))}, *rc::gen::inRange(1, 8)});
    }
    market.holders.push_back(std::move(holder));
  }
  return market;
}

std::map<VariantId, std::int64_t> wanted_by(const HolderDemand& holder) {
  std::map<VariantId, std::int64_t> wanted;
  for (const Demand& demand : holder.demands) wanted[demand.variant_id] += demand.quantity;
  return wanted;
}

TEST(Commitments, NeverOversellAndGiveEachEverythingOrNothing) {
  const bool holds = rc::check([] {
    const Market market = any_market();
    const auto decided = decide_commitments(market.levels, market.holders);
    RC_ASSERT(decided.size() == market.holders.size());

    std::map<std::pair<VariantId, LocationId>, std::int64_t> taken;
    for (std::size_t h = 0; h < decided.size(); ++h) {
      if (!decided[h]) continue;
      auto wanted = wanted_by(market.holders[h]);
      for (const Commitment& commitment : *decided[h]) {
        RC_ASSERT(commitment.holder_id == market.holders[h].holder_id);
        RC_ASSERT(commitment.quantity > 0);
        wanted[commitment.variant_id] -= commitment.quantity;
        taken[{commitment.variant_id, commitment.location_id}] += commitment.quantity;
      }
      for (const auto& [variant, left] : wanted) RC_ASSERT(left == 0);
    }
    for (const StockLevel& level : market.levels) {
      RC_ASSERT((taken[{level.variant_id, level.location_id}] <= level.available()));
    }
  });
  EXPECT_TRUE(holds);
}

// Nobody is refused who could have had everything, and the shortage says the truth.
TEST(Commitments, AreRefusedOnlyWhereUnitsAreLacking) {
  const bool holds = rc::check([] {
    const Market market = any_market();
    const auto decided = decide_commitments(market.levels, market.holders);
    std::map<VariantId, std::int64_t> left;
    for (const StockLevel& level : market.levels) left[level.variant_id] += level.available();
    for (std::size_t h = 0; h < decided.size(); ++h) {
      const auto wanted = wanted_by(market.holders[h]);
      if (decided[h]) {
        for (const auto& [variant, quantity] : wanted) left[variant] -= quantity;
        continue;
      }
      const Shortage& shortage = decided[h].error();
      RC_ASSERT(wanted.at(shortage.variant_id) > left[shortage.variant_id]);
      RC_ASSERT(shortage.available == left[shortage.variant_id]);
    }
  });
  EXPECT_TRUE(holds);
}

TEST(TakingOut, TakesFromTheLocationsInTheirOrder) {
  const std::vector<OutstandingUnits> held{
      {mug, studio, 2, 9}, {mug, shop, 3, 9}, {bowl, studio, 1, 1}};
  const auto taken = decide_take_out(anna, held, {{mug, 1}, {mug, 3}}, TakenOut::released);
  ASSERT_TRUE(taken);
  ASSERT_EQ(taken->size(), 2U);
  EXPECT_EQ((*taken)[0].location_id, studio);
  EXPECT_EQ((*taken)[0].quantity, 2);
  EXPECT_EQ((*taken)[1].location_id, shop);
  EXPECT_EQ((*taken)[1].quantity, 2);
}

TEST(TakingOut, IsRefusedOneUnitPastWhatIsHeld) {
  const std::vector<OutstandingUnits> held{{mug, studio, 2, 9}};
  EXPECT_TRUE(decide_take_out(anna, held, {{mug, 2}}, TakenOut::released));
  const auto taken = decide_take_out(anna, held, {{mug, 3}}, TakenOut::released);
  ASSERT_FALSE(taken);
  EXPECT_EQ(taken.error(), TakeOutRefusal::not_held);
}

TEST(TakingOut, LosesOnlyWhatIsInTheHouse) {
  const std::vector<OutstandingUnits> held{{mug, studio, 3, 2}};  // One was sold before it came in.
  EXPECT_TRUE(decide_take_out(anna, held, {{mug, 2}}, TakenOut::damaged));
  const auto taken = decide_take_out(anna, held, {{mug, 3}}, TakenOut::damaged);
  ASSERT_FALSE(taken);
  EXPECT_EQ(taken.error(), TakeOutRefusal::not_on_hand);
}

}  // namespace
}  // namespace osier::inventory
