// Letters as mail's grammar means them.

#pragma once

namespace osier::mail {

inline bool is_letter_or_digit(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

}  // namespace osier::mail
