// The PostgreSQL of a shop that has none: a private server in the data folder, reached by a Unix
// socket only.
//
// Started by Osier and stopped with it. Runs as the user of the process, or, since PostgreSQL
// refuses root, as the system's `postgres` user when Osier is root. A server left over by a killed
// Osier is found by its pid file, and used again or ended before a new one starts. A second Osier
// on the same folder is refused by a lock on `osier.lock`. fsync, synchronous_commit and
// full_page_writes stay on. Blocks; for start-up and shutdown.

#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "platform/base/result.h"

namespace osier::pg {

struct PrivateServerFailure {
  std::string message;  // A sentence for the operator: what is wrong and what to do.
};

class PrivateServer {
 public:
  struct Options {
    std::filesystem::path data;  // The shop's data folder; PostgreSQL's own is data/postgres.
    std::filesystem::path
        programs;  // Where initdb and postgres are; empty: the newest found on the machine.
    // false: for subcommands. Uses the server of an osier that already runs on this folder; if
    // there is none, starts one for the life of this object.
    bool start = true;
  };

  // Initialises the folder on first use. Refuses, with the reason, a folder that is not writable, a
  // disk that is full, missing programs, and a folder another osier holds.
  static Result<PrivateServer, PrivateServerFailure> start(Options options);

  PrivateServer(PrivateServer&&) noexcept;
  PrivateServer& operator=(PrivateServer&&) noexcept;
  ~PrivateServer();  // Stops the server (fast shutdown) if this object started it.

  // Starts the server again if it ended without being told to (killed, out of memory); does nothing
  // while it runs, or if it is another osier's. Blocks while it recovers. True if it had to start.
  Result<bool, PrivateServerFailure> keep_running();

  // A libpq connection string for the shop's database.
  const std::string& connection() const;

 private:
  struct State;
  explicit PrivateServer(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace osier::pg
