// Declarations of withdrawal, kept as they were sent: when a declaration has arrived is what
// counts, not whether it names an order that we find.

#pragma once

#include "orders/withdrawal.h"
#include "platform/base/strong.h"
#include "platform/base/time.h"
#include "platform/postgres/database.h"
#include "privacy/vault.h"

namespace osier::orders {

using WithdrawalId = Strong<struct WithdrawalTag, Uuid>;

struct Withdrawal {
  WithdrawalId id;
  std::string market_code;
  std::string locale;
  Declaration declaration;
  Instant received_at;
};

class Withdrawals {
 public:
  // All outlive it.
  Withdrawals(pg::Database& database, const privacy::Vault& vault, const Clock& clock)
      : database_(database), vault_(vault), clock_(clock) {}

  // Once per id: a repeat changes nothing and gets what was received first. Writes order.withdrawn
  // to the outbox. Throws pg::Error.
  Task<Withdrawal> receive(WithdrawalId id, std::string market_code, std::string locale,
                           Declaration declaration);
  // Throws pg::Error, and privacy::DoesNotOpen for a row that was changed.
  Task<std::optional<Withdrawal>> find(WithdrawalId id) const;

 private:
  pg::Database& database_;
  const privacy::Vault& vault_;
  const Clock& clock_;
};

}  // namespace osier::orders
