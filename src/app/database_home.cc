#include "app/database_home.h"

namespace osier::app {

Result<DatabaseHome, std::string> DatabaseHome::open(const config::Config& config, Use use) {
  DatabaseHome home;
  if (!config.database_url.empty()) {
    home.connection_ = config.database_url.reveal();
    return home;
  }
  auto server = pg::PrivateServer::start(
      {.data = config.data, .programs = config.pg_bin_dir, .start = use == Use::serve});
  if (!server) return refuse(server.error().message);
  home.server_ = std::move(*server);
  home.connection_ = home.server_->connection();
  return home;
}

Result<bool, std::string> DatabaseHome::keep_running() {
  if (!server_) return false;
  const auto restarted = server_->keep_running();
  if (!restarted) return refuse(restarted.error().message);
  return *restarted;
}

}  // namespace osier::app
