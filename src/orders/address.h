// Where goods and letters go, and who is written to. Personal data: kept in order_contacts and
// cart_contacts alone.

#pragma once

#include <string>

namespace osier::orders {

struct Address {
  std::string name;  // Full name, one field.
  std::string company;
  std::string line1;
  std::string line2;
  std::string postal_code;
  std::string city;
  std::string
      province;  // ISO 3166-2 subdivision without the country ("CA"), where the country has them.
  std::string country;  // ISO 3166-1 alpha-2, upper case.
  std::string phone;

  friend bool operator==(const Address&, const Address&) = default;
};

struct Contact {
  std::string email;
  std::string phone;
  Address shipping;
  Address billing;

  friend bool operator==(const Contact&, const Contact&) = default;
};

// A JSON object of the non-empty fields; the other way round a missing field is empty.
std::string to_json(const Address& address);
Address address_from_json(const std::string& text);

}  // namespace osier::orders
