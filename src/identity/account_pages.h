// The pages of customers' accounts.
//
//   GET  POST /account/sign-in?next=        e-mail and password; other ways in beside them
//   GET  POST /account/register?next=
//   GET  POST /account/forgot
//   GET  POST /account/reset?token=         from a mail: a new password
//   GET  POST /account/verify?token=        from a mail: the address is proved
//   POST /account/verify/again
//   POST /account/sign-out
//   GET  /account                           the overview
//   GET  POST /account/profile
//   GET  POST /account/password             asks for a recent proof first; so does the next
//   GET  POST /account/email
//   GET  POST /account/email/confirm?token=  from a mail to the new address
//   GET  /account/devices                   POST …/{session}/sign-out, POST …/sign-out-others
//
// A link of a mail changes nothing by being opened: programs open links too.

#pragma once

#include "catalog/storefront.h"
#include "identity/customers.h"
#include "identity/factor_pages.h"
#include "identity/issuers.h"
#include "platform/http/router.h"

namespace osier::identity {

// Whether customers have passwords here, or sign in by other issuers alone.
enum class Passwords { here, elsewhere };

// What the pages stand on. All outlive the router.
struct AccountDesk {
  const catalog::Storefront& storefront;
  CustomerAccounts& accounts;
  Sessions& sessions;
  const Issuers& issuers;
  std::shared_ptr<FactorPages> factor_pages;
  Passwords passwords = Passwords::here;
};

void add_account_pages(http::Router& router, AccountDesk desk);

}  // namespace osier::identity
