// How the subcommands that do one thing reach the database.

#pragma once

#include <cstdio>
#include <string>

#include "app/database_home.h"
#include "platform/postgres/migrations.h"

namespace osier::app {

// Says what went wrong, and is the process's exit status.
inline int fail(const std::string& sentence) {
  std::fprintf(stderr, "osier: %s\n", sentence.c_str());
  return 1;
}

// Opens the database and runs `work` with its connection string; says what went wrong in one
// sentence.
template <class Work>
int with_database(const config::Config& config, Work work) {
  auto home = DatabaseHome::open(config, Use::command);
  if (!home) return fail(home.error());
  try {
    return work(home->connection());
  } catch (const std::exception& error) {
    return fail(error.what());
  }
}

// The same, on a database that has this version's schema.
template <class Work>
int with_current_schema(const config::Config& config, Work work) {
  return with_database(config, [&](const std::string& connection) {
    const auto checked = pg::check_schema(connection, migrations());
    return checked ? work(connection) : fail(checked.error().message);
  });
}

}  // namespace osier::app
