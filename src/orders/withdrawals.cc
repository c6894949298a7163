#include "orders/withdrawals.h"

#include "platform/base/require.h"
#include "platform/jobs/outbox.h"

namespace osier::orders {

namespace {

std::string place_of_declaration(WithdrawalId id) {
  return "orders.withdrawals|declaration|" + id.value().to_string();
}

pg::Bytes bytes_from(const std::string& text) { return {text.begin(), text.end()}; }

}  // namespace

static constexpr pg::Statement insert_withdrawal_sql{"orders.insert_withdrawal", R"sql(
  INSERT INTO orders.withdrawals (id, market_code, locale, declaration)
  VALUES ($1, $2, $3, $4)
  ON CONFLICT (id) DO NOTHING
)sql"};

static constexpr pg::Statement select_withdrawal_sql{"orders.select_withdrawal", R"sql(
  SELECT market_code, locale, declaration, received_at FROM orders.withdrawals WHERE id = $1
)sql"};

Task<Withdrawal> Withdrawals::receive(WithdrawalId id, std::string market_code, std::string locale,
                                      Declaration declaration) {
  const auto sealed =
      bytes_from(vault_.seal_for_shop(place_of_declaration(id), write_declaration(declaration)));
  auto transaction = co_await database_.begin();
  const auto rows =
      co_await transaction.run(insert_withdrawal_sql, id, market_code, locale, sealed);
  if (rows.affected() > 0) {
    pg::Batch batch;
    jobs::add_events(batch, {{.id = Uuid::v7(clock_.now()),
                              .topic = "order.withdrawn",
                              .aggregate_id = id.value(),
                              .payload = "{}"}});
    co_await transaction.run_all(std::move(batch));
  }
  co_await transaction.commit();
  auto received = co_await find(id);
  require(received.has_value(), "a declaration that was received is there");
  co_return *std::move(received);
}

Task<std::optional<Withdrawal>> Withdrawals::find(WithdrawalId id) const {
  const auto row = co_await database_.run_one(select_withdrawal_sql, id);
  if (!row) co_return std::nullopt;
  const auto sealed = row->get<pg::Bytes>("declaration");
  const std::string text = vault_.open_for_shop(
      place_of_declaration(id), {reinterpret_cast<const char*>(sealed.data()), sealed.size()});
  auto declaration = parse_declaration(text);
  require(declaration.has_value(), "what was sealed is a declaration");
  co_return Withdrawal{.id = id,
                       .market_code = row->get<std::string>("market_code"),
                       .locale = row->get<std::string>("locale"),
                       .declaration = *std::move(declaration),
                       .received_at = row->get<Instant>("received_at")};
}

}  // namespace osier::orders
