// The rows of identity.customers. Internal to identity.
//
// Whatever takes a transaction or a batch counts when the caller commits. All throw pg::Error.

#pragma once

#include <optional>
#include <string>
#include <vector>

#include "identity/customer.h"
#include "platform/postgres/database.h"
#include "privacy/vault.h"

namespace osier::identity {

struct NewCustomer {
  CustomerId id;
  std::string email;  // A mailbox.
  std::string given_name;
  std::string family_name;
  std::string market_code;
  std::string locale;
  std::optional<std::string> password_hash;
  bool is_verified = false;
};

// What opens an account.
struct Credentials {
  CustomerId id;
  std::optional<std::string> password_hash;
  bool is_verified = false;
  std::int64_t version = 0;
};

class CustomerStore {
 public:
  // Outlives the store.
  explicit CustomerStore(const privacy::Vault& vault) : vault_(vault) {}

  // With the subject whose keys seal it.
  void add(pg::Batch& batch, const NewCustomer& customer, Instant now) const;

  // Nothing if there is none, it is closed, or its key is forgotten.
  Task<std::optional<Customer>> find(pg::Database& database, CustomerId id) const;
  Task<std::optional<Customer>> find(pg::Transaction& transaction, CustomerId id) const;

  // Of an address: the account that has proved it, else the newest that was registered with it.
  Task<std::optional<Credentials>> credentials_for(pg::Database& database,
                                                   pg::Bytes email_index) const;
  Task<std::optional<Credentials>> credentials_of(pg::Database& database, CustomerId id) const;
  // The same, and nobody changes them until the transaction ends.
  Task<std::optional<Credentials>> lock(pg::Transaction& transaction, CustomerId id) const;
  // The account that has proved the address.
  Task<std::optional<CustomerId>> verified(pg::Transaction& transaction,
                                           pg::Bytes email_index) const;
  // Until the transaction ends, nobody else proves that address.
  Task<void> lock_address(pg::Transaction& transaction, pg::Bytes email_index) const;

  // Void what was mailed before.
  void set_password(pg::Batch& batch, CustomerId id, const std::string& hash) const;
  void set_verified(pg::Batch& batch, CustomerId id, Instant now) const;
  Task<void> set_email(pg::Transaction& transaction, CustomerId id, std::string email) const;

  // The same password, hashed with today's parameters.
  Task<void> rehash(pg::Database& database, CustomerId id, std::string former,
                    std::string hash) const;
  // False if there is no such customer.
  Task<bool> set_profile(pg::Transaction& transaction, CustomerId id,
                         CustomerProfile profile) const;

  // Registrations that nobody has proved: of this address, but `keep`; or older than `before`, at
  // most 1,000. With them go their keys, sessions, second factors and identities at other issuers.
  // How many.
  Task<int> discard_unverified(pg::Transaction& transaction, pg::Bytes email_index,
                               std::optional<CustomerId> keep, Instant now) const;
  Task<int> discard_unverified(pg::Transaction& transaction, Instant before, Instant now) const;

  pg::Bytes index_of(std::string_view email) const { return vault_.email_index(email); }

 private:
  std::optional<Customer> customer_of(const pg::Row& row) const;
  Task<int> discard(pg::Transaction& transaction, pg::Rows rows, Instant now) const;

  const privacy::Vault& vault_;
};

}  // namespace osier::identity
