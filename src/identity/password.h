// Which passwords are good enough, and why one is not: NIST SP 800-63B-4, section 3.1.1.
//
// Length is what counts: 15 characters where the password is the only factor, 8 where a second one
// stands beside it, 128 at most. No rules of composition, no expiry. What is well known, made of
// the person's own or the shop's words, or guessed within 10^8 tries is refused by name. All of it
// is pure.

#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "platform/base/result.h"
#include "platform/base/secret.h"

namespace osier::identity {

constexpr int password_length_alone_min = 15;
constexpr int password_length_with_second_factor_min = 8;
constexpr int password_length_max = 128;  // Characters (code points) in NFC.

enum class PasswordRefusal {
  too_short,
  too_long,
  control_character,  // Nobody can type it everywhere.
  common,             // On the lists of known passwords, or a word of a dictionary.
  own_words,          // The person's name or e-mail, or the shop's name.
  easily_guessed,     // Repetition, sequences, keyboard rows, dates.
};
std::string_view to_string(PasswordRefusal refusal);

// The password in the form that is hashed: NFC, so that one typed composed and decomposed is the
// same. Nothing for more than password_length_max characters or for what is no UTF-8: no account
// has such a password.
std::optional<Secret> normalised_password(std::string_view typed);

// What else guards the account.
enum class OtherFactor { none, present };

// What makes up a password, weakest first; for the meter.
enum class PasswordPart { common_word, own_word, repetition, sequence, keyboard_row, date };
std::string_view to_string(PasswordPart part);

struct PasswordStrength {
  double bits = 0;  // log2 of the tries that a good guesser needs.
  int score = 0;    // 0 (within 10^4 tries), 1 (10^6), 2 (10^8), 3 (10^10), 4 (more).
  std::vector<PasswordPart> parts{};  // Guessable parts, each once.
  bool is_one_part = false;           // A single known word, sequence … from end to end.
};

// `own_words`: the person's names and e-mail, the shop's name; in any case of letters.
PasswordStrength strength_of(const Secret& normalised, const std::vector<std::string>& own_words);

// A new password, as typed. The value is its normalised form.
Result<Secret, PasswordRefusal> accept_new_password(std::string_view typed, OtherFactor other,
                                                    const std::vector<std::string>& own_words);

}  // namespace osier::identity
