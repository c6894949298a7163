#include "identity/address_book.h"

#include <array>

#include "platform/json/value.h"
#include "privacy/subjects.h"

namespace osier::identity {

std::string Address::name() const {
  if (given_name.empty() || family_name.empty()) return given_name + family_name;
  return given_name + " " + family_name;
}

namespace {

privacy::Place place_of(AddressId id) {
  return {.table = "identity.addresses", .column = "address", .row = id.value()};
}

struct TextField {
  std::string_view name;
  std::string Address::*member;
};
constexpr std::array text_fields{TextField{"given_name", &Address::given_name},
                                 TextField{"family_name", &Address::family_name},
                                 TextField{"company", &Address::company},
                                 TextField{"line1", &Address::line1},
                                 TextField{"line2", &Address::line2},
                                 TextField{"postal_code", &Address::postal_code},
                                 TextField{"city", &Address::city},
                                 TextField{"province", &Address::province},
                                 TextField{"country", &Address::country},
                                 TextField{"phone", &Address::phone},
                                 TextField{"label", &Address::label}};

std::string to_text(const Address &address) {
  json::Object object;
  for (const TextField &field : text_fields) {
    if (!(address.*field.member).empty()) object[field.name] = address.*field.member;
  }
  return json::to_text(object);
}

Address read(const std::string &text) {
  Address address;
  const auto value = json::parse(text);
  if (!value || !value->is_object()) return address;
  for (const TextField &field : text_fields) {
    if (const auto *found = value->as_object().if_contains(field.name); found && found->is_string())
      address.*field.member = std::string(found->as_string());
  }
  return address;
}

}  // namespace

std::optional<KnownAddress> AddressBook::address_of(const pg::Row &row) const {
  const auto keys = vault_.unwrap(privacy::read_wrapped_keys(row));
  const auto id = row.get<AddressId>("id");
  const auto text =
      vault_.open(keys, privacy::Purpose::profile, place_of(id), row.get<pg::Bytes>("address"));
  if (!text) return std::nullopt;
  KnownAddress known{.id = id,
                     .address = read(*text),
                     .created_at = row.get<Instant>("created_at"),
                     .updated_at = row.get<Instant>("updated_at")};
  known.address.is_default_shipping = row.get<bool>("is_default_shipping");
  known.address.is_default_billing = row.get<bool>("is_default_billing");
  return known;
}

static constexpr pg::Statement addresses_sql{"identity.addresses_of_customer",
                                             R"sql(
  SELECT id, address, is_default_shipping, is_default_billing, created_at, updated_at,
         subject, profile_key, invoice_key, wrapping_key
    FROM identity.addresses
    JOIN privacy.subject_keys ON subject = customer_id
   WHERE customer_id = $1
   ORDER BY is_default_shipping DESC, is_default_billing DESC, created_at, id
)sql"};

Task<std::vector<KnownAddress>> AddressBook::of(CustomerId customer) const {
  std::vector<KnownAddress> addresses;
  for (const pg::Row row : co_await database_.run(addresses_sql, customer)) {
    if (auto known = address_of(row)) addresses.push_back(*std::move(known));
  }
  co_return addresses;
}

static constexpr pg::Statement find_address_sql{"identity.find_address", R"sql(
  SELECT id, address, is_default_shipping, is_default_billing, created_at, updated_at,
         subject, profile_key, invoice_key, wrapping_key
    FROM identity.addresses
    JOIN privacy.subject_keys ON subject = customer_id
   WHERE id = $1 AND customer_id = $2
)sql"};

Task<std::optional<KnownAddress>> AddressBook::find(CustomerId customer, AddressId id) const {
  const auto row = co_await database_.run_one(find_address_sql, id, customer);
  if (!row) co_return std::nullopt;
  co_return address_of(*row);
}

// Whoever changes the book waits at the customer's row, so that there is one
// default and no 21st.
static constexpr pg::Statement lock_book_sql{"identity.lock_address_book",
                                             R"sql(
  SELECT id FROM identity.customers WHERE id = $1 AND closed_at IS NULL FOR NO KEY UPDATE
)sql"};

static constexpr pg::Statement count_addresses_sql{"identity.count_addresses",
                                                   R"sql(
  SELECT count(*) FROM identity.addresses WHERE customer_id = $1
)sql"};

Task<std::optional<std::int64_t>> AddressBook::lock(pg::Transaction &transaction,
                                                    CustomerId customer) const {
  if (!co_await transaction.run_one(lock_book_sql, customer)) co_return std::nullopt;
  co_return (co_await transaction.run_one(count_addresses_sql, customer))->get<std::int64_t>(0);
}

Task<pg::Bytes> AddressBook::sealed(pg::Transaction &transaction, CustomerId customer, AddressId id,
                                    Address address) const {
  const auto keys = co_await vault_.keys_of(transaction, privacy::SubjectId{customer.value()});
  co_return vault_.seal(keys, privacy::Purpose::profile, place_of(id), to_text(address));
}

static constexpr pg::Statement clear_defaults_sql{"identity.clear_default_addresses", R"sql(
  UPDATE identity.addresses
     SET is_default_shipping = is_default_shipping AND NOT $2,
         is_default_billing = is_default_billing AND NOT $3
   WHERE customer_id = $1 AND ((is_default_shipping AND $2) OR (is_default_billing AND $3))
)sql"};

static constexpr pg::Statement add_address_sql{"identity.add_address", R"sql(
  INSERT INTO identity.addresses (id, customer_id, address, is_default_shipping,
                                  is_default_billing, created_at, updated_at)
  VALUES ($1, $2, $3, $4, $5, $6, $6)
)sql"};

Task<Result<AddressId, AddressRefusal>> AddressBook::add(CustomerId customer, Address address) {
  const Instant now = clock_.now();
  const AddressId id{Uuid::v7(now)};
  auto transaction = co_await database_.begin();
  const auto count = co_await lock(transaction, customer);
  if (!count) co_return refuse(AddressRefusal::signed_out);
  if (*count >= static_cast<std::int64_t>(addresses_max))
    co_return refuse(AddressRefusal::too_many);
  if (*count == 0) address.is_default_shipping = address.is_default_billing = true;
  const auto bytes = co_await sealed(transaction, customer, id, address);
  pg::Batch batch;
  batch.add(clear_defaults_sql, customer, address.is_default_shipping, address.is_default_billing);
  batch.add(add_address_sql, id, customer, bytes, address.is_default_shipping,
            address.is_default_billing, now);
  co_await transaction.run_all_and_commit(std::move(batch));
  co_return id;
}

static constexpr pg::Statement change_address_sql{"identity.change_address",
                                                  R"sql(
  UPDATE identity.addresses
     SET address = $3, is_default_shipping = $4, is_default_billing = $5,
         updated_at = greatest($6, created_at)
   WHERE id = $1 AND customer_id = $2
)sql"};

Task<bool> AddressBook::change(CustomerId customer, AddressId id, Address address) {
  auto transaction = co_await database_.begin();
  if (!co_await lock(transaction, customer)) co_return false;
  const auto bytes = co_await sealed(transaction, customer, id, address);
  pg::Batch batch;
  batch.add(clear_defaults_sql, customer, address.is_default_shipping, address.is_default_billing);
  const auto position =
      batch.add(change_address_sql, id, customer, bytes, address.is_default_shipping,
                address.is_default_billing, clock_.now());
  const auto results = co_await transaction.run_all(std::move(batch));
  if (results[position].affected() == 0) co_return false;  // What was cleared is rolled back.
  co_await transaction.commit();
  co_return true;
}

static constexpr pg::Statement remove_address_sql{"identity.remove_address",
                                                  R"sql(
  DELETE FROM identity.addresses WHERE id = $1 AND customer_id = $2
)sql"};

Task<bool> AddressBook::remove(CustomerId customer, AddressId id) {
  auto transaction = co_await database_.begin();
  const auto rows = co_await transaction.run(remove_address_sql, id, customer);
  co_await transaction.commit();
  co_return rows.affected() > 0;
}

}  // namespace osier::identity
