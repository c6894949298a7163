// The customers' pages of second factors, in the storefront's frame: /account/second-factors and
// what belongs to it. What they do: factor_pages.h.

#pragma once

#include <memory>
#include <string>
#include <vector>

#include "catalog/storefront.h"
#include "identity/factor_pages.h"
#include "web/assets.h"

namespace osier::identity {

// All outlive the pages; `factors` are the customers'.
std::shared_ptr<FactorPages> make_customer_factor_pages(const catalog::Storefront& storefront,
                                                        const web::Assets& assets,
                                                        SecondFactors& factors, Sessions& sessions,
                                                        Random& random,
                                                        std::vector<std::string> exempt);

// The storefront outlives the router.
void add_customer_factor_pages(http::Router& router, const catalog::Storefront& storefront,
                               std::shared_ptr<FactorPages> pages);

// "Sign in with a passkey" for the page on which customers sign in (partials/passkey_form.html);
// none where there are no passkeys. `next`: where to go then.
std::vector<PasskeyFormView> passkey_sign_in_button(const FactorPages& pages,
                                                    const catalog::PageContext& context,
                                                    const std::string& next);

}  // namespace osier::identity
