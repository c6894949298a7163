#include <libpq-fe.h>

#include <charconv>
#include <cstring>

#include "platform/base/require.h"
#include "platform/postgres/database.h"

namespace osier::pg {

std::optional<std::string_view> Row::cell(int column) const {
  require(column >= 0 && column < PQnfields(result_.get()), "the row has the column asked for");
  if (PQgetisnull(result_.get(), index_, column) == 1) return std::nullopt;
  return std::string_view(PQgetvalue(result_.get(), index_, column),
                          static_cast<std::size_t>(PQgetlength(result_.get(), index_, column)));
}

int Row::index_of(const char* column) const {
  // Not PQfnumber(): that copies and folds the name at each call.
  const int count = PQnfields(result_.get());
  for (int i = 0; i < count; ++i) {
    if (std::strcmp(PQfname(result_.get(), i), column) == 0) return i;
  }
  return -1;
}

int Rows::size() const { return result_ ? PQntuples(result_.get()) : 0; }

std::int64_t Rows::affected() const {
  if (!result_) return 0;
  const char* const text = PQcmdTuples(result_.get());
  std::int64_t count = 0;
  std::from_chars(text, text + std::strlen(text), count);
  return count;
}

}  // namespace osier::pg
