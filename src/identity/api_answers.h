// What the files of the customers' API share. Internal to identity.

#pragma once

#include <string>

#include "catalog/catalog.h"
#include "identity/customer_api.h"
#include "platform/json/value.h"
#include "web/api.h"

namespace osier::identity {

std::string customer_wire_id(CustomerId id);  // "cus_…"

http::Response answer_refusal(const AccountRefusal &refusal);

// The market's language that the request asks for by x-medusa-locale, else its
// first.
std::string locale_for(const catalog::Market &market, const http::Request &request);

using CustomerApiHandler = Task<http::Response> (*)(CustomerApi, http::Request);
// With the errors of the world answered as the API answers them, and kept by
// nobody.
http::Handler handle(CustomerApi api, CustomerApiHandler handler);

}  // namespace osier::identity
