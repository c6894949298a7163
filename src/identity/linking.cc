#include "identity/linking.h"

namespace osier::identity {

Linking decide_linking(AddressThere there, std::optional<AddressHere> here) {
  switch (there) {
    case AddressThere::none_verified:
      return Linking::sign_in_here_first;
    case AddressThere::verified:
      return here ? Linking::sign_in_here_first : Linking::open_unverified_account;
    case AddressThere::authoritative:
      if (!here) return Linking::open_account;
      return *here == AddressHere::verified ? Linking::connect : Linking::take_over;
  }
}

}  // namespace osier::identity
