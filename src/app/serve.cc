#include <signal.h>

#include <cstdio>
#include <filesystem>
#include <optional>
#include <system_error>

#include "app/admin.h"
#include "app/background.h"
#include "app/cli.h"
#include "app/customers.h"
#include "app/database_home.h"
#include "app/demo_staff.h"
#include "app/endpoints.h"
#include "app/loggable_path.h"
#include "app/routes.h"
#include "app/seed.h"
#include "app/shop.h"
#include "platform/http/server.h"
#include "platform/postgres/migrations.h"

namespace osier::app {

namespace {

constexpr Duration drain_limit = 12s;

int fail_to_start(const std::string& sentence) {
  std::fprintf(stderr, "osier: %s\n", sentence.c_str());
  return 1;
}

// Signals that end the shop are taken by the main thread alone, which waits for one.
sigset_t block_stop_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  struct sigaction hangup{};
  sigaction(SIGHUP, nullptr, &hangup);
  if (hangup.sa_handler != SIG_IGN) sigaddset(&signals, SIGHUP);  // nohup stays nohup.
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  return signals;
}

std::string local_url(const std::string& address, std::uint16_t port) {
  const bool is_local =
      address.empty() || address == "127.0.0.1" || address == "0.0.0.0" || address == "::";
  return "http://" + (is_local ? "localhost" : address) + ":" + std::to_string(port);
}

// A schema of another version is brought up to this one where the shop is on its own machine; a
// fleet migrates once, by `osier migrate`, before its new processes start.
Result<void, std::string> prepare_schema(const config::Config& config, const DatabaseHome& home) {
  if (home.is_private() || config.environment == config::Environment::development) {
    const auto migrated = pg::migrate(home.connection(), migrations());
    if (!migrated) return refuse(migrated.error().message);
    return {};
  }
  const auto checked = pg::check_schema(home.connection(), migrations());
  if (!checked) return refuse(checked.error().message);
  return {};
}

void log_failure(telemetry::Log& log, const http::Request& request, std::exception_ptr error) {
  std::string what = "unknown";
  try {
    std::rethrow_exception(error);
  } catch (const std::exception& exception) {
    what = exception.what();
  } catch (...) {
  }
  log.for_request(request.id)
      .error("a handler failed", {{"path", loggable_path(request.path)}, {"error", what}});
}

http::ServerOptions server_options(const config::Config& config) {
  http::ServerOptions options;
  options.address = config.bind_address;
  options.port = config.port;
  options.allowed_hosts = config.allowed_hosts;
  options.trusted_proxies = config.trusted_proxies;
  return options;
}

http::ServerOptions with_log(http::ServerOptions options, telemetry::Log& log) {
  options.handler_failed = [&log](const http::Request& request, std::exception_ptr error) {
    log_failure(log, request, std::move(error));
  };
  return options;
}

// Counts answers by status class, and logs those that are our fault or slow.
class AccessLog {
 public:
  explicit AccessLog(Shop& shop) : log_(shop.log) {
    for (int i = 0; i < 5; ++i) {
      by_class_[i] = &shop.metrics.counter("osier_http_responses_total", "Answers by status class.",
                                           {{"class", std::to_string(i + 1) + "xx"}});
    }
    seconds_ =
        &shop.metrics.histogram("osier_http_response_seconds", "Time from request to answer.",
                                telemetry::Metrics::duration_bounds());
  }
  void operator()(const http::Served& served) const {
    by_class_[std::min(std::max(served.status / 100, 1), 5) - 1]->Increment();
    seconds_->Observe(static_cast<double>(served.took.count()) / 1e6);
    const bool is_notable = served.status >= 500 || served.took > 1s;
    if (!is_notable && !log_.is_on(telemetry::Level::debug)) return;
    log_.for_request(served.request.id)
        .info("answered", {{"method", http::to_string(served.request.method)},
                           {"path", loggable_path(served.request.path)},
                           {"status", served.status},
                           {"bytes", served.bytes},
                           {"duration_ms", served.took}});
  }

