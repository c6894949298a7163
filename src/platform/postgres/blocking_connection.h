// A plain blocking connection for start-up and subcommands. Internal to platform/postgres.

#pragma once

#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

struct pg_conn;

namespace osier::pg {

class BlockingConnection {
 public:
  // What the server or libpq said.
  class Failure : public std::runtime_error {
   public:
    Failure(const std::string& message, std::string sqlstate, int line)
        : std::runtime_error(message), sqlstate_(std::move(sqlstate)), line_(line) {}
    // Empty if the connection is the trouble.
    const std::string& sqlstate() const { return sqlstate_; }
    // Where in the SQL text the server found the error, from 1; 0 if it did not say.
    int line() const { return line_; }

   private:
    std::string sqlstate_;
    int line_;
  };

  // Throws Failure. Waits up to 5 s per host.
  explicit BlockingConnection(const std::string& connection);

  using Row = std::vector<std::string>;  // NULL as "".

  // Any number of statements without parameters; the rows of the last. Throws Failure.
  std::vector<Row> run(const std::string& sql);
  // One statement with parameters. Throws Failure.
  std::vector<Row> run(const char* sql, const std::vector<std::string>& parameters);

  bool is_in_transaction() const;

 private:
  std::vector<Row> rows_of(void* result, const char* sql);

  std::unique_ptr<pg_conn, void (*)(pg_conn*)> connection_;
};

}  // namespace osier::pg
