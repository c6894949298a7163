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

static bool fits(const orders::HoldCount& count, std::int32_t units, const HoldCaps& caps) {
  if (caps.orders_max > 0 && count.orders + 1 > caps.orders_max) return false;
  return caps.units_max == 0 || count.units + units <= caps.units_max;
}

std::vector<bool> over_caps(const std::vector<orders::NewOrder>& batch, orders::HoldCounts counts,
                            const HoldCaps& caps) {
  std::vector<bool> is_over(batch.size(), false);
  for (std::size_t i = 0; i < batch.size(); ++i) {
    if (!batch[i].origin) continue;
    const std::int32_t units = orders::units_of(batch[i]);
    auto& address = counts[batch[i].origin->address_hash];
    auto& email = counts[batch[i].origin->email_hash];
    if (!fits(address, units, caps) || !fits(email, units, caps)) {
      is_over[i] = true;
      continue;
    }
    for (auto* count : {&address, &email}) {
      ++count->orders;
      count->units += units;
    }
  }
  return is_over;
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
