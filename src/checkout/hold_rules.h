// How long a pending order holds its stock, and how much one origin may hold. Pure.
//
// Hoarding (hardening 87): whoever orders again and again without paying keeps stock from others.
// So the pending orders of one address range (an IPv4 address, an IPv6 /64) and of one e-mail are
// counted in the transaction that places, and capped. Processes that place at the same moment do
// not see each other's batches: the cap may be passed by what they take together in one moment.

#pragma once

#include <optional>
#include <string>
#include <vector>

#include "checkout/quote.h"
#include "orders/orders.h"
#include "platform/base/secret.h"
#include "platform/http/client_address.h"

namespace osier::checkout {

// 0: no cap.
struct HoldCaps {
  std::int64_t orders_max = 0;
  std::int64_t units_max = 0;

  bool has_any() const { return orders_max > 0 || units_max > 0; }
};

// The shortest hold of the products in the quote, else the market's, else `otherwise`.
Duration hold_of(const Quote& quote, const catalog::Snapshot& snapshot,
                 const catalog::Market& market, Duration otherwise);

// What addresses and e-mails hold while a batch is decided. Only what is placed is taken: an order
// that is a repeat or is refused for another reason holds nothing.
class HoldDesk {
 public:
  HoldDesk() = default;  // No caps.
  HoldDesk(orders::HoldCounts counts, HoldCaps caps);

  // False if the order would make its address or e-mail hold more than it may.
  bool has_room_for(const orders::NewOrder& order) const;
  void take(const orders::NewOrder& order);

 private:
  bool fits(const std::string& hash, std::int32_t units) const;

  orders::HoldCounts counts_;
  HoldCaps caps_;
};

// From addresses to what is counted. Keyed hashes, because addresses and e-mails are personal data.
class HoldOrigins {
 public:
  // Holds from `exempt` networks (load tests, the shop's own till) are not counted. Throws
  // std::invalid_argument for what is no network.
  HoldOrigins(Secret key, const std::vector<std::string>& exempt);

  // Nothing for an exempt or unknown address. Letter case and outer spaces of the e-mail do not
  // matter.
  std::optional<orders::HoldOrigin> origin_of(std::string_view client_address,
                                              std::string_view email) const;

 private:
  Secret key_;
  http::TrustedProxies exempt_;
};

}  // namespace osier::checkout
