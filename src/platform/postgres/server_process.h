// Finding and running PostgreSQL's own programs. Internal to platform/postgres.

#pragma once

#include <sys/types.h>

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "platform/base/result.h"

namespace osier::pg {

struct ServerFailure {
  std::string message;
};

// Whom the server runs as: the user of this process, or `postgres` if that is root.
struct ServerUser {
  uid_t uid = 0;
  gid_t gid = 0;
  bool is_other = false;  // Not the user of this process.
};

// Refuses root on a machine without the system user `postgres`.
Result<ServerUser, ServerFailure> server_user();

// The folder with initdb and postgres: `wanted`, or the newest below /usr/lib/postgresql or on the
// PATH. If `version` is not empty, the one of that major version.
Result<std::filesystem::path, ServerFailure> find_programs(const std::filesystem::path& wanted,
                                                           const std::string& version);

// A folder of the server's, and the name under which the server reaches it. That is its path,
// unless a folder above it is closed to the server's user (a checkout below /root): then it is an
// open descriptor that the server inherits.
class ServerFolder {
 public:
  // Makes the folder if it is missing, owned by `user`, mode 0700. Throws std::system_error.
  ServerFolder(std::filesystem::path path, const ServerUser& user);
  ~ServerFolder();
  ServerFolder(const ServerFolder&) = delete;
  ServerFolder& operator=(const ServerFolder&) = delete;

  const std::filesystem::path& path() const { return path_; }
  const std::string& name_for_server() const { return name_for_server_; }
  int descriptor() const { return descriptor_; }

 private:
  std::filesystem::path path_;
  int descriptor_ = -1;
  std::string name_for_server_;
};

struct ProcessOptions {
  std::filesystem::path program;
  std::vector<std::string> arguments;
  ServerUser user;
  const ServerFolder* folder = nullptr;
  std::filesystem::path log;      // Standard output and error are appended here.
  bool ends_with_parent = false;  // Killed when the thread that started it ends: for tests only.
};

// Starts a process in a session of its own (a Ctrl-C is for osier, not for its server). Throws
// std::system_error.
pid_t start_process(const ProcessOptions& options);

// Runs initdb in the empty `folder`: superuser `osier`, UTF-8, page checksums. `log` takes its
// output.
Result<void, ServerFailure> create_cluster(const std::filesystem::path& programs,
                                           const ServerUser& user, const ServerFolder& folder,
                                           const std::filesystem::path& log);

// How a shop's server is set: everything durable, reachable by the socket alone, memory by what the
// machine has.
std::vector<std::string> server_arguments(const std::string& folder,
                                          const std::string& socket_folder);

// The last lines of a log from `offset` on, for error messages.
std::string last_lines(const std::filesystem::path& log, std::size_t offset);

}  // namespace osier::pg