 private:
  telemetry::Log& log_;
  telemetry::Counter* by_class_[5];
  telemetry::Histogram* seconds_;
};

// Waits for SIGTERM or SIGINT, and meanwhile brings a private server that died back to life.
int wait_for_stop_signal(const sigset_t& signals, DatabaseHome& home, telemetry::Log& log) {
  for (;;) {
    constexpr timespec look_interval{.tv_sec = 0, .tv_nsec = 500'000'000};
    const int signal = sigtimedwait(&signals, nullptr, &look_interval);
    if (signal > 0) return signal;
    const auto restarted = home.keep_running();
    if (!restarted) {
      log.error("the private PostgreSQL is gone", {{"reason", restarted.error()}});
      constexpr timespec pause{.tv_sec = 5, .tv_nsec = 0};
      const int stop = sigtimedwait(&signals, nullptr, &pause);
      if (stop > 0) return stop;
    } else if (*restarted) {
      log.warning("the private PostgreSQL had ended and was started again");
    }
  }
}

int run_shop(const config::Config& config, Shop& shop, DatabaseHome& home,
             const sigset_t& signals) {
  catalog::Storefront storefront(shop.catalog, *shop.templates, *shop.texts, shop.assets,
                                 shop.page_cache, shop.clock, config.base_url);
  http::Router router;
  Customers customers(shop, storefront);
  add_shop_routes(router, shop, customers, storefront);
  std::atomic<bool> is_ready = false;
  http::Router ops_router;
  add_ops_routes(ops_router, shop, is_ready);

  std::optional<Admin> admin;
  if (config.roles.admin && !config.admin_base_url.empty()) admin.emplace(shop);
  const auto demo_staff = config.environment == config::Environment::development
                              ? read_demo_staff(config.data)
                              : std::nullopt;
  if (demo_staff) add_demo_staff_page(ops_router, *demo_staff, config.admin_base_url, shop.clock);

  std::vector<std::pair<std::string, const http::Router*>> listeners{{"shop", &router},
                                                                     {"ops", &ops_router}};
  if (admin) listeners.emplace_back("admin", &admin->router());
  add_route_list(ops_router, listeners);

  Background background(shop, storefront);
  listen_for_customers(shop, customers, storefront);
  std::optional<http::Server> server;
  std::optional<http::Server> admin_server;
  std::optional<http::Server> ops_server;
  // However this function ends, no loop runs while its locals go.
  struct Quiet {
    Shop& of;
    Background& background;
    ~Quiet() {
      background.stop();
      of.stop_threads();
    }
  };
  const Quiet quiet{shop, background};

  http::ServerOptions ops_options;
  ops_options.address = config.ops_bind_address;
  ops_options.port = config.ops_port;
  // Nobody else's page may read the mails through a name that it points here.
  if (config.ops_bind_address == "127.0.0.1")
    ops_options.allowed_hosts = {"localhost", "127.0.0.1"};
  ops_server.emplace(ops_options, ops_router, std::vector<Loop*>{&shop.background_thread.loop()});
  server.emplace(with_log(server_options(config), shop.log), router, shop.web_loops(),
                 AccessLog(shop));
  if (admin) {
    admin_server.emplace(with_log(admin->server_options(), shop.log), admin->router(),
                         shop.web_loops(), AccessLog(shop));
  }
  background.start();
  for (std::size_t i = 0; i < shop.web_threads.size(); ++i) {
    shop.web_threads[i]->loop().spawn(shop.admission.watch_loop(i));
  }

  Endpoints endpoints;
  endpoints.shop = config.base_url;
  endpoints.api = config.base_url;
  if (admin) endpoints.admin = config.admin_base_url;
  endpoints.ops = local_url(config.ops_bind_address, ops_server->port());
  if (shop.mail_folder != nullptr) endpoints.mail = endpoints.ops + "/mails";
  if (shop.stripe) endpoints.payments = config.stripe_api_base;
  endpoints.postgres = shop.connection;
  {
    const EndpointsFile file(config.data, endpoints);
    is_ready = true;
    shop.log.info("ready", {{"shop", endpoints.shop}, {"ops", endpoints.ops}});
    if (config.environment == config::Environment::development) {
      std::fprintf(stdout, "\nThe shop is open.\n%s%s\nCtrl-C stops it.\n",
                   describe(endpoints).c_str(),
                   demo_staff && admin ? describe(*demo_staff, endpoints.ops).c_str() : "");
      std::fflush(stdout);
    }
    const int signal = wait_for_stop_signal(signals, home, shop.log);
    shop.log.info("stopping", {{"signal", signal}});
    is_ready = false;
  }
  shop.web_threads.front()->run(server->drain(drain_limit));
  if (admin_server) shop.web_threads.front()->run(admin_server->drain(2s));
  background.stop();
  shop.background_thread.run(ops_server->drain(1s));
  return 0;
}

Task<void> seed_if_empty(Shop& shop) {
  if (!co_await is_empty(shop.database)) co_return;
  shop.log.info("loading the demo shop");
  const auto threads = static_cast<unsigned>(shop.config.threads);
  co_await seed_demo(shop.database, shop.files, demo_files(), shop.clock, threads);
}

}  // namespace

int serve(const config::Config& config, const ServeOptions& options) {
  const sigset_t signals = block_stop_signals();
  signal(SIGPIPE, SIG_IGN);
  std::error_code error;
  std::filesystem::create_directories(config.data, error);
  if (error) {
    return fail_to_start("the data folder " + config.data.string() + " cannot be made (" +
                         error.message() + "); set OSIER_DATA to a folder this user may write to");
  }
  auto home = DatabaseHome::open(config, Use::serve);
  if (!home) return fail_to_start(home.error());
  const auto prepared = prepare_schema(config, *home);
  if (!prepared) return fail_to_start(prepared.error());

  try {
    Shop shop(config, home->connection());
    shop.load_keys();
    if (options.seed_demo) shop.background_thread.run(seed_if_empty(shop));
    shop.load();
    if (options.seed_demo && config.environment == config::Environment::development)
      shop.background_thread.run(make_demo_staff(shop));
    if (shop.catalog.snapshot()->markets().empty()) {
      return fail_to_start(
          "the catalogue has no market yet: load the demo shop with `osier seed`, or start with "
          "--seed-demo");
    }
    return run_shop(config, shop, *home, signals);
  } catch (const std::exception& failed) {
    return fail_to_start(failed.what());
  }
}

}  // namespace osier::app
