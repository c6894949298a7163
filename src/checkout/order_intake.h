// Placing orders in batches, so that buyers of one hot variant share one lock and one disk flush.
//
// Whatever arrives while a batch is being committed is the next batch. A batch is one transaction
// of two round trips: first the stock levels of all its variants and then all its coupons are
// locked in the order of their ids, and the orders that are there already and the carts that have
// changed are looked up; then,
// decided in memory in the order of arrival, all of it is written and committed.
//
// Never twice: a cart has one living order and a key has one order, by unique indexes; orders found
// under the locks are answered again. Never lost: order ids are made before, so if the connection
// is lost at commit, the batch is run again as it is; what did commit is found by its key and
// answered, what did not is written. The locks are taken before the look-up, so a first attempt
// that is still being committed is waited for and then seen.
//
// One order that PostgreSQL will not take fails alone: its batch is halved until it stands by
// itself.

#pragma once

#include <exception>
#include <memory>
#include <unordered_set>
#include <variant>
#include <vector>

#include "checkout/hold_rules.h"
#include "inventory/inventory.h"
#include "orders/orders.h"
#include "platform/base/random.h"
#include "platform/jobs/batcher.h"
#include "platform/postgres/database.h"
#include "promotions/promotions.h"

namespace osier::checkout {

struct Taken {
  orders::OrderId order_id;
  std::int64_t number = 0;
  std::string access_token;
  Money total;
  bool is_repeat = false;
};

// The cart has another order that lives, of another version of the cart.
struct CartHasOrder {
  orders::OrderId order_id;
};

// The cart is not as it was when the order was made from it.
struct CartChanged {};

// The order's address or e-mail holds too much unpaid stock already.
struct TooManyHolds {};

using IntakeReply = std::variant<Taken, inventory::Shortage, promotions::UseRefused, CartHasOrder,
                                 CartChanged, TooManyHolds, std::exception_ptr>;

// What becomes of one order of a batch.
struct IntakeDecision {
  enum class Kind {
    place,
    repeat_of_existing,
    repeat_of_other,
    short_of_stock,
    coupon_refused,
    cart_has_order,
    cart_changed,
    too_many_holds
  };
  Kind kind = Kind::place;
  std::size_t index = 0;       // Of the existing order, or of the other one in the batch.
  bool needs_new_key = false;  // The key's earlier order has ended: the shopper orders again.
  std::vector<inventory::Commitment> commitments = {};
  inventory::Shortage shortage = {};
  promotions::UseRefused coupon = {};
};

// The order's uses of coupons.
promotions::UseDemand use_demand_of(const orders::NewOrder& order);

// Decides the orders in the order in which they stand: pure. All units and all coupons of an order,
// or nothing. Of several with one cart or one key the first is decided and the others follow it.
// `holds` is what is held before the batch; `changed_carts` have another version by now.
std::vector<IntakeDecision> decide_batch(const std::vector<orders::NewOrder>& batch,
                                         const std::vector<orders::ExistingOrder>& existing,
                                         std::vector<inventory::StockLevel> levels,
                                         HoldDesk holds = {},
                                         const promotions::LockedCoupons& coupons = {},
                                         const std::unordered_set<Uuid>& changed_carts = {});

class OrderIntake {
 public:
  static constexpr std::size_t batch_max = 256;
  static constexpr std::size_t waiting_max = 4'096;
  static constexpr int tries_max = 4;  // Of a batch that met a deadlock, a lock or another process.
  static constexpr Duration unknown_outcome_limit =
      20s;  // How long an unknown outcome is looked up.

  // Work runs on `loop`. All outlive the intake.
  OrderIntake(pg::Database& database, inventory::Inventory& inventory,
              promotions::Promotions& promotions, orders::Orders& orders, Random& random,
              Loop& loop, HoldCaps caps = {});

  // Is told of the stages "queue" (each order), "lock", "decide" and "commit" (each batch; commit
  // holds the writing, which goes in the same trip). Before the first take().
  void watch_stages(jobs::StageWatch watch);

  // Places the order or says why not; on any loop. Throws pg::Unavailable (nothing was written),
  // pg::OutcomeUnknown (the database stayed away past the limit: ask again with the same key) and
  // jobs::Overloaded.
  Task<IntakeReply> take(orders::NewOrder order);

  // One batch at once; what take() does with whatever has arrived. For tests and benches.
  Task<std::vector<IntakeReply>> take_all(std::vector<orders::NewOrder> orders);

 private:
  using Orders = std::shared_ptr<const std::vector<orders::NewOrder>>;
  Task<std::vector<IntakeReply>> place_or_split(Orders batch);
  Task<std::vector<IntakeReply>> place_until_known(Orders batch);
  Task<std::vector<IntakeReply>> place_once(Orders batch);
  Task<void> pause(Duration about);

  pg::Database& database_;
  inventory::Inventory& inventory_;
  promotions::Promotions& promotions_;
  orders::Orders& orders_;
  Random& random_;
  const HoldCaps caps_;
  jobs::StageWatch watch_;
  jobs::Batcher<orders::NewOrder, IntakeReply> batcher_;
};

}  // namespace osier::checkout
