#include "platform/http/access.h"

#include <algorithm>

namespace osier::http {

std::string_view to_string(Access::Kind kind) {
  switch (kind) {
    case Access::Kind::everyone:
      return "everyone";
    case Access::Kind::token_holder:
      return "token_holder";
    case Access::Kind::signature:
      return "signature";
    case Access::Kind::operators:
      return "operators";
    case Access::Kind::customer:
      return "customer";
    case Access::Kind::staff:
      return "staff";
    case Access::Kind::staff_member:
      return "staff_member";
  }
  return "";
}

bool Principal::may(std::string_view permission) const {
  return std::binary_search(permissions.begin(), permissions.end(), permission);
}

}  // namespace osier::http
