// Lists with Stripe's paging, the search for payment intents, and expand[].

#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "books.h"
#include "params.h"

namespace osier::simulator {

using Filter = std::function<bool(const json::Object&)>;

// Newest first; `limit`, `starting_after`, `ending_before` and `created` from the parameters.
Answer<json::Object> list_page(Collection& collection, Params& params, std::string_view url,
                               const Filter& keeps);
// The same for events, with `type` and `types`.
Answer<json::Object> list_events(const Books& books, Params& params);
Answer<json::Object> event_by_id(const Books& books, const std::string& id);

// Clauses joined by AND: metadata["key"]:"value", status:"value", currency:"value".
Answer<json::Object> search_intents(Books& books, Params& params);

// Replaces ids by their objects along paths such as "payment_intent.latest_charge" or
// "data.charge".
Answer<void> expand(Books& books, json::Object& answer, const json::Object& params);

}  // namespace osier::simulator
