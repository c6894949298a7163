#include "checkout/order_intake.h"

#include <algorithm>
#include <array>
#include <chrono>

namespace osier::checkout {

OrderIntake::OrderIntake(pg::Database& database, inventory::Inventory& inventory,
                         promotions::Promotions& promotions, orders::Orders& orders, Random& random,
                         Loop& loop, HoldCaps caps)
    : database_(database),
      inventory_(inventory),
      promotions_(promotions),
      orders_(orders),
      random_(random),
      caps_(caps),
      batcher_(loop, batch_max, waiting_max,
               [this](std::vector<orders::NewOrder> batch) { return take_all(std::move(batch)); }) {
}

void OrderIntake::watch_stages(jobs::StageWatch watch) {
  watch_ = std::move(watch);
  batcher_.watch_queue(watch_);
}

Task<IntakeReply> OrderIntake::take(orders::NewOrder order) {
  auto reply = co_await batcher_.add(std::move(order));
  if (const auto* error = std::get_if<std::exception_ptr>(&reply)) std::rethrow_exception(*error);
  co_return reply;
}

Task<std::vector<IntakeReply>> OrderIntake::take_all(std::vector<orders::NewOrder> orders) {
  auto batch = std::make_shared<const std::vector<orders::NewOrder>>(std::move(orders));
  co_return co_await place_or_split(std::move(batch));
}

static std::vector<IntakeReply> fail_all(std::size_t count, std::exception_ptr error) {
  return std::vector<IntakeReply>(count, IntakeReply(std::move(error)));
}

// Answers every order. An error that is one order's own is found by halving the batch; nothing of a
// failed batch was written.
Task<std::vector<IntakeReply>> OrderIntake::place_or_split(Orders batch) {
  std::exception_ptr error;
  bool is_refused = false;
  try {
    co_return co_await place_until_known(batch);
  } catch (const pg::StatementFailed&) {
    error = std::current_exception();
    is_refused = true;
  } catch (...) {
    error = std::current_exception();
  }
  if (!is_refused || batch->size() == 1) co_return fail_all(batch->size(), error);

  const auto middle = batch->begin() + static_cast<std::ptrdiff_t>(batch->size() / 2);
  auto first = std::make_shared<const std::vector<orders::NewOrder>>(batch->begin(), middle);
  auto second = std::make_shared<const std::vector<orders::NewOrder>>(middle, batch->end());
  auto replies = co_await place_or_split(std::move(first));
  auto more = co_await place_or_split(std::move(second));
  std::ranges::move(more, std::back_inserter(replies));
  co_return replies;
}

Task<void> OrderIntake::pause(Duration about) {
  std::array<unsigned char, 1> jitter{};
  random_.fill(jitter);
  co_await sleep_for(about / 2 + about * jitter[0] / 255);
}

// Runs the batch again where that is safe and of use. After an unknown outcome the database's
// absence says nothing about the batch any more: it is asked until it answers.
Task<std::vector<IntakeReply>> OrderIntake::place_until_known(Orders batch) {
  std::exception_ptr unknown;
  std::chrono::steady_clock::time_point give_up;
  for (int tries = 1;; ++tries) {
    Duration wait = 5ms;
    try {
      co_return co_await place_once(batch);
    } catch (const pg::OutcomeUnknown&) {
      if (!unknown) give_up = std::chrono::steady_clock::now() + unknown_outcome_limit;
      unknown = std::current_exception();
      wait = 50ms;
    } catch (const pg::Unavailable&) {
      if (!unknown) throw;
      wait = 100ms;
    } catch (const pg::StatementFailed& failure) {
      // Too slow for one batch is too slow for its halves, one after the other.
      const bool is_timeout = failure.sqlstate() == "57014";
      if (!unknown && is_timeout) throw pg::Unavailable(failure.what());
      const bool is_worth_a_try =
          is_timeout || failure.is_retryable() || failure.is_unique_violation();
      if (!is_worth_a_try) throw;
      // Locked out for that long, smaller batches would only wait the longer.
      if (!unknown && tries >= tries_max && failure.is_retryable())
        throw pg::Unavailable(failure.what());
      if (!unknown && tries >= tries_max) throw;
    }
    if (unknown && std::chrono::steady_clock::now() > give_up) std::rethrow_exception(unknown);
    co_await pause(wait);
  }
}

static std::vector<inventory::VariantId> variants_of(const std::vector<orders::NewOrder>& batch) {
  std::vector<inventory::VariantId> variants;
  for (const auto& order : batch) {
    for (const auto& line : order.lines) variants.push_back(line.variant_id);
  }
  std::ranges::sort(variants);
  const auto rest = std::ranges::unique(variants);
  variants.erase(rest.begin(), rest.end());
  return variants;
}

static std::vector<promotions::UseDemand> use_demands_of(
    const std::vector<orders::NewOrder>& batch) {
  std::vector<promotions::UseDemand> demands;
  for (const auto& order : batch) {
    if (!order.discounts.empty()) demands.push_back(use_demand_of(order));
  }
  return demands;
}

// What the decisions write.
struct Writing {
  std::vector<orders::NewOrder> orders;
  std::vector<inventory::Commitment> commitments;
  std::vector<promotions::UseDemand> uses;
};

static Writing writing_of(const std::vector<orders::NewOrder>& batch,
                          std::vector<IntakeDecision>& decisions) {
  Writing writing;
  for (std::size_t i = 0; i < batch.size(); ++i) {
    if (decisions[i].kind != IntakeDecision::Kind::place) continue;
    orders::NewOrder& order = writing.orders.emplace_back(batch[i]);
    if (decisions[i].needs_new_key) order.idempotency_key += ":" + order.id.value().to_hex();
    std::ranges::move(decisions[i].commitments, std::back_inserter(writing.commitments));
    if (!order.discounts.empty()) writing.uses.push_back(use_demand_of(order));
  }
  return writing;
}

static IntakeReply reply_to(const orders::NewOrder& order, const IntakeDecision& decision,
                            const std::vector<orders::ExistingOrder>& existing,
                            const std::unordered_map<Uuid, std::int64_t>& numbers) {
  switch (decision.kind) {
    case IntakeDecision::Kind::place:
      return Taken{.order_id = order.id,
                   .number = numbers.at(order.id.value()),
                   .access_token = order.access_token,
                   .total = order.total};
    case IntakeDecision::Kind::repeat_of_existing: {
      const auto& found = existing[decision.index];
      return Taken{.order_id = found.id,
                   .number = found.number,
                   .access_token = found.access_token,
                   .total = found.total,
                   .is_repeat = found.id != order.id};
    }
    case IntakeDecision::Kind::short_of_stock:
      return decision.shortage;
    case IntakeDecision::Kind::coupon_refused:
      return decision.coupon;
    case IntakeDecision::Kind::cart_has_order:
      return CartHasOrder{existing[decision.index].id};
    case IntakeDecision::Kind::cart_changed:
      return CartChanged{};
    case IntakeDecision::Kind::too_many_holds:
      return TooManyHolds{};
    case IntakeDecision::Kind::repeat_of_other:
      break;
  }
  require(false, "who follows another is answered after it");
  return std::exception_ptr();
}

// What the follower of an order in the same batch is told.
static IntakeReply reply_after(const orders::NewOrder& follower, const orders::NewOrder& leader,
                               const IntakeReply& reply) {
  const bool is_same = follower.idempotency_key == leader.idempotency_key ||
                       follower.cart_version == leader.cart_version;
  if (!is_same)
    return CartHasOrder{leader.id};  // Whatever became of it: the caller looks at the cart again.
  const auto* taken = std::get_if<Taken>(&reply);
  if (taken == nullptr) return reply;
  Taken repeat = *taken;
  repeat.is_repeat = true;
  return repeat;
}

static constexpr pg::Statement find_changed_carts_sql{"checkout.find_changed_carts", R"sql(
  SELECT cart.id
    FROM unnest($1::uuid[], $2::integer[]) AS seen (id, version)
    JOIN checkout.carts cart ON cart.id = seen.id
   WHERE cart.version <> seen.version
      OR cart.status IN ('completed', 'merged', 'abandoned')
)sql"};

Task<std::vector<IntakeReply>> OrderIntake::place_once(Orders batch) {
  std::vector<Uuid> carts;
  std::vector<std::int32_t> versions;
  std::vector<std::string> keys;
  for (const auto& order : *batch) {
    keys.push_back(order.idempotency_key);
    if (!order.cart_id) continue;
    carts.push_back(*order.cart_id);
    versions.push_back(order.cart_version);
  }
  jobs::StageTimer timer(watch_);
  auto transaction = co_await database_.begin();
  pg::Batch load;
  const auto levels_at = inventory_.add_lock_levels(load, variants_of(*batch));
  const auto uses = use_demands_of(*batch);
  std::optional<std::size_t> coupons_at;
  if (!uses.empty()) coupons_at = promotions_.add_lock_coupons(load, uses);
  const auto existing_at = orders_.add_find_existing(load, carts, keys);
  const auto changed_at = load.add(find_changed_carts_sql, carts, versions);
  const bool is_counted = std::ranges::any_of(
      *batch, [](const orders::NewOrder& order) { return order.origin.has_value(); });
  const auto counts_at = is_counted ? orders_.add_count_holds(load, *batch) : 0;
  const auto loaded = co_await transaction.run_all(std::move(load));
  const auto levels = inventory::Inventory::levels_of(loaded[levels_at]);
  const auto existing = orders::Orders::existing_of(loaded[existing_at]);
  timer.ends("lock");

  HoldDesk holds;
  if (is_counted) holds = HoldDesk(orders::Orders::hold_counts_of(loaded[counts_at]), caps_);
  promotions::LockedCoupons coupons;
  if (coupons_at) coupons = promotions::Promotions::locked_of(loaded, *coupons_at);
  std::unordered_set<Uuid> changed;
  for (const pg::Row& row : loaded[changed_at]) changed.insert(row.get<Uuid>(0));
  auto decisions = decide_batch(*batch, existing, levels, std::move(holds), coupons, changed);
  const Writing writing = writing_of(*batch, decisions);
  std::unordered_map<Uuid, std::int64_t> numbers;
  if (!writing.orders.empty()) {
    pg::Batch write;
    inventory_.add_commit_units(write, levels, writing.commitments);
    promotions_.add_uses(write, writing.uses);
    const auto numbers_at = orders_.add_insert(write, writing.orders);
    timer.ends("decide");
    const auto written = co_await transaction.run_all_and_commit(std::move(write));
    timer.ends("commit");
    for (const auto& row : written[numbers_at])
      numbers.emplace(row.get<Uuid>(0), row.get<std::int64_t>(1));
  } else {
    co_await transaction.commit();
  }

  std::vector<IntakeReply> replies;
  replies.reserve(batch->size());
  for (std::size_t i = 0; i < batch->size(); ++i) {
    const IntakeDecision& decision = decisions[i];
    if (decision.kind == IntakeDecision::Kind::repeat_of_other) {
      auto reply = reply_after((*batch)[i], (*batch)[decision.index], replies[decision.index]);
      replies.push_back(std::move(reply));
    } else {
      replies.push_back(reply_to((*batch)[i], decision, existing, numbers));
    }
  }
  co_return replies;
}

}  // namespace osier::checkout
