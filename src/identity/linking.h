// Whose account an identity at another issuer opens. Hardening 49 and 50.
//
// An identity is its issuer and the issuer's own name for the person, and nothing else: an address
// may be changed there, and be given to somebody else. An address decides only once, when an
// identity is seen for the first time, and only if the issuer decides who owns it:
//
//   address there                account here that has      what happens
//                                proved the same address
//   none, or not verified        (not looked for)           they sign in here first
//   verified, not authoritative  yes                        they sign in here first
//   verified, not authoritative  no                         a new account, to be verified by mail
//   authoritative                yes                        connected
//   authoritative                no                         a new account; others that were
//                                                           registered with the address and never
//                                                           proved it end
//
// Pure.

#pragma once

namespace osier::identity {

enum class AddressThere { none_verified, verified, authoritative };
enum class AccountHere { none, verified };

enum class Linking { open_account, open_unverified_account, connect, sign_in_here_first };

Linking decide_linking(AddressThere there, AccountHere here);

}  // namespace osier::identity
