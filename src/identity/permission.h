// What staff and machines may be allowed to do: named permissions, each with a sentence (text keys
// permission.<name>.title and permission.<name>.sentence). Roles and API keys are sets of them.
//
// A name says the thing and what is done with it. The list is what there is: a name that stands in
// the database and not here opens nothing.

#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

namespace osier::identity {

// Whether an API key may have it too: what hands out rights or reveals people, machines may not.
enum class Holder { anyone, people };

struct Permission {
  std::string_view name;
  Holder holder = Holder::anyone;
};

inline constexpr std::array every_permission{
    Permission{"orders.read"},
    Permission{"orders.refund", Holder::people},
    Permission{"orders.capture", Holder::people},
    Permission{"orders.cancel", Holder::people},
    Permission{"customers.read"},
    Permission{"customers.reveal", Holder::people},
    Permission{"audit.read"},
    Permission{"staff.manage", Holder::people},
    Permission{"roles.manage", Holder::people},
    Permission{"api_keys.manage", Holder::people},
};

// Null for an unknown name.
const Permission* find_permission(std::string_view name);

// A set of permissions: sorted names out of the list, each once.
class PermissionSet {
 public:
  PermissionSet() = default;
  // Names that are not in the list are left out.
  static PermissionSet of(const std::vector<std::string>& names);
  static PermissionSet all();

  bool has(std::string_view name) const;
  // Whether everything in `other` is here too.
  bool includes(const PermissionSet& other) const;
  PermissionSet united_with(const PermissionSet& other) const;
  const std::vector<std::string>& names() const { return names_; }
  bool empty() const { return names_.empty(); }

  friend bool operator==(const PermissionSet&, const PermissionSet&) = default;

 private:
  std::vector<std::string> names_;
};

}  // namespace osier::identity
