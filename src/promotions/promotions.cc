#include "promotions/promotions.h"

#include <algorithm>
#include <map>
#include <set>

#include "promotions/coupon_store.h"

namespace osier::promotions {

Promotions::Promotions(pg::Database& database, const Clock& clock)
    : database_(database), clock_(clock) {}

Task<std::vector<CouponStanding>> Promotions::standings(std::vector<std::string> codes,
                                                        Viewer viewer) {
  co_return co_await select_standings(database_, std::move(codes), customer_of(viewer.email),
                                      viewer.own_holder);
}

static std::vector<CouponId> coupons_of(const std::vector<UseDemand>& demands) {
  std::vector<CouponId> coupons;
  for (const UseDemand& demand : demands)
    coupons.insert(coupons.end(), demand.coupons.begin(), demand.coupons.end());
  std::ranges::sort(coupons);
  const auto repeats = std::ranges::unique(coupons);
  coupons.erase(repeats.begin(), repeats.end());
  return coupons;
}

static CouponCustomers customers_of(const std::vector<UseDemand>& demands) {
  CouponCustomers asked;
  for (const UseDemand& demand : demands) {
    for (const CouponId coupon : demand.coupons) {
      asked.coupons.push_back(coupon);
      asked.customers.push_back(demand.customer);
    }
  }
  return asked;
}

std::size_t Promotions::add_lock_coupons(pg::Batch& batch,
                                         const std::vector<UseDemand>& demands) const {
  const auto position = add_lock(batch, coupons_of(demands));
  add_count_of_customers(batch, customers_of(demands));
  return position;
}

LockedCoupons Promotions::locked_of(const std::vector<pg::Rows>& results, std::size_t position) {
  LockedCoupons locked;
  for (const pg::Row& row : results[position]) locked.coupons.push_back(locked_coupon_of(row));
  for (const pg::Row& row : results[position + 1])
    locked.customers.push_back(customer_uses_of(row));
  return locked;
}

void Promotions::add_uses(pg::Batch& batch, const std::vector<UseDemand>& demands) const {
  add_insert_uses(batch, demands);
}

Task<void> Promotions::release(pg::Transaction& transaction, std::vector<HolderId> holders) {
  if (holders.empty()) co_return;
  pg::Batch batch;
  add_release(batch, holders);
  co_await transaction.run_all(std::move(batch));
}

// The holders' demands, in the order of the holders; the customers are hashes.
static std::vector<UseDemand> demands_of(const std::vector<HolderId>& holders,
                                         const std::vector<ReleasedUse>& uses) {
  std::vector<UseDemand> demands;
  for (const HolderId holder : holders) {
    UseDemand demand{.holder_id = holder, .customer = {}, .coupons = {}};
    for (const ReleasedUse& use : uses) {
      if (use.holder_id == holder) demand.coupons.push_back(use.coupon_id);
    }
    demands.push_back(std::move(demand));
  }
  return demands;
}

// A customer has another hash with each coupon, so each use is asked for by itself.
static bool can_take(const CouponDesk& desk, const std::vector<UseDemand>& parts) {
  return std::ranges::none_of(
      parts, [&desk](const UseDemand& part) { return desk.refusal_of(part).has_value(); });
}

Task<std::vector<HolderId>> Promotions::take_again(pg::Transaction& transaction,
                                                   std::vector<HolderId> holders) {
  const auto uses = co_await select_released(transaction, holders);
  if (uses.empty()) co_return holders;
  CouponCustomers asked;
  for (const ReleasedUse& use : uses) {
    asked.coupons.push_back(use.coupon_id);
    asked.customers.push_back(use.customer);
  }
  pg::Batch load;
  const auto position = add_lock(load, coupons_of(demands_of(holders, uses)));
  add_count_of_hashes(load, asked);
  const auto loaded = co_await transaction.run_all(std::move(load));

  CouponDesk desk(locked_of(loaded, position), EndedCoupon::honoured);
  std::vector<HolderId> taken;
  for (const HolderId holder : holders) {
    std::vector<UseDemand> parts;
    for (const ReleasedUse& use : uses) {
      if (use.holder_id == holder) parts.push_back({holder, use.customer, {use.coupon_id}});
    }
    if (!can_take(desk, parts)) continue;
    for (const UseDemand& part : parts) desk.take(part);
    taken.push_back(holder);
  }
  pg::Batch write;
  add_take_again(write, taken);
  co_await transaction.run_all(std::move(write));
  co_return taken;
}

static std::optional<Promotions::AddRefusal> obstacle(const Promotions::NewCoupon& coupon,
                                                      Instant valid_from) {
  using Refusal = Promotions::AddRefusal;
  if (coupon.title_en.empty()) return Refusal::title_missing;
  if (coupon.kind == CouponKind::percent &&
      (coupon.percent_ppm < 1 || coupon.percent_ppm > 1'000'000)) {
    return Refusal::percent_out_of_range;
  }
  const bool is_fixed = coupon.kind == CouponKind::fixed_amount;
  if (is_fixed && coupon.markets.empty()) return Refusal::amount_missing;
  std::set<std::string> codes;
  for (const auto& market : coupon.markets) {
    if (is_fixed != market.amount_minor.has_value() || market.amount_minor.value_or(1) < 1)
      return Refusal::amount_missing;
    if (market.minimum_minor < 0) return Refusal::limit_out_of_range;
    if (!codes.insert(market.market_code).second) return Refusal::unknown_market;
  }
  if (coupon.use_limit.value_or(1) < 1 || coupon.use_limit_per_customer.value_or(1) < 1)
    return Refusal::limit_out_of_range;
  if (coupon.valid_to && *coupon.valid_to <= valid_from) return Refusal::period_out_of_order;
  return std::nullopt;
}

static audit::Entry entry_of(CouponId id, const Promotions::NewCoupon& coupon, audit::Actor actor) {
  audit::Entry entry{.actor = std::move(actor),
                     .action = "coupon.added",
                     .object_kind = "coupon",
                     .object_id = id.value().to_string()};
  entry.after.add("code", coupon.code).add("kind", std::string(to_string(coupon.kind)));
  if (coupon.kind == CouponKind::percent) entry.after.add("percent_ppm", coupon.percent_ppm);
  if (coupon.use_limit) entry.after.add("use_limit", *coupon.use_limit);
  for (const auto& market : coupon.markets) {
    if (market.amount_minor)
      entry.after.add("amount_minor_" + market.market_code, *market.amount_minor);
  }
  return entry;
}

Task<Result<CouponId, Promotions::AddRefusal>> Promotions::add(NewCoupon coupon,
                                                               audit::Actor actor) {
  const auto code = parse_code(coupon.code);
  if (!code) co_return refuse(AddRefusal::code_invalid);
  coupon.code = *code;
  const Instant now = clock_.now();
  const Instant valid_from = coupon.valid_from.value_or(now);
  if (const auto refusal = obstacle(coupon, valid_from)) co_return refuse(*refusal);

  const CouponId id{Uuid::v7(now)};
  const auto terms = coupon.markets;
  const auto entry = entry_of(id, coupon, std::move(actor));
  auto transaction = co_await database_.begin();
  if (!co_await insert_coupon(transaction, id, std::move(coupon), valid_from))
    co_return refuse(AddRefusal::code_taken);
  const auto known = co_await insert_terms(transaction, id, terms);
  if (known != static_cast<std::int64_t>(terms.size()))
    co_return refuse(AddRefusal::unknown_market);
  pg::Batch write;
  audit::add_entries(write, {entry}, now);
  co_await transaction.run_all_and_commit(std::move(write));
  co_return id;
}

Task<std::vector<CouponStanding>> Promotions::list() { co_return co_await select_all(database_); }

Task<bool> Promotions::end(std::string code, audit::Actor actor) {
  const auto known = parse_code(code);
  if (!known) co_return false;
  const Instant now = clock_.now();
  auto transaction = co_await database_.begin();
  const auto ended = co_await update_ended(transaction, *known, now);
  if (!ended) co_return false;
  const audit::Entry entry{.actor = std::move(actor),
                           .action = "coupon.ended",
                           .object_kind = "coupon",
                           .object_id = ended->value().to_string()};
  pg::Batch write;
  audit::add_entries(write, {entry}, now);
  co_await transaction.run_all_and_commit(std::move(write));
  co_return true;
}

}  // namespace osier::promotions
