#include "identity/account.h"

namespace osier::identity {

std::string_view to_string(Realm realm) {
  switch (realm) {
    case Realm::customer:
      return "customer";
    case Realm::staff:
      return "staff";
  }
}

}  // namespace osier::identity
