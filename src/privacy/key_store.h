// The rows of privacy.wrapping_keys and privacy.shop_keys. Internal to privacy.

#pragma once

#include <string>
#include <vector>

#include "platform/postgres/database.h"
#include "privacy/root_key.h"

namespace osier::privacy {

struct WrappingKeyRow {
  WrappingKeyPlace place;
  std::string state;  // next, current, replaced or closed: a retired one has nothing to read.
  WrappedByRoot wrapped;
};

struct ShopKeyRow {
  std::string name;  // "index" or "shop".
  pg::Bytes wrapped;
  Uuid wrapping_key;
};

struct StoredKeys {
  std::vector<WrappingKeyRow> wrapping;
  std::vector<ShopKeyRow> shop;
};

// Both as of one moment.
Task<StoredKeys> read_keys(pg::Database& database);

// The first keys of a database; nothing happens if another process was faster.
Task<void> insert_first_keys(pg::Database& database, WrappingKeyRow wrapping,
                             std::vector<ShopKeyRow> shop);

}  // namespace osier::privacy
