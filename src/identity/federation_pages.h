// The pages on which customers sign in by another issuer.
//
//   GET  /account/sign-in/with/{issuer}?next=     away to the issuer
//   GET  /account/sign-in/from/{issuer}           back from it: an address of its own each
//   GET  /account/connections                     which issuers open the account
//   GET  /account/connections/with/{issuer}       away, to connect one more
//   POST /account/connections/{id}/disconnect
//   GET  POST /account/connect                    connects the one that was shown before signing in
//   here

#pragma once

#include <string>
#include <vector>

#include "catalog/storefront.h"
#include "identity/federation.h"
#include "platform/http/router.h"

namespace osier::identity {

// `accounts` are the customers'. All outlive the router.
void add_federation_pages(http::Router& router, const catalog::Storefront& storefront,
                          Federation& federation, AccountBook& accounts, Sessions& sessions);

// Buttons for a page on which customers sign in: where each issuer begins, and its name.
std::vector<web::LinkView> sign_in_links(const Issuers& issuers,
                                         const catalog::PageContext& context,
                                         const std::string& next);

}  // namespace osier::identity
