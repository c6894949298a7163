#include "simulation/staff.h"

#include <fmt/format.h>

namespace osier::simulation {

namespace {

// Two people at one counter: now and then a command is given again, or its key to another one.
std::string some_key(World& world) {
  return fmt::format("staff-{}", world.stage.dice().below(200));
}

void note_answer(World& world, const std::string& what,
                 const Result<orders::OrderRefund, orders::StaffRefusal>& answer) {
  if (answer) {
    ++world.counts.staff_refunds;
    return world.stage.note(what + fmt::format(": {}", answer->amount.amount_minor()));
  }
  world.stage.note(what + fmt::format(" refused: {}", static_cast<int>(answer.error())));
}

orders::RefundRequest some_request(Dice& dice, const orders::Order& order) {
  orders::RefundRequest what;
  if (dice.below(4) == 0) what.units = orders::RefundedUnits::written_off;
  const auto kind = dice.below(4);
  if (kind == 0) {
    what.scope = orders::RefundRequest::Scope::everything;
    return what;
  }
  if (kind == 1) {
    what.amount = Money::minor(dice.between(1, 3'000), order.total.currency());
    what.units = orders::RefundedUnits::none;
    return what;
  }
  const auto& line = order.lines[dice.below(order.lines.size())];
  what.lines.push_back({.line_id = line.id, .quantity = dice.between(1, line.quantity)});
  what.with_shipping = kind == 3;
  return what;
}

}  // namespace

// What was counted, or what is there and what has come, while others buy (hardening 89).
Task<void> count_stock(World& world, ShopProcess& shop) {
  Dice& dice = world.stage.dice();
  const bool is_popular = dice.below(2) == 0;
  const Ware ware = is_popular ? dice.pick(world.popular) : dice.pick(world.fixture.wares);
  const auto place = dice.below(world.fixture.locations.size());
  std::int32_t on_hand = dice.between(0, 6);
  if (dice.below(3) != 0) {
    std::vector<inventory::VariantId> variants{ware.variant};
    const auto levels = co_await shop.inventory.load_levels(std::move(variants));
    for (const inventory::StockLevel& level : levels) {
      if (level.location_id == world.fixture.locations[place].id)
        on_hand = level.on_hand + dice.between(1, 3);
    }
  }
  inventory::Inventory::SetStock command{.sku = ware.sku,
                                         .location_code = world.fixture.locations[place].code,
                                         .on_hand = on_hand,
                                         .reason = "counted",
                                         .actor = {audit::ActorKind::staff, "staff"}};
  const auto set = co_await shop.inventory.set_on_hand(std::move(command), world.stage.now());
  world.stage.note(set ? "counted" : fmt::format("not counted: {}", static_cast<int>(set.error())));
}

static constexpr pg::Statement change_price_sql{"simulation.change_price", R"sql(
  UPDATE catalog.prices SET amount_minor = $2 WHERE variant_id = $1
)sql"};

Task<void> change_price(World& world, ShopProcess& shop) {
  Dice& dice = world.stage.dice();
  const auto variant = dice.pick(world.fixture.wares).variant;
  const std::int64_t amount = dice.below(20) == 0 ? 0 : dice.between(50, 4'000);
  co_await shop.database.run(change_price_sql, variant, amount);
}

static constexpr pg::Statement set_status_sql{"simulation.set_status", R"sql(
  UPDATE catalog.products SET status = $2
   WHERE id = (SELECT product_id FROM catalog.variants WHERE id = $1)
)sql"};

Task<void> publish_or_archive(World& world, ShopProcess& shop) {
  Dice& dice = world.stage.dice();
  const auto variant = dice.pick(world.fixture.wares).variant;
  const std::string status = dice.below(3) == 0 ? "archived" : "published";
  co_await shop.database.run(set_status_sql, variant, status);
}

// --- Orders

Task<void> refund_order(World& world, ShopProcess& shop, Bought bought) {
  Dice& dice = world.stage.dice();
  const auto order = co_await shop.orders.find(bought.order);
  require(order.has_value(), "an order that was acknowledged is there");
  orders::RefundCommand command{.order_id = bought.order,
                                .what = some_request(dice, *order),
                                .reason = "a chip in the glaze",
                                .actor = {audit::ActorKind::staff, "staff"},
                                .key = some_key(world)};
  const int times = dice.below(4) == 0 ? 2 : 1;
  for (int i = 0; i < times; ++i)
    note_answer(world, "staff refunds", co_await shop.orders.refund(command));
}

Task<void> cancel_placed_order(World& world, ShopProcess& shop, Bought bought) {
  const bool is_lost = world.stage.dice().below(4) == 0;
  orders::CancelCommand command{
      .order_id = bought.order,
      .units = is_lost ? orders::RefundedUnits::written_off : orders::RefundedUnits::restocked,
      .reason = "cannot be made",
      .actor = {audit::ActorKind::staff, "staff"},
      .key = some_key(world)};
  note_answer(world, "staff cancels", co_await shop.orders.cancel_placed(std::move(command)));
}

// The whole sum, or a wrong one; the bank's line may be read twice.
Task<void> note_transfer(World& world, ShopProcess& shop, Bought bought) {
  Dice& dice = world.stage.dice();
  const bool is_whole = dice.below(3) != 0;
  const auto amount = is_whole ? bought.total.amount_minor() : dice.between(1, 4'000);
  orders::CaptureCommand command{
      .order_id = bought.order,
      .amount = Money::minor(std::max<std::int64_t>(amount, 1), bought.total.currency()),
      .reference = fmt::format("bank-{}", dice.below(60)),
      .actor = {audit::ActorKind::staff, "staff"},
      .key = some_key(world)};
  const auto noted = co_await shop.orders.note_capture(std::move(command));
  world.stage.note(noted ? "a transfer is noted"
                         : fmt::format("no transfer: {}", static_cast<int>(noted.error())));
}

Task<void> end_coupon(World& world, ShopProcess& shop) {
  (void)co_await shop.promotions.end(world.stage.dice().pick(coupon_codes),
                                     {audit::ActorKind::staff, "staff"});
}

Task<void> send_back_by_hand(World& world, ShopProcess& shop, WaitingRefund refund) {
  orders::RefundedCommand command{.order_id = refund.order,
                                  .refund_id = refund.id,
                                  .reference = "bank-" + refund.id.value().to_hex(),
                                  .actor = {audit::ActorKind::staff, "staff"},
                                  .key = "by-hand-" + refund.id.value().to_hex()};
  const auto noted = co_await shop.orders.note_refunded(std::move(command));
  world.stage.note(noted ? "sent back by hand"
                         : fmt::format("not sent back: {}", static_cast<int>(noted.error())));
  if (!noted) {
    // Somebody has decided about the same money again since.
    if (noted.error() != orders::StaffRefusal::more_than_paid)
      world.stage.fail("money that failed to go back cannot be sent by hand");
    co_return;
  }
  Attempt* attempt = world.account.find(refund.payment);
  if (attempt != nullptr) attempt->returned_by_hand_minor += refund.amount_minor;
}

}  // namespace osier::simulation
