#include "cards.h"

#include <algorithm>
#include <array>

namespace osier::simulator {

namespace {

Decline generic() { return {"card_declined", "generic_decline", "Your card was declined."}; }
Decline insufficient() {
  return {"card_declined", "insufficient_funds", "Your card has insufficient funds."};
}
Decline expired() { return {"expired_card", "expired_card", "Your card has expired."}; }
Decline incorrect_cvc() {
  return {"incorrect_cvc", "incorrect_cvc", "Your card's security code is incorrect."};
}
Decline processing() {
  return {"processing_error", "processing_error",
          "An error occurred while processing your card. Try again in a little bit."};
}
Decline because(std::string reason) {
  return {"card_declined", std::move(reason), "Your card was declined."};
}

struct Row {
  std::string_view token;  // Behind "pm_card_"; empty: by number only.
  TestCard card;
};

enum class Secure { no, yes };

Row row(std::string_view token, std::string number, std::optional<Decline> decline = {},
        Secure secure = Secure::no, std::string brand = "visa", std::string funding = "credit") {
  return {token, TestCard{.number = std::move(number),
                          .brand = std::move(brand),
                          .funding = std::move(funding),
                          .asks_3ds = secure == Secure::yes,
                          .decline = std::move(decline)}};
}

const auto& rows() {
  static const std::array all = {
      row("visa", "4242424242424242"),
      row("visa_debit", "4000056655665556", {}, Secure::no, "visa", "debit"),
      row("mastercard", "5555555555554444", {}, Secure::no, "mastercard"),
      row("mastercard_debit", "5200828282828210", {}, Secure::no, "mastercard", "debit"),
      row("amex", "378282246310005", {}, Secure::no, "amex"),
      row("discover", "6011111111111117", {}, Secure::no, "discover"),
      row("diners", "3056930009020004", {}, Secure::no, "diners"),
      row("jcb", "3566002020360505", {}, Secure::no, "jcb"),
      row("de", "4000002760000016"),
      row("gb", "4000008260000000"),
      row("us", "4242424242424242"),
      row("chargeDeclined", "4000000000000002", generic()),
      row("visa_chargeDeclined", "4000000000000002", generic()),
      row("chargeDeclinedInsufficientFunds", "4000000000009995", insufficient()),
      row("visa_chargeDeclinedInsufficientFunds", "4000000000009995", insufficient()),
      row("visa_chargeDeclinedLostCard", "4000000000009987", because("lost_card")),
      row("visa_chargeDeclinedStolenCard", "4000000000009979", because("stolen_card")),
      row("chargeDeclinedExpiredCard", "4000000000000069", expired()),
      row("chargeDeclinedIncorrectCvc", "4000000000000127", incorrect_cvc()),
      row("chargeDeclinedProcessingError", "4000000000000119", processing()),
      row("chargeCustomerFail", "4000000000000341", generic()),
      row("authenticationRequired", "4000002760003184", {}, Secure::yes),
      row("authenticationRequiredOnSetup", "4000002500003155", {}, Secure::yes),
      row("threeDSecure2Required", "4000000000003220", {}, Secure::yes),
      row("threeDSecureRequired", "4000000000003063", {}, Secure::yes),
      row("threeDSecureRequiredChargeDeclined", "4000008400001629", generic(), Secure::yes),
      row("authenticationRequiredChargeDeclinedInsufficientFunds", "4000008260003178",
          insufficient(), Secure::yes),
  };
  return all;
}

}  // namespace

bool has_valid_check_digit(std::string_view number) {
  if (number.size() < 12 || number.size() > 19) return false;
  int sum = 0;
  bool doubles = false;
  for (auto digit = number.rbegin(); digit != number.rend(); ++digit, doubles = !doubles) {
    if (*digit < '0' || *digit > '9') return false;
    const int value = (*digit - '0') * (doubles ? 2 : 1);
    sum += value > 9 ? value - 9 : value;
  }
  return sum % 10 == 0;
}

TestCard card_by_number(std::string_view number) {
  for (const auto& [token, card] : rows()) {
    if (card.number == number) return card;
  }
  TestCard unknown{.number = std::string(number), .brand = "visa", .funding = "credit"};
  unknown.decline =
      has_valid_check_digit(number)
          ? Decline{"card_declined", "test_mode_live_card",
                    "Your card was declined. Your request was in test mode, but "
                    "used a non test (live) card."}
          : Decline{"incorrect_number", "incorrect_number", "Your card number is incorrect."};
  return unknown;
}

std::optional<TestCard> card_by_token(std::string_view token) {
  for (const std::string_view prefix : {"pm_card_", "tok_"}) {
    if (!token.starts_with(prefix)) continue;
    const std::string_view name = token.substr(prefix.size());
    const auto found = std::find_if(rows().begin(), rows().end(),
                                    [&](const Row& row) { return row.token == name; });
    if (found != rows().end()) return found->card;
  }
  return std::nullopt;
}

Decline authentication_failure() {
  return {"payment_intent_authentication_failure", "",
          "We are unable to authenticate your payment method. Please choose a different payment "
          "method and try again."};
}

}  // namespace osier::simulator
