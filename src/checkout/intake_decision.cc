#include <algorithm>
#include <string_view>
#include <unordered_map>

#include "checkout/order_intake.h"

namespace osier::checkout {

static bool is_living(orders::OrderStatus status) {
  return status == orders::OrderStatus::pending || status == orders::OrderStatus::placed ||
         status == orders::OrderStatus::completed;
}

// Existing orders by what finds them.
struct ExistingIndex {
  explicit ExistingIndex(const std::vector<orders::ExistingOrder>& existing) {
    for (std::size_t i = 0; i < existing.size(); ++i) {
      by_key.emplace(existing[i].idempotency_key, i);
      if (existing[i].cart_id && is_living(existing[i].status))
        by_cart.emplace(*existing[i].cart_id, i);
    }
  }
  std::unordered_map<std::string_view, std::size_t> by_key;
  std::unordered_map<Uuid, std::size_t> by_cart;
};

static IntakeDecision decide_against_existing(const orders::NewOrder& order,
                                              const std::vector<orders::ExistingOrder>& existing,
                                              const ExistingIndex& index) {
  using Kind = IntakeDecision::Kind;
  IntakeDecision decision;
  if (const auto same_key = index.by_key.find(order.idempotency_key);
      same_key != index.by_key.end()) {
    const auto& found = existing[same_key->second];
    if (found.id == order.id || is_living(found.status)) {
      decision.kind = Kind::repeat_of_existing;
      decision.index = same_key->second;
      return decision;
    }
    decision.needs_new_key = true;
  }
  if (!order.cart_id) return decision;
  if (const auto same_cart = index.by_cart.find(*order.cart_id); same_cart != index.by_cart.end()) {
    const bool is_same_version = existing[same_cart->second].cart_version == order.cart_version;
    decision.kind = is_same_version ? Kind::repeat_of_existing : Kind::cart_has_order;
    decision.index = same_cart->second;
  }
  return decision;
}

// The earlier order of the batch with the same key or cart, if there is one.
class Leaders {
 public:
  explicit Leaders(const std::vector<orders::NewOrder>& batch) : batch_(batch) {}

  std::optional<std::size_t> leader_of(std::size_t i) {
    const orders::NewOrder& order = batch_[i];
    const auto [by_key, is_new_key] = by_key_.emplace(order.idempotency_key, i);
    if (!is_new_key) return by_key->second;
    if (!order.cart_id) return std::nullopt;
    const auto [by_cart, is_new_cart] = by_cart_.emplace(*order.cart_id, i);
    return is_new_cart ? std::nullopt : std::optional(by_cart->second);
  }

 private:
  const std::vector<orders::NewOrder>& batch_;
  std::unordered_map<std::string_view, std::size_t> by_key_;
  std::unordered_map<Uuid, std::size_t> by_cart_;
};

static inventory::HolderDemand demand_of(const orders::NewOrder& order) {
  inventory::HolderDemand demand{.holder_id = inventory::HolderId(order.id.value()), .demands = {}};
  for (const orders::OrderLine& line : order.lines)
    demand.demands.push_back({line.variant_id, line.quantity});
  return demand;
}

promotions::UseDemand use_demand_of(const orders::NewOrder& order) {
  promotions::UseDemand demand{.holder_id = promotions::HolderId(order.id.value()),
                               .customer = promotions::customer_of(order.contact.email),
                               .coupons = {}};
  for (const orders::OrderDiscount& discount : order.discounts)
    demand.coupons.emplace_back(discount.coupon_id);
  return demand;
}

// Serves one order after the other. A coupon is taken only with the units it is for, and an origin
// holds only what is placed.
static void decide_what_is_taken(const std::vector<orders::NewOrder>& batch,
                                 std::vector<IntakeDecision>& decisions,
                                 std::vector<inventory::StockLevel> levels, HoldDesk holds,
                                 const promotions::LockedCoupons& coupons) {
  inventory::StockDesk stock(std::move(levels));
  promotions::CouponDesk desk(coupons, promotions::EndedCoupon::refused);
  for (std::size_t i = 0; i < batch.size(); ++i) {
    IntakeDecision& decision = decisions[i];
    if (decision.kind != IntakeDecision::Kind::place) continue;
    if (!holds.has_room_for(batch[i])) {
      decision.kind = IntakeDecision::Kind::too_many_holds;
      continue;
    }
    const auto uses = use_demand_of(batch[i]);
    if (const auto refused = desk.refusal_of(uses)) {
      decision.kind = IntakeDecision::Kind::coupon_refused;
      decision.coupon = *refused;
      continue;
    }
    auto commitments = stock.serve(demand_of(batch[i]));
    if (commitments) {
      desk.take(uses);
      holds.take(batch[i]);
      decision.commitments = std::move(*commitments);
    } else {
      decision.kind = IntakeDecision::Kind::short_of_stock;
      decision.shortage = commitments.error();
    }
  }
}

std::vector<IntakeDecision> decide_batch(const std::vector<orders::NewOrder>& batch,
                                         const std::vector<orders::ExistingOrder>& existing,
                                         std::vector<inventory::StockLevel> levels, HoldDesk holds,
                                         const promotions::LockedCoupons& coupons,
                                         const std::unordered_set<Uuid>& changed_carts) {
  using Kind = IntakeDecision::Kind;
  const ExistingIndex index(existing);
  Leaders leaders(batch);
  std::vector<IntakeDecision> decisions;
  decisions.reserve(batch.size());
  for (std::size_t i = 0; i < batch.size(); ++i) {
    decisions.push_back(decide_against_existing(batch[i], existing, index));
    const bool is_changed = batch[i].cart_id && changed_carts.contains(*batch[i].cart_id);
    if (decisions[i].kind == Kind::place && is_changed) decisions[i].kind = Kind::cart_changed;
    const auto leader = leaders.leader_of(i);
    if (decisions[i].kind == Kind::place && leader) {
      decisions[i].kind = Kind::repeat_of_other;
      decisions[i].index = *leader;
    }
  }
  decide_what_is_taken(batch, decisions, std::move(levels), std::move(holds), coupons);
  return decisions;
}

}  // namespace osier::checkout
