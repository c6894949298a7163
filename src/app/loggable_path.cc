#include "app/loggable_path.h"

#include <algorithm>
#include <string_view>

namespace osier::app {

std::string loggable_path(std::string path) {
  for (const std::string_view before :
       {"/orders/", "/carts/", "/payment-collections/", "/admin/invitation/"}) {
    const auto at = path.find(before);
    if (at == std::string::npos) continue;
    const auto from = at + before.size();
    const auto end = std::min(path.find('/', from), path.size());
    path.replace(from, end - from, "…");
  }
  return path;
}

}  // namespace osier::app
