// The subcommands of osier. Each returns the process's exit status and says on stderr what went
// wrong and what to do.

#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "platform/config/config.h"

namespace osier::app {

struct SeedOptions {
  bool demo = true;
  std::optional<std::size_t> synthetic_products;
};

struct StockOptions {
  std::string sku;
  std::int32_t on_hand = 0;
  std::string reason;
  std::optional<std::string> location;
};

struct HoldOptions {
  std::string market;                   // One of both.
  std::string product;                  // Its handle.
  std::optional<std::int32_t> minutes;  // Nothing: as the shop does.
};

struct ServeOptions {
  bool seed_demo = false;  // Load the demo shop if the catalogue is empty.
};

int serve(const config::Config& config, const ServeOptions& options);
int migrate(const config::Config& config);
int seed(const config::Config& config, const SeedOptions& options);
int stock(const config::Config& config, const StockOptions& options);
int hold(const config::Config& config, const HoldOptions& options);
int verify(const config::Config& config);

}  // namespace osier::app
