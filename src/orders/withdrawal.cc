#include "orders/withdrawal.h"

#include <algorithm>

#include "platform/json/value.h"
#include "platform/mail/mail.h"

namespace osier::orders {

namespace {

struct Field {
  std::string_view name;
  std::size_t characters_max;
  std::string_view missing;  // The text's key; empty: may be left out.
};

std::string without_space_around(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return {};
  return std::string(text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1));
}

std::size_t characters_of(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count_if(
      text, [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

std::string read_field(const http::Parameters& form, const Field& field,
                       std::map<std::string, std::string>& errors) {
  std::string text = without_space_around(form.get(field.name).value_or(""));
  // Lines of a longer text are one line in the mail.
  for (char& c : text) {
    if (c == '\r' || c == '\n' || c == '\t') c = ' ';
  }
  const std::string name(field.name);
  const bool is_odd = form.has_duplicate(field.name) || std::ranges::any_of(text, [](char c) {
                        return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
                      });
  if (is_odd) {
    errors[name] = "withdrawal.error_characters";
  } else if (characters_of(text) > field.characters_max) {
    errors[name] = "withdrawal.error_too_long";
  } else if (text.empty() && !field.missing.empty()) {
    errors[name] = field.missing;
  }
  return errors.contains(name) && text.size() > 4 * field.characters_max ? std::string() : text;
}

}  // namespace

WithdrawalForm read_withdrawal_form(const http::Parameters& form) {
  WithdrawalForm read;
  auto& errors = read.errors;
  read.declaration = {
      .name = read_field(form, {"name", 120, "withdrawal.error_name"}, errors),
      .order_number = read_field(form, {"order_number", 40, "withdrawal.error_number"}, errors),
      .email = read_field(form, {"email", 254, "withdrawal.error_email"}, errors),
      .goods = read_field(form, {"goods", 500, ""}, errors)};
  if (!errors.contains("email") && !mail::Address::named("", read.declaration.email))
    errors["email"] = "withdrawal.error_email";
  return read;
}

std::string write_declaration(const Declaration& declaration) {
  return json::to_text(json::Object{{"name", declaration.name},
                                    {"order_number", declaration.order_number},
                                    {"email", declaration.email},
                                    {"goods", declaration.goods}});
}

std::optional<Declaration> parse_declaration(const std::string& text) {
  const auto value = json::parse(text);
  if (!value || !value->is_object()) return std::nullopt;
  json::Reader reader(*value);
  const auto name = reader.string("name");
  const auto number = reader.string("order_number");
  const auto email = reader.string("email");
  const auto goods = reader.string("goods");
  if (!name || !number || !email || !goods) return std::nullopt;
  return Declaration{.name = *name, .order_number = *number, .email = *email, .goods = *goods};
}

}  // namespace osier::orders
