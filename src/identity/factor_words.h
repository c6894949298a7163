// How refusals of second factors are told. Internal to the room.

#pragma once

#include <string>

#include "identity/factor_pages.h"

namespace osier::identity {

// `field` is what was shown: "code", "recovery_code", "password", "passkey".
std::string words_for(const FactorRefusal& refusal, std::string_view field,
                      const FactorVisit& visit);
// 422, 429 …
int status_of(const FactorRefusal& refusal);
// A page or an answer to the script that says so.
http::Response with_retry_after(http::Response response, const FactorRefusal& refusal);

}  // namespace osier::identity
