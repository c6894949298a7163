// The test cards that Stripe documents (https://docs.stripe.com/testing), by number and by token.

#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace osier::simulator {

struct Decline {
  std::string code;          // "card_declined", "expired_card" …
  std::string decline_code;  // "insufficient_funds" …; empty where Stripe gives none.
  std::string message;
};

struct TestCard {
  std::string number;
  std::string brand;    // "visa".
  std::string funding;  // "credit" or "debit".
  bool asks_3ds = false;
  std::optional<Decline> decline{};  // With 3-D Secure: after it succeeded.

  std::string last4() const { return number.substr(number.size() - 4); }
};

struct CardEntry {
  std::string number{};  // Digits only.
  int expiry_month = 0;
  int expiry_year = 0;  // Four digits.
  std::string cvc{};
};

// A card's behaviour by its number. One that is no test card is declined as Stripe does in test
// mode; a number with a wrong check digit is "incorrect_number".
TestCard card_by_number(std::string_view number);
// "pm_card_visa", "pm_card_chargeDeclined" …, also as "tok_…".
std::optional<TestCard> card_by_token(std::string_view token);
bool has_valid_check_digit(std::string_view number);

Decline authentication_failure();

}  // namespace osier::simulator
