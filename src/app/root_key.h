// Which root key the configuration means. See privacy/root_key.h.

#pragma once

#include <memory>

#include "platform/config/config.h"
#include "privacy/root_key.h"
#include "privacy/vault.h"

namespace osier::app {

// Nothing is read yet. `random` outlives it.
std::unique_ptr<privacy::RootKey> root_key(const config::Config& config, Random& random);

privacy::VaultOptions vault_options(const config::Config& config);

}  // namespace osier::app
