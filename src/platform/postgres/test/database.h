// A PostgreSQL for tests: one throw-away server per test program, and fresh databases cloned from a
// migrated template.
//
//   pg::test::Database database(migrations());           // dropped at the end of its scope
//   pg::test::run(database.connection(), sell_a_mug);     // Task<void> sell_a_mug(pg::Database&)
//
// The server is started at first use and ends with the program, however that ends. It does not
// flush to disk: nothing here says anything about durability. OSIER_TEST_DATABASE_URL names another
// server to use instead.
//
// Everything here is used on the main thread of a test program and throws std::runtime_error.

#pragma once

#include <sys/types.h>

#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "platform/async/task.h"
#include "platform/base/embedded_file.h"
#include "platform/postgres/database.h"

namespace osier::pg::test {

// A server with a folder of its own, in memory if there is room, else below /tmp.
class Server {
 public:
  // `settings` are further ones, as "name=value".
  explicit Server(std::vector<std::string> settings = {});
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // A libpq connection string.
  std::string connection(const std::string& database = "postgres") const;

  // As a power cut does it, and back again.
  void kill();
  void start();

 private:
  std::filesystem::path folder_;
  std::vector<std::string> settings_;
  std::string outer_connection_;  // Of OSIER_TEST_DATABASE_URL.
  pid_t process_ = 0;

  friend Server& server();
  enum class Kind { outer };
  Server(Kind, std::string connection) : outer_connection_(std::move(connection)) {}
};

// The server that all tests of this program share.
Server& server();

class Database {
 public:
  // Migrates a template once per program and set of migrations, and clones it.
  explicit Database(std::span<const EmbeddedFile> migrations = {});
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  const std::string& connection() const { return connection_; }

 private:
  std::string name_;
  std::string connection_;
};

// Options for tests on a busy machine: the same as in production, with more patience.
DatabaseOptions options(const std::string& connection);

// Runs a task with a pg::Database on a loop of its own, until the task ends. What the task throws
// is thrown here.
void run(const std::string& connection, std::function<Task<void>(pg::Database&)> work);
void run(DatabaseOptions options, std::function<Task<void>(pg::Database&)> work);

}  // namespace osier::pg::test
