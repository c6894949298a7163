#include "audit/audit.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>

#include "platform/crypto/crypto.h"
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
    case ActorKind::customer:
      return "customer";
    case ActorKind::machine:
      return "machine";
  }
}

// --- Facts.

Facts& Facts::add(std::string name, std::int64_t value) {
  members_.push_back({std::move(name), std::to_string(value), Form::number});
  return *this;
}

Facts& Facts::add(std::string name, std::string value) {
  members_.push_back({std::move(name), std::move(value), Form::text});
  return *this;
}

Facts& Facts::add_sealed(std::string name, const pg::Bytes& sealed, Uuid subject) {
  const std::string_view bytes(reinterpret_cast<const char*>(sealed.data()), sealed.size());
  members_.push_back({std::move(name), crypto::to_base64(bytes), Form::sealed, subject});
  return *this;
}

std::string Facts::to_json() const {
  json::Object object;
  for (const Member& member : members_) {
    switch (member.form) {
      case Form::text:
        object[member.name] = member.text;
        break;
      case Form::number:
        object[member.name] = std::int64_t{std::stoll(member.text)};
        break;
      case Form::sealed:
        object[member.name] = json::Object{{"sealed", json::Value(member.text)},
                                           {"subject", json::Value(member.subject.to_string())}};
        break;
    }
  }
  return json::to_text(object);
}

std::string Facts::to_line() const {
  std::string line;
  for (const Member& member : members_) {
    if (!line.empty()) line += ", ";
    line += member.name + " " + (member.form == Form::sealed ? "(sealed)" : member.text);
  }
  return line;
}

// --- Where somebody was.

std::optional<std::string> network_of(const std::string& address) {
  std::array<unsigned char, 16> bytes{};
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (inet_pton(AF_INET, address.c_str(), bytes.data()) == 1) {
    bytes[3] = 0;
    inet_ntop(AF_INET, bytes.data(), text.data(), text.size());
    return std::string(text.data()) + "/24";
  }
  if (inet_pton(AF_INET6, address.c_str(), bytes.data()) != 1) return std::nullopt;
  constexpr std::array<unsigned char, 12> mapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  if (std::equal(mapped.begin(), mapped.end(), bytes.begin())) {
    inet_ntop(AF_INET, bytes.data() + mapped.size(), text.data(), text.size());
    return network_of(text.data());
  }
  std::fill(bytes.begin() + 6, bytes.end(), static_cast<unsigned char>(0));
  inet_ntop(AF_INET6, bytes.data(), text.data(), text.size());
  return std::string(text.data()) + "/48";
}

// --- Writing.

static constexpr pg::Statement insert_entries_sql{"audit.insert_entries", R"sql(
  INSERT INTO audit.entries (id, actor, actor_kind, action, object_kind, object_id, before, after, reason, request_id,
                             network)
  SELECT id, actor, actor_kind, action, object_kind, object_id, before::json, after::json, reason, request_id,
         network::cidr
    FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[],
                $9::text[], $10::text[], $11::text[])
         WITH ORDINALITY AS entry (id, actor, actor_kind, action, object_kind, object_id, before, after, reason,
                                   request_id, network, place)
   ORDER BY place
)sql"};

void add_entries(pg::Batch& batch, const std::vector<Entry>& entries, Instant now) {
  if (entries.empty()) return;
  std::vector<Uuid> ids;
  std::vector<std::string> actors, actions, kinds, objects, reasons;
  std::vector<std::string_view> actor_kinds;
  std::vector<pg::Text> before, after, requests, networks;
  const auto json_of = [](const Facts& facts) {
    return facts.empty() ? pg::Text() : pg::Text(facts.to_json());
  };
  for (const Entry& entry : entries) {
    ids.push_back(entry.id ? *entry.id : Uuid::v7(now));
    actors.push_back(entry.actor.name);
    actor_kinds.push_back(to_string(entry.actor.kind));
    actions.push_back(entry.action);
    kinds.push_back(entry.object_kind);
    objects.push_back(entry.object_id);
    before.push_back(json_of(entry.before));
    after.push_back(json_of(entry.after));
    reasons.push_back(entry.reason);
    requests.push_back(entry.actor.request_id.empty() ? pg::Text()
                                                      : pg::Text(entry.actor.request_id));
    networks.push_back(network_of(entry.actor.client_address));
  }
  batch.add(insert_entries_sql, ids, actors, actor_kinds, actions, kinds, objects, before, after,
            reasons, requests, networks);
}

}  // namespace osier::audit
