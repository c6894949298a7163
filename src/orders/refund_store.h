// The SQL statements of refunds and of staff's commands. Internal to orders.

#pragma once

#include <optional>
#include <string>
#include <vector>

#include "orders/refund.h"
#include "orders/refunding.h"
#include "platform/postgres/database.h"

namespace osier::orders {

// What the rule needs of a locked order; sources and unsent units are added by the caller.
struct RefundableOrder {
  RefundFacts facts;
  std::vector<catalog::VariantId> variants;  // Of facts.lines, in their order.
  std::vector<std::string> skus;
};
Task<RefundableOrder> load_refundable(pg::Transaction& transaction, OrderId id);

// Adds what writes the records with their lines and payments.
struct NewRefund {
  OrderId order_id;
  OrderRefund refund;
};
void add_refund_records(pg::Batch& batch, const std::vector<NewRefund>& refunds);
// Takes the units out of their lines; an order with none left to send says so.
void add_canceled_units(pg::Batch& batch, OrderId id, const std::vector<OrderRefund::Line>& lines);

// Oldest first.
Task<std::vector<OrderRefund>> select_order_refunds(pg::Database& database, OrderId id);
Task<std::vector<OrderRefund>> select_order_refunds(pg::Transaction& transaction, OrderId id);

// --- Staff's commands.

struct StaffCommand {
  std::string key;
  OrderId order_id;
  std::string kind;     // refund · cancel · capture · refunded
  std::string content;  // All that it asks for; only a hash is kept.
  std::string actor;
};
enum class CommandSeen { first_time, again, as_another };
struct NotedCommand {
  CommandSeen seen = CommandSeen::first_time;
  std::optional<OrderRefundId> order_refund_id;  // Of the first time.
};
// Waits for a command with the same key that is being obeyed. The order has been locked.
Task<NotedCommand> note_command(pg::Transaction& transaction, StaffCommand command);
void add_command_result(pg::Batch& batch, const std::string& key, OrderRefundId id);

}  // namespace osier::orders
