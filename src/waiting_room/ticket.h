// A number in a waiting room, signed, so that nobody makes one up. What the shopper keeps of it (a
// cookie, a header) is all there is: no table of tickets.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "platform/base/secret.h"
#include "platform/base/strong.h"
#include "platform/base/uuid.h"

namespace osier::waiting_room {

using RoomId = Strong<struct RoomTag, Uuid>;

struct Ticket {
  RoomId room_id;
  std::int64_t number = 0;  // From 1, in the order of arrival.
};

// 54 characters of base64url: room, number and 128 bits of HMAC-SHA256.
std::string sign(const Ticket& ticket, const Secret& key);
// Nothing for what was not signed with this key.
std::optional<Ticket> parse_ticket(std::string_view text, const Secret& key);

}  // namespace osier::waiting_room
