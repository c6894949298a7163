#include "platform/postgres/migrations.h"

#include <sodium.h>

#include <array>
#include <map>
#include <thread>

#include "platform/base/time.h"
#include "platform/postgres/blocking_connection.h"

namespace osier::pg {

namespace {

// The lock that keeps two processes from migrating at once; the number is "osier" in ASCII.
constexpr const char* try_lock_sql = "SELECT pg_try_advisory_lock(478560413042)";
constexpr const char* create_table_sql = R"sql(
  CREATE SCHEMA IF NOT EXISTS platform;
  CREATE TABLE IF NOT EXISTS platform.migrations (
    name        text        PRIMARY KEY,
    checksum    text        NOT NULL,
    applied_at  timestamptz NOT NULL DEFAULT now()
  );
)sql";
constexpr const char* has_table_sql = "SELECT to_regclass('platform.migrations') IS NOT NULL";
constexpr const char* select_applied_sql = "SELECT name, checksum FROM platform.migrations";
constexpr const char* insert_applied_sql =
    "INSERT INTO platform.migrations (name, checksum) VALUES ($1, $2)";

constexpr int tries_per_migration = 10;
constexpr Duration pause_between_tries = 500ms;
constexpr Duration wait_for_other_process = 10min;

using Applied = std::map<std::string, std::string>;  // Name to checksum.

// SHA-256 in hex.
std::string checksum_of(std::string_view bytes) {
  std::array<unsigned char, crypto_hash_sha256_BYTES> hash{};
  crypto_hash_sha256(hash.data(), reinterpret_cast<const unsigned char*>(bytes.data()),
                     bytes.size());
  std::array<char, 2 * hash.size() + 1> hex{};
  sodium_bin2hex(hex.data(), hex.size(), hash.data(), hash.size());
  return hex.data();
}

Applied applied_migrations(BlockingConnection& connection) {
  Applied applied;
  if (connection.run(has_table_sql)[0][0] != "t") return applied;
  for (const auto& row : connection.run(select_applied_sql)) applied[row[0]] = row[1];
  return applied;
}

// What the database holds must be a part of what this binary brings.
Result<void, MigrationFailure> check_applied(const Applied& applied,
                                             std::span<const EmbeddedFile> migrations) {
  std::map<std::string, std::string_view> ours;
  for (const auto& file : migrations) ours[std::string(file.path)] = file.bytes;
  for (const auto& [name, checksum] : applied) {
    const auto found = ours.find(name);
    if (found == ours.end()) {
      return refuse(MigrationFailure{"the database has a newer schema than this osier (migration " +
                                     name + "): run the newer osier on it"});
    }
    if (checksum_of(found->second) != checksum) {
      return refuse(MigrationFailure{
          "the migration " + name +
          " was changed after it was applied to this database: restore the file, and put the "
          "change into a new migration"});
    }
  }
  return {};
}

// Throws Failure with sqlstate 55P03 if another process holds the lock for too long.
void lock(BlockingConnection& connection) {
  const auto give_up_at = std::chrono::steady_clock::now() + wait_for_other_process;
  while (connection.run(try_lock_sql)[0][0] != "t") {
    if (std::chrono::steady_clock::now() > give_up_at) {
      throw BlockingConnection::Failure("another process has been migrating for too long", "55P03",
                                        0);
    }
    std::this_thread::sleep_for(200ms);
  }
}

void apply(BlockingConnection& connection, const EmbeddedFile& file) {
  connection.run(
      "BEGIN; SET LOCAL lock_timeout = '2s'; SET LOCAL statement_timeout = 0; "
      "SET LOCAL idle_in_transaction_session_timeout = 0");
  try {
    connection.run(std::string(file.bytes));
    if (!connection.is_in_transaction()) {
      throw BlockingConnection::Failure("it ends the transaction it runs in", "25000", 0);
    }
    connection.run(insert_applied_sql, {std::string(file.path), checksum_of(file.bytes)});
    connection.run("COMMIT");
  } catch (const BlockingConnection::Failure& failure) {
    if (!failure.sqlstate().empty()) connection.run("ROLLBACK");
    throw;
  }
}

bool is_worth_another_try(const BlockingConnection::Failure& failure) {
  return failure.sqlstate() == "55P03" || failure.sqlstate() == "40P01" ||
         failure.sqlstate() == "40001";
}

void apply_patiently(BlockingConnection& connection, const EmbeddedFile& file) {
  for (int tries = 1;; ++tries) {
    try {
      apply(connection, file);
      return;
    } catch (const BlockingConnection::Failure& failure) {
      if (tries == tries_per_migration || !is_worth_another_try(failure)) throw;
    }
    std::this_thread::sleep_for(pause_between_tries);
  }
}

MigrationFailure failure_of(const EmbeddedFile& file, const BlockingConnection::Failure& failure) {
  std::string message = "the migration " + std::string(file.path) + " failed";
  if (failure.line() > 0) message += " at line " + std::to_string(failure.line());
  message += ": " + std::string(failure.what());
  if (!failure.sqlstate().empty()) message += " (" + failure.sqlstate() + ")";
  return {message + "; nothing of it was applied"};
}

}  // namespace

Result<Migrated, MigrationFailure> migrate(const std::string& connection_string,
                                           std::span<const EmbeddedFile> migrations) {
  try {
    BlockingConnection connection(connection_string);
    lock(connection);
    connection.run(create_table_sql);
    const Applied applied = applied_migrations(connection);
    if (const auto checked = check_applied(applied, migrations); !checked) {
      return refuse(checked.error());
    }
    Migrated migrated;
    for (const auto& file : migrations) {
      if (applied.contains(std::string(file.path))) continue;
      try {
        apply_patiently(connection, file);
      } catch (const BlockingConnection::Failure& failure) {
        return refuse(failure_of(file, failure));
      }
      migrated.applied.emplace_back(file.path);
    }
    return migrated;
  } catch (const BlockingConnection::Failure& failure) {
    return refuse(MigrationFailure{std::string("cannot migrate the database: ") + failure.what()});
  }
}

Result<void, MigrationFailure> check_schema(const std::string& connection_string,
                                            std::span<const EmbeddedFile> migrations) {
  try {
    BlockingConnection connection(connection_string);
    const Applied applied = applied_migrations(connection);
    if (const auto checked = check_applied(applied, migrations); !checked) return checked;
    if (applied.size() < migrations.size()) {
      return refuse(MigrationFailure{"the database is not migrated yet (" +
                                     std::to_string(migrations.size() - applied.size()) +
                                     " migrations are missing): run osier migrate"});
    }
    return {};
  } catch (const BlockingConnection::Failure& failure) {
    return refuse(MigrationFailure{std::string("cannot look at the database: ") + failure.what()});
  }
}

}  // namespace osier::pg
