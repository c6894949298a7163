#include "audit/chain.h"

#include <algorithm>

namespace osier::audit {

StoredEntry entry_of(const pg::Row& row) {
  const auto text = [&row](const char* column) { return row.get<pg::Text>(column); };
  StoredEntry entry{.id = text("id"),
                    .position = text("position"),
                    .at = text("at"),
                    .actor_kind = text("actor_kind"),
                    .actor = text("actor"),
                    .action = text("action"),
                    .object_kind = text("object_kind"),
                    .object_id = text("object_id"),
                    .before = text("before"),
                    .after = text("after"),
                    .reason = text("reason"),
                    .request_id = text("request_id"),
                    .network = text("network")};
  const auto at = entry.at ? parse_instant(*entry.at) : std::nullopt;
  if (at) entry.at = to_rfc3339(*at);
  return entry;
}

static void append_field(std::string& form, const pg::Text& field) {
  if (!field) {
    form += '\0';
    return;
  }
  form += '\1';
  for (int shift = 56; shift >= 0; shift -= 8)
    form += static_cast<char>(static_cast<std::uint64_t>(field->size()) >> shift & 0xff);
  form += *field;
}

std::string canonical(const StoredEntry& entry) {
  std::string form;
  append_field(form, "osier audit 1");
  for (const pg::Text* field :
       {&entry.id, &entry.position, &entry.at, &entry.actor_kind, &entry.actor, &entry.action,
        &entry.object_kind, &entry.object_id, &entry.before, &entry.after, &entry.reason,
        &entry.request_id, &entry.network})
    append_field(form, *field);
  return form;
}

crypto::Digest next_hash(const crypto::Digest& previous, const StoredEntry& entry) {
  return crypto::sha256(std::string(crypto::view_of(previous)) + canonical(entry));
}

std::optional<crypto::Digest> digest_of(const std::optional<pg::Bytes>& bytes) {
  crypto::Digest digest;
  if (!bytes || bytes->size() != digest.size()) return std::nullopt;
  std::ranges::copy(*bytes, digest.begin());
  return digest;
}

pg::Bytes bytes_of(const crypto::Digest& digest) { return {digest.begin(), digest.end()}; }

}  // namespace osier::audit
