#include "waiting_room/ticket.h"

#include "platform/crypto/crypto.h"

namespace osier::waiting_room {

static constexpr std::size_t id_bytes = 16;
static constexpr std::size_t number_bytes = 8;
static constexpr std::size_t mac_bytes = 16;

static std::string mac_of(std::string_view bytes, const Secret& key) {
  const auto digest = crypto::hmac_sha256(key.reveal(), "ticket:v1:" + std::string(bytes));
  return std::string(crypto::view_of(digest).substr(0, mac_bytes));
}

std::string sign(const Ticket& ticket, const Secret& key) {
  std::string bytes = crypto::from_hex(ticket.room_id.value().to_hex()).value_or("");
  for (std::size_t i = 0; i < number_bytes; ++i) {
    const auto shift = 8 * (number_bytes - 1 - i);
    bytes += static_cast<char>(static_cast<std::uint64_t>(ticket.number) >> shift & 0xFFU);
  }
  return crypto::to_base64url(bytes + mac_of(bytes, key));
}

std::optional<Ticket> parse_ticket(std::string_view text, const Secret& key) {
  const auto bytes = crypto::from_base64url(text);
  if (!bytes || bytes->size() != id_bytes + number_bytes + mac_bytes) return std::nullopt;
  const std::string_view packed = *bytes;
  const std::string_view said = packed.substr(0, id_bytes + number_bytes);
  if (!crypto::equal_in_constant_time(mac_of(said, key), packed.substr(said.size())))
    return std::nullopt;
  const auto id = Uuid::parse(crypto::to_hex(said.substr(0, id_bytes)));
  if (!id) return std::nullopt;
  std::uint64_t number = 0;
  for (const char c : said.substr(id_bytes)) number = number << 8U | static_cast<unsigned char>(c);
  return Ticket{.room_id = RoomId(*id), .number = static_cast<std::int64_t>(number)};
}

}  // namespace osier::waiting_room
