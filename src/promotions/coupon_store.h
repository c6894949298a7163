// Every SQL statement of coupons. Internal to promotions.

#pragma once

#include <optional>
#include <string>
#include <vector>

#include "promotions/promotions.h"

namespace osier::promotions {

Task<std::vector<CouponStanding>> select_standings(pg::Database& database,
                                                   std::vector<std::string> codes,
                                                   std::string customer,
                                                   std::optional<HolderId> own_holder);
Task<std::vector<CouponStanding>> select_all(pg::Database& database);

// Locks these coupons in id order.
std::size_t add_lock(pg::Batch& batch, std::vector<CouponId> coupons);
LockedCoupon locked_coupon_of(const pg::Row& row);
// Living uses by coupon and customer, as far as the coupon limits them. Runs after the lock.
struct CouponCustomers {
  std::vector<CouponId> coupons;
  std::vector<std::string> customers;
};
void add_count_of_customers(pg::Batch& batch, const CouponCustomers& asked);
CustomerUses customer_uses_of(const pg::Row& row);

void add_insert_uses(pg::Batch& batch, const std::vector<UseDemand>& demands);
// Locks the coupons of these holders, then gives their uses back.
void add_release(pg::Batch& batch, const std::vector<HolderId>& holders);

// Uses that were given back; the customer is the hash in hex.
struct ReleasedUse {
  HolderId holder_id;
  CouponId coupon_id;
  std::string customer;
};
Task<std::vector<ReleasedUse>> select_released(pg::Transaction& transaction,
                                               std::vector<HolderId> holders);
// As add_count_of_customers(), by hash in hex.
void add_count_of_hashes(pg::Batch& batch, const CouponCustomers& asked);
void add_take_again(pg::Batch& batch, const std::vector<HolderId>& holders);

// False: the code is taken.
Task<bool> insert_coupon(pg::Transaction& transaction, CouponId id, Promotions::NewCoupon coupon,
                         Instant valid_from);
// How many of the markets are known.
Task<std::int64_t> insert_terms(pg::Transaction& transaction, CouponId id,
                                std::vector<Promotions::MarketTerms> terms);
// The coupon, if there is one that had not ended.
Task<std::optional<CouponId>> update_ended(pg::Transaction& transaction, std::string code,
                                           Instant now);

}  // namespace osier::promotions
