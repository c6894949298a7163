#include "platform/base/secret.h"

#include <sodium.h>

namespace osier {

bool Secret::equal_in_constant_time(std::string_view left, std::string_view right) {
  return left.size() == right.size() && sodium_memcmp(left.data(), right.data(), left.size()) == 0;
}

}  // namespace osier
