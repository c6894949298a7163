// The pages a shopper sees: the payment form, the 3-D Secure challenge and what is said when there
// is nothing to pay. Pure: objects in, HTML out. Without scripts; English and German.

#pragma once

#include <string>

#include "shapes.h"

namespace osier::simulator {

struct FormState {
  std::string email;
  std::string name;
  std::string error;        // A sentence, or empty.
  std::string wrong_field;  // The id of the input it is about, or empty.
};

std::string payment_page(const json::Object& session, const json::Array& items,
                         const FormState& form);
std::string challenge_page(const json::Object& intent, const std::string& locale);
enum class Notice { complete, expired, unknown, challenge_done };
std::string notice_page(Notice notice, const std::string& locale, const std::string& link);

// "€89.00", in German "89,00 €".
std::string amount_text(std::int64_t minor, const std::string& currency, const std::string& locale);

// What a decline says in the page's language, by its code and decline code.
std::string decline_text(const json::Object& error, const std::string& locale);

}  // namespace osier::simulator
