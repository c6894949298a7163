// What the handlers of account pages share. Internal to the room.

#pragma once

#include <string>

#include "identity/account_page.h"
#include "identity/account_pages.h"
#include "identity/customer_cookie.h"

namespace osier::identity {

// Nobody keeps what these pages show, and where a link's token stands in the address, nobody is
// told it.
void keep_private(http::Response& response);

// The form's fields; nothing for a body that is no form.
std::optional<http::Parameters> read_form(const http::Request& request);
std::string text_of(const std::optional<http::Parameters>& parameters, std::string_view name);

// Whether a form of somebody who is signed in was made for their session (hardening 32).
bool has_form_token(const http::Request& request, const http::Parameters& form, bool is_https);
std::string form_token_of(const http::Request& request, bool is_https);

http::Response with_retry_after(http::Response response, const AccountRefusal& refusal);

// Whose session an open route has.
inline CustomerId customer_of(const http::Request& request) {
  return CustomerId{request.principal->account};
}

using AccountHandler = std::function<Task<http::Response>(catalog::PageContext, http::Request)>;
// A page that is answered with keep_private().
void add_account_page(http::Router& router, const catalog::Storefront& storefront,
                      http::Method method, const std::string& pattern, http::Access access,
                      AccountHandler handler);

// Those of somebody who is signed in.
void add_account_settings(http::Router& router, AccountDesk desk);

}  // namespace osier::identity
