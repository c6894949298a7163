// Customers in the store API, as Medusa's SDK calls it.
//
//   POST   /auth/customer/emailpass/register        {email, password}: a token
//   for the next POST   /store/customers                         with that
//   token: names; the customer POST   /auth/customer/emailpass {email,
//   password}: a session's token POST   /auth/customer/emailpass/reset-password
//   {identifier} POST   /auth/customer/emailpass/update          {password},
//   with the token of the mail's link POST   /auth/mfa/challenges/{id}/verify
//   {method, code}: after the password POST   DELETE /auth/session the bearer's
//   session as a cookie, and its end POST   /auth/token/refresh GET    POST
//   /store/customers/me GET    POST /store/customers/me/addresses, GET POST
//   DELETE …/{id}
//
// A token is that of our sessions: nothing stands in it. Registering answers
// the same whether the address has an account or not, and an address that
// nobody has proved signs in to nothing, as on the pages (hardening 28 and
// section 2, row 20).

#pragma once

#include "identity/address_book.h"
#include "identity/customers.h"
#include "platform/http/router.h"

namespace osier::catalog {
class Catalog;
}

namespace osier::identity {

// All outlive the router.
struct CustomerApi {
  catalog::Catalog &catalog;
  const privacy::Vault &vault;
  const Clock &clock;
  CustomerAccounts &accounts;
  SecondFactors &factors;
  Sessions &sessions;
  AddressBook &addresses;
  bool is_https = false;
};

void add_auth_api(http::Router &router, CustomerApi api);
void add_customer_api(http::Router &router, CustomerApi api);

}  // namespace osier::identity
