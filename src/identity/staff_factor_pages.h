// The pages of second factors for staff, in the admin portal: /admin/account/second-factors and
// what belongs to it. What they do: factor_pages.h.

#pragma once

#include <memory>
#include <string>
#include <vector>

#include "identity/factor_pages.h"
#include "web/admin_portal.h"

namespace osier::identity {

// All outlive the pages; `factors` are the staff's.
std::shared_ptr<FactorPages> make_staff_factor_pages(const web::AdminPortal& portal,
                                                     const web::Assets& assets,
                                                     SecondFactors& factors, Sessions& sessions,
                                                     Random& random,
                                                     std::vector<std::string> exempt);

// The portal outlives the router.
void add_staff_factor_pages(http::Router& router, const web::AdminPortal& portal,
                            std::shared_ptr<FactorPages> pages);

// "Sign in with a passkey" for the page on which staff sign in (partials/passkey_form.html); none
// where there are no passkeys. `next`: where to go then.
std::vector<PasskeyFormView> passkey_sign_in_button(const FactorPages& pages,
                                                    const web::AdminContext& context,
                                                    const std::string& next);

}  // namespace osier::identity
