// Coupons: what they are worth to a cart, and that none is used more often than it may be.
//
// A use is taken when an order is placed, given back when the order expires or is canceled, and
// taken again if late money honours the order. A coupon's row is locked before its uses are counted
// or changed, after stock levels and in the order of ids, so that transactions cannot deadlock over
// coupons.

#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "audit/audit.h"
#include "platform/base/result.h"
#include "platform/postgres/database.h"
#include "platform/postgres/invariant.h"
#include "promotions/coupon.h"
#include "promotions/coupon_use.h"

namespace osier::promotions {

class Promotions {
 public:
  Promotions(pg::Database& database, const Clock& clock);

  // --- Carts.

  struct Viewer {
    std::string email;                   // May be empty.
    std::optional<HolderId> own_holder;  // Whose uses are not counted.
  };
  // The coupons of these codes that exist. One statement.
  Task<std::vector<CouponStanding>> standings(std::vector<std::string> codes, Viewer viewer);

  // --- Steps of placing orders in batches; the caller owns the transaction and pipelines them.

  // Adds the statements that lock the demanded coupons and count their customers' uses. Returns the
  // position of the first.
  std::size_t add_lock_coupons(pg::Batch& batch, const std::vector<UseDemand>& demands) const;
  static LockedCoupons locked_of(const std::vector<pg::Rows>& results, std::size_t position);
  // Adds the statements that write these uses, whose coupons are locked.
  void add_uses(pg::Batch& batch, const std::vector<UseDemand>& demands) const;

  // Gives back every use of these holders; a holder without one is no error. Idempotent.
  Task<void> release(pg::Transaction& transaction, std::vector<HolderId> holders);
  // Takes again what these holders had given back, all or nothing for each, in their order. Returns
  // those who have everything now; one that never used a coupon is among them.
  Task<std::vector<HolderId>> take_again(pg::Transaction& transaction,
                                         std::vector<HolderId> holders);

  // --- Staff and seeding.

  struct MarketTerms {
    std::string market_code;
    std::optional<std::int64_t> amount_minor;  // Of a fixed amount.
    std::int64_t minimum_minor = 0;
  };
  struct NewCoupon {
    std::string code;
    std::string title_en;
    std::string title_de;  // May be empty.
    CouponKind kind = CouponKind::percent;
    std::int32_t percent_ppm = 0;
    std::vector<MarketTerms> markets;
    std::optional<Instant> valid_from;  // Else now.
    std::optional<Instant> valid_to;
    std::optional<std::int32_t> use_limit;
    std::optional<std::int32_t> use_limit_per_customer;
  };
  enum class AddRefusal {
    code_invalid,
    code_taken,
    title_missing,
    percent_out_of_range,  // Not above 0 and up to 100 %.
    amount_missing,        // A fixed amount names an amount above 0 for each of its markets.
    limit_out_of_range,    // Limits and minimums start at 1 and 0.
    period_out_of_order,   // Ends before it begins.
    unknown_market,
  };
  Task<Result<CouponId, AddRefusal>> add(NewCoupon coupon, audit::Actor actor);
  // All, by code.
  Task<std::vector<CouponStanding>> list();
  // No new order may use it; orders that have it keep it. False: there is none of that code, or it
  // had ended already.
  Task<bool> end(std::string code, audit::Actor actor);

 private:
  pg::Database& database_;
  const Clock& clock_;
};

// What `osier verify` asks of coupons (invariant 10 of the domain).
std::span<const pg::Invariant> invariants();

}  // namespace osier::promotions
