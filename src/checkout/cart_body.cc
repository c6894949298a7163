#include "checkout/cart_body.h"

#include <algorithm>

namespace osier::checkout {

static std::string upper_case(std::string text) {
  for (char& c : text) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - ('a' - 'A'));
  }
  return text;
}

static std::string trimmed(std::string text) {
  const auto first = text.find_first_not_of(' ');
  if (first == std::string::npos) return {};
  return text.substr(first, text.find_last_not_of(' ') - first + 1);
}

static std::string read_text(json::Reader& reader, std::string_view name, std::size_t length_max) {
  return trimmed(reader.string(name, {.length_max = length_max}).value_or(""));
}

static std::string read_country(json::Reader& reader) {
  const auto text = reader.string("country_code", {.length_max = 2});
  if (!text || text->empty()) return {};
  const std::string country = upper_case(*text);
  const bool has_letters =
      std::ranges::all_of(country, [](char c) { return c >= 'A' && c <= 'Z'; });
  if (country.size() == 2 && has_letters) return country;
  reader.fail("country_code", "must be two letters (ISO 3166-1)");
  return {};
}

// "ca" and "us-ca" mean the same. Where a country's provinces are known, only these are provinces.
static std::string read_province(json::Reader& reader, const std::string& country,
                                 const catalog::Market& market) {
  std::string province = read_text(reader, "province", 100);
  const std::string code = upper_case(province);
  const std::string prefix = country + "-";
  const std::string short_code = code.starts_with(prefix) ? code.substr(prefix.size()) : code;
  bool is_known_country = false;
  for (const catalog::Province& known : market.provinces) {
    if (known.country != country) continue;
    is_known_country = true;
    if (known.code == short_code || upper_case(known.name) == code) return known.code;
  }
  if (is_known_country && !province.empty())
    reader.fail("province", "is not a province of that country");
  return province;
}

static orders::Address read_address(json::Reader reader, const catalog::Market& market) {
  orders::Address address;
  const std::string first = read_text(reader, "first_name", 100);
  const std::string last = read_text(reader, "last_name", 100);
  address.name = trimmed(first + " " + last);
  address.company = read_text(reader, "company", 100);
  address.line1 = read_text(reader, "address_1", 200);
  address.line2 = read_text(reader, "address_2", 200);
  address.postal_code = read_text(reader, "postal_code", 20);
  address.city = read_text(reader, "city", 100);
  address.phone = read_text(reader, "phone", 50);
  address.country = read_country(reader);
  address.province = read_province(reader, address.country, market);
  return address;
}

// Reads one address into `into`; true if the body says anything of it.
static bool take_address(json::Reader& reader, std::string_view name, const catalog::Market& market,
                         orders::Address& into) {
  if (reader.is_null(name)) {
    into = {};
    return true;
  }
  const auto address = reader.object(name);
  if (!address) return false;
  into = read_address(*address, market);
  return true;
}

std::optional<orders::Contact> read_contact(json::Reader& reader, orders::Contact contact,
                                            const catalog::Market& market) {
  bool is_said = false;
  if (reader.is_null("email")) {
    contact.email.clear();
    is_said = true;
  } else if (const auto email = reader.string("email", {.length_max = 254})) {
    contact.email = trimmed(*email);
    is_said = true;
    if (!contact.email.empty() && !is_email(contact.email))
      reader.fail("email", "must be an e-mail address");
  }
  is_said |= take_address(reader, "shipping_address", market, contact.shipping);
  is_said |= take_address(reader, "billing_address", market, contact.billing);
  if (!contact.shipping.country.empty() && !market.has_country(contact.shipping.country)) {
    reader.fail("shipping_address.country_code", "must be a country of the cart's region");
  }
  if (!contact.shipping.phone.empty()) contact.phone = contact.shipping.phone;
  if (!is_said) return std::nullopt;
  return contact;
}

std::optional<NewLine> read_line(json::Reader& reader) {
  const auto variant = reader.string("variant_id", {.required = true, .length_min = 1});
  const auto quantity =
      reader.integer("quantity", {.required = true, .min = 1, .max = quantity_per_line_max});
  if (!variant || !quantity) return std::nullopt;
  const auto id = web::parse_public_id("variant", *variant);
  if (!id) {
    reader.fail("variant_id", "names no variant");
    return std::nullopt;
  }
  return NewLine{.variant_id = catalog::VariantId(*id),
                 .quantity = static_cast<std::int32_t>(*quantity)};
}

}  // namespace osier::checkout
