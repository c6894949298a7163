// A customer's address book.
//
//   GET  /account/addresses
//   GET  POST /account/addresses/new
//   GET  POST /account/addresses/{id}
//   POST /account/addresses/{id}/remove

#pragma once

#include "catalog/storefront.h"
#include "identity/address_book.h"
#include "platform/http/router.h"

namespace osier::identity {

// Both outlive the router.
void add_address_pages(http::Router &router, const catalog::Storefront &storefront,
                       AddressBook &addresses);

}  // namespace osier::identity
