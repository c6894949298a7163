#include "checkout/hold_rules.h"

#include <algorithm>

#include "platform/crypto/crypto.h"

namespace osier::checkout {

Duration hold_of(const Quote& quote, const catalog::Snapshot& snapshot,
                 const catalog::Market& market, Duration otherwise) {
  std::optional<std::int32_t> shortest;
  for (const QuoteLine& line : quote.lines) {
    const auto& minutes = snapshot.product(line.product).hold_minutes;
    if (minutes) shortest = std::min(shortest.value_or(*minutes), *minutes);
  }
  if (!shortest) shortest = market.hold_minutes;
  return shortest ? std::chrono::minutes(*shortest) : otherwise;
}

HoldDesk::HoldDesk(orders::HoldCounts counts, HoldCaps caps)
    : counts_(std::move(counts)), caps_(caps) {}

bool HoldDesk::fits(const std::string& hash, std::int32_t units) const {
  const auto found = counts_.find(hash);
  const orders::HoldCount count = found == counts_.end() ? orders::HoldCount{} : found->second;
  if (caps_.orders_max > 0 && count.orders + 1 > caps_.orders_max) return false;
  return caps_.units_max == 0 || count.units + units <= caps_.units_max;
}

bool HoldDesk::has_room_for(const orders::NewOrder& order) const {
  if (!order.origin) return true;
  const std::int32_t units = orders::units_of(order);
  return fits(order.origin->address_hash, units) && fits(order.origin->email_hash, units);
}

void HoldDesk::take(const orders::NewOrder& order) {
  if (!order.origin) return;
  for (const auto& hash : {order.origin->address_hash, order.origin->email_hash}) {
    orders::HoldCount& count = counts_[hash];
    ++count.orders;
    count.units += orders::units_of(order);
  }
}

HoldOrigins::HoldOrigins(Secret key, const std::vector<std::string>& exempt)
    : key_(std::move(key)), exempt_(exempt) {}

static std::string normal(std::string_view email) {
  const auto first = email.find_first_not_of(' ');
  if (first == std::string_view::npos) return {};
  std::string text(email.substr(first, email.find_last_not_of(' ') - first + 1));
  for (char& c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return text;
}

static std::string hash_of(const Secret& key, std::string text) {
  const auto digest = crypto::hmac_sha256(key.reveal(), text);
  return std::string(crypto::view_of(digest).substr(0, 16));
}

std::optional<orders::HoldOrigin> HoldOrigins::origin_of(std::string_view client_address,
                                                         std::string_view email) const {
  if (client_address.empty() || exempt_.trusts(client_address)) return std::nullopt;
  return orders::HoldOrigin{
      .address_hash = hash_of(key_, "address:v1:" + http::address_range(client_address)),
      .email_hash = hash_of(key_, "email:v1:" + normal(email))};
}

}  // namespace osier::checkout
