// The hash chain over the audit's entries: each place's hash covers its entry and, through the hash
// before, every entry that has an earlier place.
//
//   hash(0) = 32 bytes of zero
//   hash(n) = SHA-256( hash(n-1) ‖ canonical(entry at place n) )        n = 1, 2, 3 …, without gaps
//
// The canonical form of an entry, byte by byte, is the concatenation of these fourteen fields:
//
//   1 version      the text "osier audit 1"
//   2 id           8-4-4-4-12 hex digits in lower case
//   3 position     decimal digits
//   4 at           RFC 3339 in UTC with six decimals: "2026-11-22T09:41:20.123456Z"
//   5 actor kind   "system", "staff", "command", "customer" or "machine"
//   6 actor        text
//   7 action       text
//   8 object kind  text
//   9 object id    text
//  10 before       JSON, the bytes as they are stored
//  11 after        JSON, the bytes as they are stored
//  12 reason       text
//  13 request id   text
//  14 network      "203.0.113.0/24"
//
// A field that is there is the byte 0x01, then its length in bytes as an unsigned number of 8
// bytes, most significant first, then its bytes (UTF-8). A field that is NULL is the single byte
// 0x00. So no two entries have the same form, whatever their texts.

#pragma once

#include <string>

#include "platform/crypto/crypto.h"
#include "platform/postgres/database.h"

namespace osier::audit {

// An entry as it lies in the database, column by column, whatever somebody has made of it: a time
// that is none stays the text it is.
struct StoredEntry {
  pg::Text id;
  pg::Text position;
  pg::Text at;  // RFC 3339.
  pg::Text actor_kind;
  pg::Text actor;
  pg::Text action;
  pg::Text object_kind;
  pg::Text object_id;
  pg::Text before;
  pg::Text after;
  pg::Text reason;
  pg::Text request_id;
  pg::Text network;
};

// Reads the columns id, position, at, actor_kind, actor, action, object_kind, object_id, before,
// after, reason, request_id, network.
StoredEntry entry_of(const pg::Row& row);

std::string canonical(const StoredEntry& entry);

// What stands before place 1.
inline constexpr crypto::Digest first_hash{};
crypto::Digest next_hash(const crypto::Digest& previous, const StoredEntry& entry);

// Nothing unless there are 32 bytes.
std::optional<crypto::Digest> digest_of(const std::optional<pg::Bytes>& bytes);
pg::Bytes bytes_of(const crypto::Digest& digest);

}  // namespace osier::audit
