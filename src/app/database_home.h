// Where the shop's database is: the one configured, or the private one in the data folder.

#pragma once

#include <optional>
#include <string>

#include "platform/base/result.h"
#include "platform/config/config.h"
#include "platform/postgres/private_server.h"

namespace osier::app {

// For `serve` the private server is started and its folder is this process's alone; other commands
// use a server that runs already, or start one for their own time.
enum class Use { serve, command };

class DatabaseHome {
 public:
  static Result<DatabaseHome, std::string> open(const config::Config& config, Use use);

  const std::string& connection() const { return connection_; }
  bool is_private() const { return server_.has_value(); }
  // Starts the private server again if it died; see pg::PrivateServer::keep_running().
  Result<bool, std::string> keep_running();

 private:
  std::optional<pg::PrivateServer> server_;
  std::string connection_;
};

}  // namespace osier::app
