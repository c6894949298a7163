// What the simulator knows: all objects, its own time and its ids. In memory, for one thread.

#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "cards.h"
#include "platform/base/time.h"
#include "shapes.h"

namespace osier::simulator {

// Objects of one kind, by id and in the order they were made.
class Collection {
 public:
  json::Object* find(std::string_view id);
  // The object names its id. The reference stays good.
  json::Object& add(json::Object object);
  const std::vector<std::string>& ids() const { return ids_; }
  std::size_t size() const { return ids_.size(); }

 private:
  std::unordered_map<std::string, json::Object> by_id_;
  std::vector<std::string> ids_;
};

// Who asks, as far as answers and events tell it.
struct Call {
  std::string request_id{};
  std::string idempotency_key{};
  std::string base_url{};  // Where hosted pages are.
};

struct Event {
  std::string id;
  std::string type;
  std::int64_t created = 0;
  std::string body;  // The JSON that is sent and signed.
};

class Books {
 public:
  explicit Books(std::optional<std::uint64_t> seed);

  Instant now() const { return SystemClock{}.now() + offset_; }
  std::int64_t seconds() const;
  void advance(Duration by) { offset_ += by; }

  // "pi_" and 24 letters and digits.
  std::string new_id(std::string_view prefix, std::size_t length = 24);
  std::uint64_t random_below(std::uint64_t end) { return random_() % end; }

  // Writes an event about the object as it is now, and tells on_event.
  void record(const std::string& type, const json::Object& object, const Call& call,
              json::Object previous = {});

  // Any object, by the prefix of its id.
  json::Object* find(std::string_view id);
  // A session's items, as a list object.
  json::Object line_items_of(const std::string& session_id) const;

  Collection sessions;
  Collection intents;
  Collection charges;
  Collection refunds;
  Collection transactions;
  Collection methods;
  Collection endpoints;
  std::unordered_map<std::string, json::Array> line_items;  // By session.
  std::unordered_map<std::string, TestCard> cards;          // By payment method.
  std::unordered_map<std::string, std::string> session_of_intent;
  std::deque<Event> events;  // The newest last; no more than events_max.
  std::function<void(const Event&)> on_event;
  std::string api_version;  // The last caller's, which events are said to be in.

  static constexpr std::size_t events_max = 20'000;

 private:
  std::mt19937_64 random_;
  Duration offset_{0};
};

}  // namespace osier::simulator
