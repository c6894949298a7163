// Reading entries: for people, and whole for whoever verifies the chain by means of their own.

#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "audit/chain.h"
#include "platform/base/uuid.h"
#include "platform/postgres/database.h"

namespace osier::audit {

struct EntryFilter {
  std::optional<std::string> object_kind{};
  std::optional<std::string> object_id{};
  std::optional<std::string> actor{};
  std::optional<std::string> action{};
  std::optional<Instant> since{};
};

struct ListedEntry {
  StoredEntry entry;
  std::optional<std::int64_t> seq;  // Nothing: it waits for its place.
  std::string hash;                 // In hex digits; empty likewise.
};

// The newest `count` that the filter lets through, the oldest of them first. Throws pg::Error.
Task<std::vector<ListedEntry>> list_entries(pg::Database& database, EntryFilter filter, int count);

// The first `count` behind that position, in the order of positions: for reading all, page by page.
Task<std::vector<ListedEntry>> page_of_entries(pg::Database& database, EntryFilter filter,
                                               std::int64_t after_position, int count);

// A sealed value of an entry, as Facts::add_sealed wrote it.
struct SealedFact {
  Uuid entry_id;
  std::string name;
  pg::Bytes sealed;
  Uuid subject;
};
// What is in it; nothing if it cannot be opened, or not any more.
using Opener = std::function<Task<std::optional<std::string>>(SealedFact)>;

// An entry's before or after on one line: "code SPRING, email (sealed)". With an opener, what it
// opens stands for itself.
Task<std::string> facts_line(std::string entry_id, std::string facts, Opener opener);

// One JSON object with every column, seq and hash, without a line feed. "before" and "after" are
// texts, byte for byte what the chain is about.
std::string to_json_line(const ListedEntry& listed);

}  // namespace osier::audit
