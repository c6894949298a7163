// How a snapshot finds things: sorted arrays, because copying one for the next snapshot is a memcpy
// where a hash table is a million allocations. Internal to the room.

#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <string_view>
#include <utility>
#include <vector>

#include "catalog/snapshot.h"

namespace osier::catalog {

struct Snapshot::Lookups {
  std::vector<std::pair<std::uint64_t, std::uint32_t>>
      handles;  // By hash; equal hashes stand together.
  std::vector<std::pair<Uuid, std::uint32_t>> ids;
  std::vector<std::pair<Uuid, std::uint32_t>> variants;

  static std::uint64_t hash(std::string_view handle) {
    return std::hash<std::string_view>{}(handle);
  }
};

struct Snapshot::Availability {
  std::vector<std::pair<Uuid, std::int32_t>> units;
};

// The entry of `key` in a sorted array of pairs, or null.
template <class Key, class Value>
const Value* find_sorted(const std::vector<std::pair<Key, Value>>& entries, const Key& key) {
  const auto found =
      std::lower_bound(entries.begin(), entries.end(), key,
                       [](const auto& entry, const Key& wanted) { return entry.first < wanted; });
  return found != entries.end() && found->first == key ? &found->second : nullptr;
}

inline Band band_of(std::int32_t units) {
  if (units <= 0) return Band::none;
  return units <= 5 ? Band::few : Band::plenty;
}

}  // namespace osier::catalog
