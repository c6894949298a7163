// Reading the demo shop's file. Internal to seeding.

#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "app/seed.h"
#include "audit/audit.h"
#include "platform/json/value.h"

namespace osier::app {

// The members of one object; a member that is missing or of another type is a SeedError that names
// it.
class Demo {
 public:
  explicit Demo(const json::Value& value) : value_(value) {}

  Demo at(std::string_view name) const;
  bool has(std::string_view name) const;  // And not null.
  std::string text(std::string_view name) const;
  std::optional<std::string> optional_text(std::string_view name) const;
  std::int64_t number(std::string_view name) const;
  std::optional<std::int64_t> optional_number(std::string_view name) const;
  bool flag(std::string_view name) const;
  // A member as JSON text, for jsonb columns.
  std::string json(std::string_view name) const { return json::to_text(at(name).value_); }
  const json::Array& array(std::string_view name) const;
  const json::Object& object() const;
  const json::Value& value() const { return value_; }

 private:
  const json::Value& value_;
};

// catalog.json.
json::Value read_catalog(std::span<const EmbeddedFile> files);

// The bytes of one of the embedded files.
std::string_view bytes_of(std::span<const EmbeddedFile> files, std::string_view path);

// "Ackerstraße 76, 13355 Berlin, DE"
std::string address_line(const Demo& address);

// What the steps of seeding share.
struct Seed {
  const json::Value& catalog;
  std::span<const EmbeddedFile> files;
  Instant now;
  std::map<std::string, Uuid, std::less<>> pictures;  // By file.

  std::optional<Uuid> picture(const std::optional<std::string>& file) const;
};

// Steps, in this order; each joins the transaction and leaves alone what is there.
Task<void> seed_markets(pg::Transaction& transaction, const Seed& seed);
Task<void> seed_shop(pg::Transaction& transaction, const Seed& seed);
Task<void> seed_products(pg::Transaction& transaction, const Seed& seed);

// For the audit: who seeds, and that it was done.
inline const audit::Actor seed_actor{audit::ActorKind::command, "osier seed"};
Task<void> note_seeding(pg::Transaction& transaction, std::string what, Instant now,
                        std::int64_t products = 0);

}  // namespace osier::app
