#include <gtest/gtest.h>

#include "checkout/new_order.h"
#include "checkout/order_intake.h"
#include "checkout/test/cutting_proxy.h"
#include "checkout/test/shop.h"

namespace osier::checkout {
namespace {

using test::in_shop;
using test::Shop;

Task<orders::NewOrder> order_of(Shop& shop, std::int32_t mugs) {
  const Cart cart = co_await shop.ready_cart(mugs);
  const OrderTerms terms{.provider = payments::Provider::manual,
                         .method = payments::PaymentMethod::transfer,
                         .stated_total = std::nullopt,
                         .idempotency_key = std::nullopt,
                         .available_providers = {payments::Provider::manual},
                         .access_token = shop.random.token(16),
                         .now = shop.clock.now(),
                         .hold = 30min};
  auto order = new_order(cart, shop.checkout.price(cart), terms);
  require(order.has_value(), "the test's order is made");
  co_return std::move(*order);
}

Task<std::vector<orders::NewOrder>> orders_of(Shop& shop, int count, std::int32_t mugs) {
  std::vector<orders::NewOrder> orders;
  for (int i = 0; i < count; ++i) orders.push_back(co_await order_of(shop, mugs));
  co_return orders;
}

std::size_t taken_in(const std::vector<IntakeReply>& replies) {
  std::size_t count = 0;
  for (const auto& reply : replies) count += std::holds_alternative<Taken>(reply) ? 1U : 0U;
  return count;
}

constexpr pg::Statement where_sql{"checkout_test.where", R"sql(
  SELECT split_part(current_setting('unix_socket_directories'), ',', 1), current_setting('port'), current_database(),
         current_user
)sql"};

Task<std::string> connection_of(Shop& shop) {
  const auto row = co_await shop.database.run_one(where_sql);
  co_return "host=" + row->get<std::string>(0) + " port=" + row->get<std::string>(1) +
      " dbname=" + row->get<std::string>(2) + " user=" + row->get<std::string>(3);
}

// --- The last units.

struct Tally {
  int placed = 0;
  int refused = 0;
};

Task<void> buy_one(Shop& shop, CartToken token, Tally& tally) {
  PlaceCommand command{.cart_token = std::move(token),
                       .provider = payments::Provider::manual,
                       .method = payments::PaymentMethod::transfer,
                       .stated_total = std::nullopt,
                       .idempotency_key = std::nullopt};
  const auto outcome = co_await shop.checkout.place(std::move(command));
  if (outcome) {
    ++tally.placed;
  } else {
    ++tally.refused;
    const bool is_clear = outcome.error().reason == PlaceRefusal::sold_out ||
                          outcome.error().reason == PlaceRefusal::changed;
    EXPECT_TRUE(is_clear);
    EXPECT_FALSE(outcome.error().notices.empty());
  }
}

Task<void> sell_the_last_five(Shop& shop) {
  co_await shop.set_stock("MUG", 5);
  std::vector<CartToken> carts;
  for (int i = 0; i < 200; ++i) {
    const Cart cart = co_await shop.ready_cart(1);
    carts.push_back(cart.token);
  }
  Tally tally;
  std::vector<Task<void>> buyers;
  for (const CartToken& cart : carts) buyers.push_back(buy_one(shop, cart, tally));
  co_await when_all(std::move(buyers));
  EXPECT_EQ(tally.placed, 5);
  EXPECT_EQ(tally.refused, 195);
  EXPECT_EQ(co_await shop.count("orders.orders"), 5);
}
TEST(OrderIntake, SellsTheLastFiveUnitsFiveTimes) { in_shop(sell_the_last_five); }

Task<void> buy_one_cart_many_times(Shop& shop) {
  const Cart cart = co_await shop.ready_cart(1);
  Tally tally;
  std::vector<Task<void>> clicks;
  for (int i = 0; i < 50; ++i) clicks.push_back(buy_one(shop, cart.token, tally));
  co_await when_all(std::move(clicks));
  EXPECT_EQ(tally.placed, 50);
  EXPECT_EQ(co_await shop.count("orders.orders"), 1);
}
TEST(OrderIntake, PlacesOneOrderForFiftyClicks) { in_shop(buy_one_cart_many_times); }

// --- Two processes: two intakes on one database.

Task<void> take_through(OrderIntake& intake, std::vector<orders::NewOrder> orders,
                        std::size_t& taken) {
  const auto replies = co_await intake.take_all(std::move(orders));
  taken += taken_in(replies);
}

Task<void> race_of_processes(Shop& shop) {
  co_await shop.set_stock("MUG", 60);
  OrderIntake other(shop.database, shop.inventory, shop.promotions, shop.orders, shop.random,
                    Loop::current());
  OrderIntake third(shop.database, shop.inventory, shop.promotions, shop.orders, shop.random,
                    Loop::current());
  std::size_t taken = 0;
  std::vector<Task<void>> batches;
  const auto same = co_await orders_of(shop, 20, 1);
  for (OrderIntake* intake : {&other, &third}) {
    batches.push_back(take_through(*intake, same, taken));
    batches.push_back(take_through(*intake, co_await orders_of(shop, 30, 1), taken));
  }
  co_await when_all(std::move(batches));
  EXPECT_EQ(co_await shop.count("orders.orders"), 60);
  EXPECT_EQ(taken, 80U) << "the shared twenty are answered to both, once as repeats";
}
TEST(OrderIntake, IsSafeBesideAnotherProcess) { in_shop(race_of_processes); }

// --- One bad order.

Task<void> place_beside_a_bad_one(Shop& shop) {
  OrderIntake intake(shop.database, shop.inventory, shop.promotions, shop.orders, shop.random,
                     Loop::current());
  auto orders = co_await orders_of(shop, 7, 1);
  orders[3].region = "moon";  // The schema knows no such region.
  const auto replies = co_await intake.take_all(std::move(orders));
  EXPECT_EQ(taken_in(replies), 6U);
  EXPECT_TRUE(std::holds_alternative<std::exception_ptr>(replies[3]));
  EXPECT_EQ(co_await shop.count("orders.orders"), 6);
}
TEST(OrderIntake, LetsOneBadOrderFailAlone) { in_shop(place_beside_a_bad_one); }

// --- Somebody holds the stock's lock for long.

constexpr pg::Statement lock_all_sql{"checkout_test.lock_all", R"sql(
  SELECT variant_id FROM inventory.stock_levels FOR UPDATE
)sql"};

constexpr pg::Statement count_tries_sql{"checkout_test.count_tries", R"sql(
  CREATE SEQUENCE orders.tries
)sql"};
constexpr pg::Statement be_slow_sql{"checkout_test.be_slow", R"sql(
  CREATE FUNCTION orders.be_slow() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    PERFORM nextval('orders.tries');
    RAISE EXCEPTION 'canceling statement due to statement timeout' USING ERRCODE = 'query_canceled';
  END $$
)sql"};
constexpr pg::Statement slow_inserts_sql{"checkout_test.slow_inserts", R"sql(
  CREATE TRIGGER be_slow BEFORE INSERT ON orders.orders FOR EACH STATEMENT EXECUTE FUNCTION orders.be_slow()
)sql"};
constexpr pg::Statement tries_sql{"checkout_test.tries", "SELECT nextval('orders.tries') - 1"};

Task<void> run_out_of_time(Shop& shop) {
  co_await shop.database.run(count_tries_sql);
  co_await shop.database.run(be_slow_sql);
  co_await shop.database.run(slow_inserts_sql);
  OrderIntake intake(shop.database, shop.inventory, shop.promotions, shop.orders, shop.random,
                     Loop::current());
  auto orders = co_await orders_of(shop, 8, 1);
  const auto replies = co_await intake.take_all(std::move(orders));
  EXPECT_EQ(replies.size(), 8U);
  for (const auto& reply : replies) {
    const auto* error = std::get_if<std::exception_ptr>(&reply);
    EXPECT_NE(error, nullptr);
    if (error != nullptr) EXPECT_THROW(std::rethrow_exception(*error), pg::Unavailable);
  }
  const auto tries = co_await shop.database.run_one(tries_sql);
  EXPECT_EQ(tries->get<std::int64_t>(0), 1) << "a batch that timed out was split";
}
TEST(OrderIntake, DoesNotSplitABatchThatRanOutOfTime) { in_shop(run_out_of_time); }

Task<void> meet_a_lock(Shop& shop) {
  pg::DatabaseOptions options{.connection = co_await connection_of(shop)};
  options.acquire_timeout = 2s;
  options.lock_timeout = 50ms;
  pg::Database hasty(options, {&Loop::current()});
  OrderIntake intake(hasty, shop.inventory, shop.promotions, shop.orders, shop.random,
                     Loop::current());
  auto orders = co_await orders_of(shop, 8, 1);
  {
    auto hog = co_await shop.database.begin();
    co_await hog.run(lock_all_sql);
    const auto replies = co_await intake.take_all(orders);
    EXPECT_EQ(taken_in(replies), 0U);
    for (const auto& reply : replies) {
      EXPECT_THROW(std::rethrow_exception(std::get<std::exception_ptr>(reply)), pg::Unavailable);
    }
  }
  co_await sleep_for(200ms);  // The roll-back of the other.
  const auto replies = co_await intake.take_all(std::move(orders));
  EXPECT_EQ(taken_in(replies), 8U);
  hasty.close();
}
TEST(OrderIntake, GivesUpSoonOnAStockThatStaysLocked) { in_shop(meet_a_lock); }

// --- A connection lost at commit, before and after PostgreSQL has committed.

constexpr pg::Statement arm_sql{"checkout_test.arm", R"sql(
  INSERT INTO checkout_test.fuse VALUES ($1)
)sql"};
constexpr pg::Statement fuse_table_sql{"checkout_test.fuse_table", R"sql(
  CREATE SCHEMA checkout_test
)sql"};
constexpr pg::Statement fuse_sql{"checkout_test.fuse", R"sql(
  CREATE TABLE checkout_test.fuse (left_over integer NOT NULL)
)sql"};
constexpr pg::Statement sequence_sql{"checkout_test.sequence", R"sql(
  CREATE SEQUENCE checkout_test.commits
)sql"};
// At commit, the first `fuse` transactions kill their own connection; the sequence outlives the
// rollback.
constexpr pg::Statement function_sql{"checkout_test.function", R"sql(
  CREATE FUNCTION checkout_test.kill() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    IF nextval('checkout_test.commits') <= (SELECT max(left_over) FROM checkout_test.fuse) THEN
      PERFORM pg_terminate_backend(pg_backend_pid());
    END IF;
    RETURN NULL;
  END $$
)sql"};
constexpr pg::Statement trigger_sql{"checkout_test.trigger", R"sql(
  CREATE CONSTRAINT TRIGGER kill_at_commit AFTER INSERT ON orders.orders DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION checkout_test.kill()
)sql"};

Task<void> arm(Shop& shop, int kills) {
  for (const auto* statement :
       {&fuse_table_sql, &fuse_sql, &sequence_sql, &function_sql, &trigger_sql}) {
    co_await shop.database.run(*statement);
  }
  co_await shop.database.run(arm_sql, kills);
}

Task<void> lose_the_connection_at_commit(Shop& shop) {
  co_await arm(shop, 2);
  OrderIntake intake(shop.database, shop.inventory, shop.promotions, shop.orders, shop.random,
                     Loop::current());
  auto orders = co_await orders_of(shop, 5, 1);
  const auto replies = co_await intake.take_all(std::move(orders));
  EXPECT_EQ(taken_in(replies), 5U);
  for (const auto& reply : replies) EXPECT_FALSE(std::get<Taken>(reply).is_repeat);
  EXPECT_EQ(co_await shop.count("orders.orders"), 5);
}
TEST(OrderIntake, LosesNothingWhenTheConnectionDiesBeforeTheCommit) {
  in_shop(lose_the_connection_at_commit);
}

// Nobody told us, but it was committed: the batch is sent again as it was.
Task<void> send_again(Shop& shop) {
  OrderIntake intake(shop.database, shop.inventory, shop.promotions, shop.orders, shop.random,
                     Loop::current());
  const auto orders = co_await orders_of(shop, 5, 1);
  const auto first = co_await intake.take_all(orders);
  const auto second = co_await intake.take_all(orders);
  EXPECT_EQ(taken_in(second), 5U);
  for (std::size_t i = 0; i < 5; ++i) {
    EXPECT_EQ(std::get<Taken>(first[i]).number, std::get<Taken>(second[i]).number);
    EXPECT_FALSE(std::get<Taken>(second[i]).is_repeat) << "it is ours";
  }
  EXPECT_EQ(co_await shop.count("orders.orders"), 5);
  EXPECT_EQ(co_await shop.count("inventory.stock_movements WHERE kind = 'committed'"), 5);
}
TEST(OrderIntake, WritesNothingTwiceWhenABatchIsSentAgain) { in_shop(send_again); }

// PostgreSQL has committed, and the answer is lost: twice in a row.
Task<void> place_through(Shop& shop, pg::Database& unsafe, test::CuttingProxy& proxy) {
  orders::Orders orders(unsafe, shop.inventory, shop.payments, shop.clock, Loop::current(),
                        &shop.coupon_holds);
  OrderIntake intake(unsafe, shop.inventory, shop.promotions, orders, shop.random, Loop::current());
  for (int round = 1; round <= 2; ++round) {
    auto batch = co_await orders_of(shop, 3, 1);
    proxy.cut(1);
    const auto replies = co_await intake.take_all(std::move(batch));
    EXPECT_EQ(proxy.cuts_left(), 0);
    EXPECT_EQ(taken_in(replies), 3U);
    for (const auto& reply : replies) {
      const auto* taken = std::get_if<Taken>(&reply);
      EXPECT_TRUE(taken != nullptr && !taken->is_repeat && taken->number > 0);
    }
    EXPECT_EQ(co_await shop.count("orders.orders"), 3 * round);
    EXPECT_EQ(co_await shop.count("inventory.stock_movements WHERE kind = 'committed'"), 3 * round);
  }
}

Task<void> lose_the_answer_to_commit(Shop& shop) {
  test::CuttingProxy proxy(co_await connection_of(shop));
  pg::DatabaseOptions options{.connection = proxy.connection()};
  options.acquire_timeout = 2s;
  pg::Database unsafe(options, {&Loop::current()});
  co_await place_through(shop, unsafe, proxy);
  unsafe.close();
}
TEST(OrderIntake, PlacesOnceWhenTheAnswerToTheCommitIsLost) { in_shop(lose_the_answer_to_commit); }

Task<void> order_again_after_the_end(Shop& shop) {
  const Cart cart = co_await shop.ready_cart(1);
  PlaceCommand command{.cart_token = cart.token,
                       .provider = payments::Provider::stripe,
                       .method = payments::PaymentMethod::client_intent,
                       .stated_total = std::nullopt,
                       .idempotency_key = "again"};
  const auto first = co_await shop.checkout.place(command);
  (void)co_await shop.orders.release(first->order_id, orders::Orders::ReleaseReason::expired,
                                     "test");
  const auto second = co_await shop.checkout.place(command);
  EXPECT_TRUE(second);
  EXPECT_NE(second->order_id, first->order_id);
  (void)co_await shop.orders.release(second->order_id, orders::Orders::ReleaseReason::expired,
                                     "test");
  const auto third = co_await shop.checkout.place(command);
  EXPECT_TRUE(third);
  EXPECT_EQ(co_await shop.count("orders.orders"), 3);
}
TEST(OrderIntake, TakesAnOrderAgainWhenTheKeysOwnHasEnded) { in_shop(order_again_after_the_end); }

}  // namespace
}  // namespace osier::checkout
