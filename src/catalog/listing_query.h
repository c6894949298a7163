// The address of a listing: filters, order and page as query parameters, read and written.
//
//   ?option.colour=sage&option.size=small&min=10&max=25.50&available=1&sort=newest&page=2&q=mug

#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "catalog/listing.h"
#include "platform/http/message.h"

namespace osier::catalog {

// Reads what the form and links of a listing page send; nothing for anything else (the page answers
// 400): an unknown order, a page that is no number from 1 to 10,000, a price that is no amount, a
// name that stands twice. Parameters that are no business of ours (utm_source …) are left aside.
std::optional<ListingRequest> read_listing_query(const http::Request& request, Currency currency);

// The query string of the request, canonical: parameters in one order, defaults left out. Begins
// with '?' or is empty. Also the page's key in the cache.
std::string to_query(const ListingRequest& request, Currency currency);

}  // namespace osier::catalog
