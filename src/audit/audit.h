// Who did what, when and why: append-only entries, written in the transaction of the act itself.
//
// An entry names ids, counts, amounts and states. What is personal stands in it only sealed, under
// the key of whose it is (Facts::add_sealed). The database refuses to change or delete an entry,
// and a hash chain over all of them shows whoever does it nevertheless (audit/chain.h).

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "platform/base/time.h"
#include "platform/base/uuid.h"
#include "platform/postgres/database.h"

namespace osier::audit {

// A machine has signed in with an API key; a command is a subcommand of osier.
enum class ActorKind { system, staff, command, customer, machine };
std::string_view to_string(ActorKind);

struct Actor {
  ActorKind kind = ActorKind::system;
  // "system", "osier verify --repair"; else the id of the staff member, customer or API key, never
  // a name or an address.
  std::string name;
  std::string request_id{};      // Of the request by which it acts, if any.
  std::string client_address{};  // Whence; only its network is written.
};

// The values of an object that an act is about, in the order they are told.
class Facts {
 public:
  Facts() = default;
  Facts& add(std::string name, std::int64_t value);
  Facts& add(std::string name, std::string value);
  // What is personal, encrypted by the caller. It is bound to the table "audit.entries", the column
  // `name` and, as row, the entry's id, which the caller makes (Entry::id). `subject` is whose key
  // opens it.
  Facts& add_sealed(std::string name, const pg::Bytes& sealed, Uuid subject);

  bool empty() const { return members_.empty(); }
  // A JSON object; a sealed value is {"sealed": base64, "subject": id}.
  std::string to_json() const;
  // "committed 3, on hand 5, email (sealed)": the way a person reads it on one line.
  std::string to_line() const;

  friend bool operator==(const Facts&, const Facts&) = default;

 private:
  enum class Form { text, number, sealed };
  struct Member {
    std::string name;
    std::string text;  // Base64 of what is sealed.
    Form form = Form::text;
    Uuid subject{};
    friend bool operator==(const Member&, const Member&) = default;
  };
  std::vector<Member> members_;
};

inline constexpr std::string_view sealed_table = "audit.entries";

struct Entry {
  Actor actor;
  std::string action;       // "stock_level.repaired": the object's kind, a dot, what happened.
  std::string object_kind;  // "stock_level"
  std::string object_id;
  Facts before{};
  Facts after{};
  std::string reason{};
  std::optional<Uuid> id{};  // Named by who seals values for it; else it is made.
};

// Adds the statement that writes them, in their order. They count when the caller commits.
void add_entries(pg::Batch& batch, const std::vector<Entry>& entries, Instant now);

// "203.0.113.0/24", "2001:db8:1::/48": what is kept of where somebody was; nothing for what is no
// address.
std::optional<std::string> network_of(const std::string& address);

}  // namespace osier::audit
