// Withdrawing from a contract online (Directive 2011/83/EU, article 11a, in force since 19 June
// 2026): what somebody declares, read from a form. Pure.

#pragma once

#include <map>
#include <optional>
#include <string>

#include "platform/http/message.h"

namespace osier::orders {

// Name, contract and an address for the receipt are all that may be asked for. `goods`: which, if
// not all of them.
struct Declaration {
  std::string name;
  std::string order_number;  // As typed; what it names is for staff to say.
  std::string email;
  std::string goods;  // May be empty: everything.

  friend bool operator==(const Declaration&, const Declaration&) = default;
};

struct WithdrawalForm {
  Declaration declaration;
  // Field name → the key of the text that says what is wrong.
  std::map<std::string, std::string> errors;
};

// Text is trimmed. Name: 120 characters; number: 40; e-mail: one address; goods: 500 characters.
WithdrawalForm read_withdrawal_form(const http::Parameters& form);

// As it is kept and mailed: a JSON object. parse: nothing for what write did not make.
std::string write_declaration(const Declaration& declaration);
std::optional<Declaration> parse_declaration(const std::string& text);

}  // namespace osier::orders
