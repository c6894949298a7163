// The subcommands that do one thing and end.

#include <charconv>
#include <chrono>
#include <cstdio>
#include <filesystem>

#include "app/audit_chain.h"
#include "app/cli.h"
#include "app/command_database.h"
#include "app/reconcile.h"
#include "app/seed.h"
#include "app/verify.h"
#include "catalog/hold_settings.h"
#include "inventory/inventory.h"
#include "platform/blob/folder_store.h"
#include "waiting_room/waiting_room.h"

namespace osier::app {

int migrate(const config::Config& config) {
  return with_database(config, [](const std::string& connection) {
    const auto migrated = pg::migrate(connection, migrations());
    if (!migrated) return fail(migrated.error().message);
    for (const std::string& name : migrated->applied) std::printf("applied %s\n", name.c_str());
    if (migrated->applied.empty()) std::printf("The schema is current.\n");
    return 0;
  });
}

namespace {

Task<void> load_seed(pg::Database& database, blob::Store& files, const config::Config& config,
                     SeedOptions options) {
  const SystemClock clock;
  // A synthetic catalogue stands on the demo shop's markets, location and pictures.
  co_await seed_demo(database, files, demo_files(), clock, static_cast<unsigned>(config.threads));
  if (!options.synthetic_products) co_return;
  const auto count = static_cast<std::int64_t>(*options.synthetic_products);
  const auto added = co_await seed_synthetic(database, count, clock);
  std::printf("%lld products added.\n", static_cast<long long>(added));
}

}  // namespace

int seed(const config::Config& config, const SeedOptions& options) {
  return with_database(config, [&](const std::string& connection) {
    const auto migrated = pg::migrate(connection, migrations());
    if (!migrated) return fail(migrated.error().message);
    Loop loop;
    blob::FolderStore files(config.data / "files");
    pg::Database database(
        {.connection = connection, .connections_per_loop = 2, .statement_timeout = 5min}, {&loop});
    run_to_end(loop, load_seed(database, files, config, options));
    database.close();
    return 0;
  });
}

int verify(const config::Config& config, const VerifyOptions& options) {
  return with_current_schema(config, [&](const std::string& connection) {
    if (options.repair) {
      const auto report = repair_derived(
          connection, options.dry_run ? audit::RepairMode::dry_run : audit::RepairMode::carry_out);
      for (const std::string& line : report) std::printf("%s\n", line.c_str());
    }
    const auto violations = find_violations(connection, audit_files(config));
    for (const std::string& violation : violations) std::printf("%s\n", violation.c_str());
    return violations.empty() ? 0 : 1;
  });
}

std::optional<Duration> since_of(const std::string& text) {
  constexpr int days_max = 400;
  int count = 0;
  const char* const end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, count);
  if (read.ec != std::errc{} || count <= 0 || end - read.ptr != 1) return std::nullopt;
  const char unit = *read.ptr;
  const auto minutes = std::int64_t{count} * (unit == 'm'   ? 1
                                              : unit == 'h' ? 60
                                              : unit == 'd' ? 24 * 60
                                                            : 0);
  if (minutes <= 0 || minutes > days_max * 24 * 60) return std::nullopt;
  return std::chrono::minutes(minutes);
}

std::string check_since(const std::string& text) {
  return since_of(text) ? "" : "must be a time of up to 400 days, such as 90m, 24h or 7d";
}

int reconcile(const config::Config& config, const ReconcileCommand& command) {
  if (config.stripe_secret_key.empty())
    return fail("there is no payment provider to compare with: set OSIER_STRIPE_SECRET_KEY");
  return with_current_schema(config, [&](const std::string& connection) {
    using Mode = orders::ReconcileOptions::Mode;
    using Undo = orders::ReconcileOptions::Undo;
    orders::ReconcileOptions options{.since = since_of(command.since).value(),
                                     .mode = command.dry_run ? Mode::dry_run : Mode::carry_out,
                                     .undo = command.undo ? Undo::at_once : Undo::never,
                                     .actor = {audit::ActorKind::command, "osier reconcile"},
                                     .time_max = 30min};
    return reconcile_now(config, connection, std::move(options));
  });
}

