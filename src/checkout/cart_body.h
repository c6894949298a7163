// What bodies of the store API say of a cart: lines, e-mail, addresses. Internal to checkout.

#pragma once

#include "checkout/store_api.h"
#include "platform/json/json.h"

namespace osier::checkout {

// Variant and quantity, both required; nothing if one is wrong, which is reported to the reader.
std::optional<NewLine> read_line(json::Reader& reader);

// The contact with what the body says of it: an address that is given replaces the old one whole,
// null clears it. Nothing if the body says nothing of it. What is wrong is reported to the reader,
// by field.
std::optional<orders::Contact> read_contact(json::Reader& reader, orders::Contact contact,
                                            const catalog::Market& market);

}  // namespace osier::checkout
