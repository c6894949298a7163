#include "identity/permission.h"

#include <algorithm>
#include <iterator>

namespace osier::identity {

const Permission* find_permission(std::string_view name) {
  const auto found = std::ranges::find(every_permission, name, &Permission::name);
  return found == every_permission.end() ? nullptr : &*found;
}

PermissionSet PermissionSet::of(const std::vector<std::string>& names) {
  PermissionSet set;
  for (const std::string& name : names) {
    if (find_permission(name) != nullptr) set.names_.push_back(name);
  }
  std::ranges::sort(set.names_);
  const auto repeated = std::ranges::unique(set.names_);
  set.names_.erase(repeated.begin(), repeated.end());
  return set;
}

PermissionSet PermissionSet::all() {
  std::vector<std::string> names;
  for (const Permission& permission : every_permission) names.emplace_back(permission.name);
  return of(names);
}

bool PermissionSet::has(std::string_view name) const {
  return std::ranges::binary_search(names_, name);
}

bool PermissionSet::includes(const PermissionSet& other) const {
  return std::ranges::includes(names_, other.names_);
}

PermissionSet PermissionSet::united_with(const PermissionSet& other) const {
  PermissionSet both;
  std::ranges::set_union(names_, other.names_, std::back_inserter(both.names_));
  return both;
}

}  // namespace osier::identity
