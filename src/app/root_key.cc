#include "app/root_key.h"

#include "privacy/local_root_key.h"

namespace osier::app {

std::unique_ptr<privacy::RootKey> root_key(const config::Config& config, Random& random) {
  if (!config.root_key.empty())
    return std::make_unique<privacy::LocalRootKey>(config.root_key, random);
  const bool is_shared =
      config.environment == config::Environment::production && !config.database_url.empty();
  const auto first = is_shared ? privacy::FirstKey::put_there : privacy::FirstKey::made_here;
  return std::make_unique<privacy::LocalRootKey>(config.data / "keys" / "root.key", random, first);
}

privacy::VaultOptions vault_options(const config::Config& config) {
  return {.region = config.region == config::Region::eu ? "eu" : "us"};
}

}  // namespace osier::app
