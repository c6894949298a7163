// Whose account an identity at another issuer opens. Hardening 49 and 50.
//
// An identity is its issuer and the issuer's own name for the person, and nothing else: an address
// may be changed there, and be given to somebody else. An address decides only once, when an
// identity is seen for the first time, and only if the issuer decides who owns it:
//
//   address there               account of that address here   what happens
//   none, or not verified       (not looked for)               they sign in here first
//   verified, not authoritative none                           a new account, to be verified by
//   mail verified, not authoritative any                            they sign in here first
//   authoritative               none                           a new account
//   authoritative               verified                       connected
//   authoritative               not verified                   taken over: who registered it never
//                                                              showed that the address is theirs
//
// Pure.

#pragma once

#include <optional>

namespace osier::identity {

enum class AddressThere { none_verified, verified, authoritative };
enum class AddressHere { not_verified, verified };  // Of an account that there is.

enum class Linking {
  open_account,             // With a verified address.
  open_unverified_account,  // The usual mail asks for it.
  connect,
  take_over,
  sign_in_here_first,
};

Linking decide_linking(AddressThere there, std::optional<AddressHere> here);

}  // namespace osier::identity