namespace {

std::string sentence_for(inventory::Inventory::SetRefusal refusal, const StockOptions& options) {
  using Refusal = inventory::Inventory::SetRefusal;
  switch (refusal) {
    case Refusal::unknown_variant:
      return "no variant has the SKU " + options.sku;
    case Refusal::unknown_location:
      return "there is no location " + options.location.value_or("");
    case Refusal::several_locations:
      return "there are several locations: name one with --location";
    case Refusal::below_committed:
      return "orders have been promised more than " + std::to_string(options.on_hand) + " of " +
             options.sku + ": set at least what is committed";
    case Refusal::out_of_range:
      return "--set must be a number of units from 0 to 1,000,000,000";
  }
}

Task<void> set_stock(pg::Database& database, StockOptions options, int& status) {
  const SystemClock clock;
  inventory::Inventory inventory(database);
  inventory::Inventory::SetStock command{.sku = options.sku,
                                         .location_code = options.location,
                                         .on_hand = options.on_hand,
                                         .reason = options.reason,
                                         .actor = {audit::ActorKind::command, "osier stock"}};
  const auto level = co_await inventory.set_on_hand(std::move(command), clock.now());
  if (!level) {
    status = fail(sentence_for(level.error(), options));
    co_return;
  }
  std::printf("%s: on hand %d, committed %d, available %d\n", options.sku.c_str(), level->on_hand,
              level->committed, level->available());
  status = 0;
}

}  // namespace

int stock(const config::Config& config, const StockOptions& options) {
  return with_current_schema(config, [&](const std::string& connection) {
    int status = 1;
    Loop loop;
    pg::Database database({.connection = connection, .connections_per_loop = 1}, {&loop});
    run_to_end(loop, set_stock(database, options, status));
    database.close();
    return status;
  });
}

namespace {

Task<void> set_hold(pg::Database& database, HoldOptions options, int& status) {
  const Instant now = SystemClock{}.now();
  const audit::Actor actor{audit::ActorKind::command, "osier hold"};
  const bool is_of_market = !options.market.empty();
  const bool is_known = is_of_market ? co_await catalog::set_market_hold(
                                           database, options.market, options.minutes, actor, now)
                                     : co_await catalog::set_product_hold(
                                           database, options.product, options.minutes, actor, now);
  if (!is_known) {
    status = fail(is_of_market ? "there is no market " + options.market
                               : "there is no product with the handle " + options.product);
    co_return;
  }
  const std::string& what = is_of_market ? options.market : options.product;
  if (options.minutes) {
    std::printf("%s: unpaid orders hold their stock for %d minutes\n", what.c_str(),
                *options.minutes);
  } else {
    std::printf("%s: unpaid orders hold their stock as long as everywhere\n", what.c_str());
  }
  status = 0;
}

}  // namespace

int hold(const config::Config& config, const HoldOptions& options) {
  return with_current_schema(config, [&](const std::string& connection) {
    int status = 1;
    Loop loop;
    pg::Database database({.connection = connection, .connections_per_loop = 1}, {&loop});
    run_to_end(loop, set_hold(database, options, status));
    database.close();
    return status;
  });
}

namespace {

std::string name_of(const std::string& handle) {
  return handle.empty() ? "the whole shop" : handle;
}

Task<void> print_waiting_rooms(pg::Database& database) {
  const auto rooms = co_await osier::waiting_room::list_rooms(database);
  if (rooms.empty()) std::printf("No waiting room is on.\n");
  for (const auto& room : rooms) {
    std::printf("%s: %lld numbers given, %lld admitted, %d a second%s\n",
                name_of(room.product_handle).c_str(), static_cast<long long>(room.last_number),
                static_cast<long long>(room.admitted), room.rate,
                room.opens_at ? (", opens at " + to_rfc3339(*room.opens_at)).c_str() : "");
  }
}

Task<void> switch_waiting_room(pg::Database& database, WaitingRoomOptions options, int& status) {
  const SystemClock clock;
  const audit::Actor actor{audit::ActorKind::command, "osier waiting-room"};
  status = 0;
  if (options.action == "status") co_return co_await print_waiting_rooms(database);
  if (options.action == "off") {
    if (!co_await osier::waiting_room::switch_off(database, options.product, actor, clock.now()))
      status = fail("no waiting room is on before " + name_of(options.product));
    co_return;
  }
  osier::waiting_room::RoomSettings settings{.product_handle = options.product,
                                             .rate = options.rate,
                                             .turn_minutes = options.turn_minutes,
                                             .opens_at = std::nullopt};
  if (!options.opens_at.empty()) {
    settings.opens_at = parse_instant(options.opens_at);
    if (!settings.opens_at) {
      status = fail("--opens-at must be a time such as 2026-11-22T18:00:00Z");
      co_return;
    }
  }
  if (!co_await osier::waiting_room::switch_on(database, std::move(settings), actor, clock.now()))
    status = fail("there is no product with the handle " + options.product);
}

}  // namespace

int waiting_room(const config::Config& config, const WaitingRoomOptions& options) {
  return with_current_schema(config, [&](const std::string& connection) {
    int status = 1;
    Loop loop;
    pg::Database database({.connection = connection, .connections_per_loop = 1}, {&loop});
    run_to_end(loop, switch_waiting_room(database, options, status));
    database.close();
    return status;
  });
}

}  // namespace osier::app
