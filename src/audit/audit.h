// Who did what, when and why: append-only entries, written in the transaction of the act itself.
//
// An entry names ids, counts, amounts and states; never personal data. The database refuses to
// change or delete one.

#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "platform/base/time.h"
#include "platform/postgres/database.h"

namespace osier::audit {

enum class ActorKind { system, staff, command };
std::string_view to_string(ActorKind);

struct Actor {
  ActorKind kind = ActorKind::system;
  std::string name;  // "system", "osier verify --repair", a staff member's id.
};

// The values of an object that an act is about, in the order they are told.
class Facts {
 public:
  Facts() = default;
  Facts& add(std::string name, std::int64_t value);
  Facts& add(std::string name, std::string value);

  bool empty() const { return members_.empty(); }
  // A JSON object.
  std::string to_json() const;
  // "committed 3, on hand 5": the way a person reads it on one line.
  std::string to_line() const;

  friend bool operator==(const Facts&, const Facts&) = default;

 private:
  struct Member {
    std::string name;
    std::string text;
    bool is_number = false;
    friend bool operator==(const Member&, const Member&) = default;
  };
  std::vector<Member> members_;
};

struct Entry {
  Actor actor;
  std::string action;       // "stock_level.repaired": the object's kind, a dot, what happened.
  std::string object_kind;  // "stock_level"
  std::string object_id;
  Facts before{};
  Facts after{};
  std::string reason{};
};

// Adds the statement that writes them, in their order. They count when the caller commits.
void add_entries(pg::Batch& batch, const std::vector<Entry>& entries, Instant now);

}  // namespace osier::audit
