#include "web/place.h"

#include "platform/base/require.h"

namespace osier::web {

std::string Place::url(std::string_view path) const {
  std::string address = prefix;
  if (path != "/" || address.empty()) address += path;
  return address;
}

Places::Places(const std::vector<Market>& markets) {
  for (const Market& market : markets) {
    for (const std::string& locale : market.locales) {
      const bool is_first = all_.empty();
      all_.push_back({.market = market.code,
                      .locale = locale,
                      .prefix = is_first ? "" : "/" + locale + "-" + market.code});
    }
  }
  require(!all_.empty(), "a shop has at least one market with one language");
}

const Place* Places::by_segment(std::string_view segment) const {
  for (const Place& place : all_) {
    if (!place.prefix.empty() && std::string_view(place.prefix).substr(1) == segment) return &place;
  }
  return nullptr;
}

const Place* Places::by_name(std::string_view name) const {
  for (const Place& place : all_) {
    if (place.name() == name) return &place;
  }
  return nullptr;
}

const Place* Places::find(std::string_view market, std::string_view locale) const {
  const Place* in_market = nullptr;
  for (const Place& place : all_) {
    if (place.market != market) continue;
    if (place.locale == locale) return &place;
    if (in_market == nullptr) in_market = &place;
  }
  return in_market;
}

}  // namespace osier::web
