// What the server says of an error, part by part.

#pragma once

#include <libpq-fe.h>

#include <string>

namespace osier::pg {

// `field` is one of PG_DIAG_…; empty if the server does not say.
inline std::string field_of(const PGresult* result, int field) {
  const char* const text = PQresultErrorField(result, field);
  return text == nullptr ? std::string() : std::string(text);
}

}  // namespace osier::pg
