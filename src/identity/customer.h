// A customer: somebody who has an account at the shop.

#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "identity/account.h"
#include "platform/base/time.h"

namespace osier::identity {

struct Customer {
  CustomerId id;
  std::string email;  // As typed.
  std::string given_name;
  std::string family_name;
  std::string phone;
  std::string market_code;
  std::string locale;
  bool has_password = false;
  std::optional<Instant> verified_at;  // Nothing: nobody has proved the address yet.
  Instant created_at;

  // "Ada Lindner"; whichever there is; may be empty.
  std::string name() const;
};

// What a customer may change without more ado.
struct CustomerProfile {
  std::string given_name;
  std::string family_name;
  std::string phone;
  std::string locale;
};

inline constexpr std::size_t name_length_max = 100;  // Characters (code points) of each.
inline constexpr std::size_t phone_length_max = 40;

// Letters of any script, without control characters; may be empty.
bool is_name(std::string_view text);
bool is_phone(std::string_view text);

// The address that a mail goes to: as typed, without space around it, an international domain as
// A-labels (RFC 5891). Nothing if it is no address of the world's: one @, a dot behind it, at most
// 254 bytes.
std::optional<std::string> mailbox_of(std::string_view typed);

// "Firefox, Linux": what a browser says of itself, as people know their devices. Empty if it says
// nothing that is known.
std::string device_of(std::string_view user_agent);

}  // namespace osier::identity
