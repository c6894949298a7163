// A named SQL statement. It is a literal: glued SQL does not compile (consteval), so it cannot be
// injected into.
//
//   static constexpr pg::Statement hold_units_sql{"inventory.hold_units", R"sql( UPDATE … )sql"};
//
// The name is the prepared statement's name on the server and the label in metrics; unique in the
// program.

#pragma once

#include <string_view>

namespace osier::pg {

class Statement {
 public:
  consteval Statement(const char* name, const char* sql) : name_(name), sql_(sql) {}

  constexpr const char* name() const { return name_; }
  constexpr const char* sql() const { return sql_; }

 private:
  const char* name_;
  const char* sql_;
};

}  // namespace osier::pg
