#include "books.h"

namespace osier::simulator {

json::Object* Collection::find(std::string_view id) {
  const auto found = by_id_.find(std::string(id));
  return found == by_id_.end() ? nullptr : &found->second;
}

json::Object& Collection::add(json::Object object) {
  std::string id = text_of(object, "id");
  ids_.push_back(id);
  return by_id_.insert_or_assign(std::move(id), std::move(object)).first->second;
}

Books::Books(std::optional<std::uint64_t> seed) {
  if (seed) {
    random_.seed(*seed);
  } else {
    // Ids must not repeat when the simulator starts again: a shop remembers the events it has seen.
    std::random_device device;
    random_.seed((std::uint64_t{device()} << 32) | device());
  }
}

std::int64_t Books::seconds() const {
  return std::chrono::duration_cast<std::chrono::seconds>(now().time_since_epoch()).count();
}

std::string Books::new_id(std::string_view prefix, std::size_t length) {
  static constexpr std::string_view letters =
      "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
  std::string id(prefix);
  for (std::size_t i = 0; i < length; ++i) id += letters[random_below(letters.size())];
  return id;
}

void Books::record(const std::string& type, const json::Object& object, const Call& call,
                   json::Object previous) {
  json::Object data;
  data["object"] = object;
  if (!previous.empty()) data["previous_attributes"] = std::move(previous);
  json::Object request;
  request["id"] = call.request_id.empty() ? json::Value(nullptr) : json::Value(call.request_id);
  request["idempotency_key"] =
      call.idempotency_key.empty() ? json::Value(nullptr) : json::Value(call.idempotency_key);
  Event event{.id = new_id("evt_"), .type = type, .created = seconds(), .body = {}};
  json::Object body;
  body["id"] = event.id;
  body["object"] = "event";
  body["api_version"] = api_version;
  body["created"] = event.created;
  body["data"] = std::move(data);
  body["livemode"] = false;
  body["pending_webhooks"] = 1;
  body["request"] = std::move(request);
  body["type"] = type;
  event.body = json::to_text(body);
  events.push_back(std::move(event));
  if (events.size() > events_max) events.pop_front();
  if (on_event) on_event(events.back());
}

json::Object* Books::find(std::string_view id) {
  if (id.starts_with("cs_")) return sessions.find(id);
  if (id.starts_with("pi_")) return intents.find(id);
  if (id.starts_with("ch_")) return charges.find(id);
  if (id.starts_with("re_")) return refunds.find(id);
  if (id.starts_with("txn_")) return transactions.find(id);
  if (id.starts_with("pm_")) return methods.find(id);
  return nullptr;
}

json::Object Books::line_items_of(const std::string& session_id) const {
  const auto found = line_items.find(session_id);
  return list_of(found == line_items.end() ? json::Array{} : found->second, false,
                 "/v1/checkout/sessions/" + session_id + "/line_items");
}

}  // namespace osier::simulator
