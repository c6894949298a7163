// Brings the schema to this binary's version. Migrations are the embedded files db/migrations/*.sql
// in order of name.
//
// Each runs in its own transaction together with its row in platform.migrations, under an advisory
// lock, with lock_timeout 2 s (a busy table is tried again, up to 10 times). Blocks; for start-up
// and subcommands.

#pragma once

#include <span>
#include <string>
#include <vector>

#include "platform/base/embedded_file.h"
#include "platform/base/result.h"

namespace osier {

// The files of db/migrations, in order. Link osier_migrations.
std::span<const EmbeddedFile> migrations();

}  // namespace osier

namespace osier::pg {

struct MigrationFailure {
  std::string message;  // A sentence for the operator: what is wrong and what to do.
};

struct Migrated {
  std::vector<std::string> applied;  // Names, in order; empty if the schema was current.
};

// Refuses a database that cannot be reached, one with a migration that this binary does not have
// ("newer schema than this osier"), and one whose applied migration has another checksum.
Result<Migrated, MigrationFailure> migrate(const std::string& connection,
                                           std::span<const EmbeddedFile> migrations);

// Whether all migrations are applied and none is unknown; same failures as migrate(), plus "not
// migrated yet".
Result<void, MigrationFailure> check_schema(const std::string& connection,
                                            std::span<const EmbeddedFile> migrations);

}  // namespace osier::pg
