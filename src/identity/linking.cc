#include "identity/linking.h"

namespace osier::identity {

Linking decide_linking(AddressThere there, AccountHere here) {
  const bool is_new = here == AccountHere::none;
  switch (there) {
    case AddressThere::none_verified:
      return Linking::sign_in_here_first;
    case AddressThere::verified:
      return is_new ? Linking::open_unverified_account : Linking::sign_in_here_first;
    case AddressThere::authoritative:
      return is_new ? Linking::open_account : Linking::connect;
  }
}

}  // namespace osier::identity
