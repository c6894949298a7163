#include "identity/passkey_name.h"

#include "identity/one_line.h"

namespace osier::identity {

std::optional<std::string> passkey_name(std::string_view typed) {
  return one_line(typed, passkey_name_length_max);
}

}  // namespace osier::identity
