// Where a page is read: a market and a language. It stands in the address, so that a CDN can hold
// every public page:
// "/" and "/c/mugs" are the shop's first market in its first language, "/de-eu/c/mugs" any other.

#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace osier::web {

struct Place {
  std::string market;  // The market's code.
  std::string locale;  // BCP 47.
  std::string prefix;  // "" or "/de-eu".

  // "de-eu".
  std::string name() const { return locale + "-" + market; }
  // A path within the shop, e.g. "/cart", as an address at this place.
  std::string url(std::string_view path) const;

  friend bool operator==(const Place&, const Place&) = default;
};

// All places of a shop; the first has no prefix.
class Places {
 public:
  struct Market {
    std::string code;
    std::string name;
    std::vector<std::string> locales;
  };
  explicit Places(const std::vector<Market>& markets);

  const Place& first() const { return all_.front(); }
  const std::vector<Place>& all() const { return all_; }
  // By an address's first segment ("de-eu").
  const Place* by_segment(std::string_view segment) const;
  // By its name; the first has one too.
  const Place* by_name(std::string_view name) const;
  // The market's place in that language, else in its first one; nothing for an unknown market.
  const Place* find(std::string_view market, std::string_view locale) const;

 private:
  std::vector<Place> all_;
};

}  // namespace osier::web
