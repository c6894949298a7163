#include "platform/base/require.h"

#include <cstdio>
#include <cstdlib>

namespace osier {

void promise_broken(const char* promise, std::source_location where) {
  std::fprintf(stderr, "osier: a promise was broken: %s (%s:%u)\n", promise, where.file_name(),
               where.line());
  std::abort();
}

}  // namespace osier
