// A customer's addresses: sealed, up to 20 of them, of which one may be the
// usual one for deliveries and one for invoices.
//
// Another customer's address is not there (hardening 56). All throw pg::Error.

#pragma once

#include <optional>
#include <string>
#include <vector>

#include "identity/account.h"
#include "platform/base/result.h"
#include "platform/postgres/database.h"
#include "privacy/vault.h"

namespace osier::identity {

using AddressId = Strong<struct AddressTag, Uuid>;

struct Address {
  std::string given_name;
  std::string family_name;
  std::string company;
  std::string line1;
  std::string line2;
  std::string postal_code;
  std::string city;
  std::string province;  // ISO 3166-2 subdivision without the country ("CA").
  std::string country;   // ISO 3166-1 alpha-2, upper case.
  std::string phone;
  std::string label;  // What the customer calls it.
  bool is_default_shipping = false;
  bool is_default_billing = false;

  std::string name() const;
  friend bool operator==(const Address &, const Address &) = default;
};

struct KnownAddress {
  AddressId id;
  Address address;
  Instant created_at;
  Instant updated_at;
};

enum class AddressRefusal { too_many, signed_out };

class AddressBook {
 public:
  static constexpr std::size_t addresses_max = 20;

  // All outlive it.
  AddressBook(pg::Database &database, const privacy::Vault &vault, const Clock &clock)
      : database_(database), vault_(vault), clock_(clock) {}

  // The usual ones first, then as they were added.
  Task<std::vector<KnownAddress>> of(CustomerId customer) const;
  Task<std::optional<KnownAddress>> find(CustomerId customer, AddressId id) const;

  // The first one becomes the usual one. A default that is given takes it from
  // another.
  Task<Result<AddressId, AddressRefusal>> add(CustomerId customer, Address address);
  // False if it is not there.
  Task<bool> change(CustomerId customer, AddressId id, Address address);
  Task<bool> remove(CustomerId customer, AddressId id);

 private:
  std::optional<KnownAddress> address_of(const pg::Row &row) const;
  Task<pg::Bytes> sealed(pg::Transaction &transaction, CustomerId customer, AddressId id,
                         Address address) const;
  Task<std::optional<std::int64_t>> lock(pg::Transaction &transaction, CustomerId customer) const;

  pg::Database &database_;
  const privacy::Vault &vault_;
  const Clock &clock_;
};

}  // namespace osier::identity
