// Recovery codes: ten that a person keeps on paper, each good for one sign-in without the second
// factor.
//
// A code is 80 random bits in Crockford's base32, which has no letters that are taken for digits:
// "7k3m-9qwx-2vtr-hn4p". It is read in any case, with or without its hyphens, and with o, i and l
// where 0 and 1 were meant. What is stored is a hash with the account's id; 2^80 guesses need no
// slow one. Pure.

#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "identity/account.h"
#include "platform/base/random.h"
#include "platform/base/secret.h"

namespace osier::identity {

constexpr int recovery_code_count = 10;

// recovery_code_count new codes, as they are shown.
std::vector<Secret> make_recovery_codes(Random& random);

// What is stored of a code of that account: 64 hex digits. Nothing if what was typed cannot be one.
std::optional<std::string> recovery_code_hash(AccountRef account, std::string_view typed);

}  // namespace osier::identity
