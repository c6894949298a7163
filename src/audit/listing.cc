#include "audit/listing.h"

#include <algorithm>

#include "platform/json/value.h"

namespace osier::audit {

static constexpr pg::Statement list_sql{"audit.list", R"sql(
  SELECT entry.id, entry.position, entry.at, actor_kind, actor, action, object_kind, object_id, before, after, reason,
         request_id, network, place.seq, encode(place.hash, 'hex') AS hash
    FROM audit.entries entry
    LEFT JOIN audit.chain place ON place.entry_id = entry.id
   WHERE ($1::text IS NULL OR object_kind = $1)
     AND ($2::text IS NULL OR object_id = $2)
     AND ($3::text IS NULL OR actor = $3)
     AND ($4::text IS NULL OR action = $4)
     AND ($5::timestamptz IS NULL OR at >= $5)
   ORDER BY position DESC
   LIMIT $6
)sql"};

static constexpr pg::Statement page_of_entries_sql{"audit.page", R"sql(
  SELECT entry.id, entry.position, entry.at, actor_kind, actor, action, object_kind, object_id, before, after, reason,
         request_id, network, place.seq, encode(place.hash, 'hex') AS hash
    FROM audit.entries entry
    LEFT JOIN audit.chain place ON place.entry_id = entry.id
   WHERE ($1::text IS NULL OR object_kind = $1)
     AND ($2::text IS NULL OR object_id = $2)
     AND ($3::text IS NULL OR actor = $3)
     AND ($4::text IS NULL OR action = $4)
     AND ($5::timestamptz IS NULL OR at >= $5)
     AND position > $6
   ORDER BY position
   LIMIT $7
)sql"};

static std::vector<ListedEntry> listed_of(const pg::Rows& rows) {
  std::vector<ListedEntry> listed;
  for (const pg::Row row : rows) {
    listed.push_back({.entry = entry_of(row),
                      .seq = row.get<std::optional<std::int64_t>>("seq"),
                      .hash = row.get<pg::Text>("hash").value_or("")});
  }
  return listed;
}

Task<std::vector<ListedEntry>> list_entries(pg::Database& database, EntryFilter filter, int count) {
  const auto rows = co_await database.run(list_sql, filter.object_kind, filter.object_id,
                                          filter.actor, filter.action, filter.since, count);
  auto listed = listed_of(rows);
  std::ranges::reverse(listed);
  co_return listed;
}

Task<std::vector<ListedEntry>> page_of_entries(pg::Database& database, EntryFilter filter,
                                               std::int64_t after_position, int count) {
  const auto rows =
      co_await database.run(page_of_entries_sql, filter.object_kind, filter.object_id, filter.actor,
                            filter.action, filter.since, after_position, count);
  co_return listed_of(rows);
}

// --- For people.

static std::optional<SealedFact> sealed_of(const std::string& entry_id, std::string_view name,
                                           const json::Value& value) {
  if (!value.is_object()) return std::nullopt;
  const auto* sealed = value.as_object().if_contains("sealed");
  const auto* subject = value.as_object().if_contains("subject");
  if (sealed == nullptr || subject == nullptr || !sealed->is_string() || !subject->is_string())
    return std::nullopt;
  const auto entry = Uuid::parse(entry_id);
  const auto whose = Uuid::parse(std::string_view(subject->as_string()));
  const auto bytes = crypto::from_base64(std::string_view(sealed->as_string()));
  if (!entry || !whose || !bytes) return std::nullopt;
  return SealedFact{*entry, std::string(name), {bytes->begin(), bytes->end()}, *whose};
}

Task<std::string> facts_line(std::string entry_id, std::string facts, Opener opener) {
  const auto value = json::parse(facts);
  if (!value || !value->is_object()) co_return facts;
  std::string line;
  for (const auto& [name, member] : value->as_object()) {
    if (!line.empty()) line += ", ";
    line += std::string(name) + " ";
    auto sealed = sealed_of(entry_id, name, member);
    if (!sealed) {
      line += member.is_string() ? std::string(member.as_string()) : json::to_text(member);
      continue;
    }
    std::optional<std::string> opened;
    if (opener) opened = co_await opener(*std::move(sealed));
    line += opened.value_or("(sealed)");
  }
  co_return line;
}

// --- For machines.

std::string to_json_line(const ListedEntry& listed) {
  const StoredEntry& entry = listed.entry;
  const auto text = [](const pg::Text& field) {
    return field ? json::Value(*field) : json::Value(nullptr);
  };
  json::Object line;
  line["seq"] = listed.seq ? json::Value(*listed.seq) : json::Value(nullptr);
  line["hash"] = listed.hash.empty() ? json::Value(nullptr) : json::Value(listed.hash);
  line["id"] = text(entry.id);
  line["position"] = text(entry.position);
  line["at"] = text(entry.at);
  line["actor_kind"] = text(entry.actor_kind);
  line["actor"] = text(entry.actor);
  line["action"] = text(entry.action);
  line["object_kind"] = text(entry.object_kind);
  line["object_id"] = text(entry.object_id);
  line["before"] = text(entry.before);
  line["after"] = text(entry.after);
  line["reason"] = text(entry.reason);
  line["request_id"] = text(entry.request_id);
  line["network"] = text(entry.network);
  return json::to_text(line);
}

}  // namespace osier::audit
