// E-mail and addresses out of a body of the store API. Internal to checkout; for .cc files.

#pragma once

#include "checkout/store_api.h"
#include "platform/json/json.h"

namespace osier::checkout {

// The contact with what the body says of it: an address that is given replaces the old one whole,
// null clears it. Nothing if the body says nothing of it. What is wrong is reported to the reader,
// by field.
std::optional<orders::Contact> read_contact(json::Reader& reader, orders::Contact contact,
                                            const catalog::Market& market);

}  // namespace osier::checkout
