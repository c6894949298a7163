#include "audit/audit.h"

#include "platform/json/value.h"

namespace osier::audit {

std::string_view to_string(ActorKind kind) {
  switch (kind) {
    case ActorKind::system:
      return "system";
    case ActorKind::staff:
      return "staff";
    case ActorKind::command:
      return "command";
  }
}

Facts& Facts::add(std::string name, std::int64_t value) {
  members_.push_back({.name = std::move(name), .text = std::to_string(value), .is_number = true});
  return *this;
}

Facts& Facts::add(std::string name, std::string value) {
  members_.push_back({.name = std::move(name), .text = std::move(value)});
  return *this;
}

std::string Facts::to_json() const {
  json::Object object;
  for (const Member& member : members_) {
    object[member.name] = member.is_number ? json::Value(std::int64_t{std::stoll(member.text)})
                                           : json::Value(member.text);
  }
  return json::to_text(object);
}

std::string Facts::to_line() const {
  std::string line;
  for (const Member& member : members_) {
    if (!line.empty()) line += ", ";
    line += member.name + " " + member.text;
  }
  return line;
}

static constexpr pg::Statement insert_entries_sql{"audit.insert_entries", R"sql(
  INSERT INTO audit.entries (id, actor, actor_kind, action, object_kind, object_id, before, after, reason)
  SELECT id, actor, actor_kind, action, object_kind, object_id, before::jsonb, after::jsonb, reason
    FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[],
                $9::text[])
         WITH ORDINALITY AS entry (id, actor, actor_kind, action, object_kind, object_id, before, after, reason,
                                   place)
   ORDER BY place
)sql"};

void add_entries(pg::Batch& batch, const std::vector<Entry>& entries, Instant now) {
  if (entries.empty()) return;
  std::vector<Uuid> ids;
  std::vector<std::string> actors, actions, kinds, objects, reasons;
  std::vector<std::string_view> actor_kinds;
  std::vector<pg::Text> before, after;
  const auto json_of = [](const Facts& facts) {
    return facts.empty() ? pg::Text() : pg::Text(facts.to_json());
  };
  for (const Entry& entry : entries) {
    ids.push_back(Uuid::v7(now));
    actors.push_back(entry.actor.name);
    actor_kinds.push_back(to_string(entry.actor.kind));
    actions.push_back(entry.action);
    kinds.push_back(entry.object_kind);
    objects.push_back(entry.object_id);
    before.push_back(json_of(entry.before));
    after.push_back(json_of(entry.after));
    reasons.push_back(entry.reason);
  }
  batch.add(insert_entries_sql, ids, actors, actor_kinds, actions, kinds, objects, before, after,
            reasons);
}

}  // namespace osier::audit
