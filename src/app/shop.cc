#include "app/shop.h"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <functional>
#include <span>
#include <thread>

#include "app/root_key.h"
#include "payments/reconciliation.h"
#include "platform/base/embedded_file.h"
#include "platform/mail/smtp_mailer.h"

namespace osier {
// Made by the build from each room's templates/ and texts/.
std::span<const EmbeddedFile> web_templates();
std::span<const EmbeddedFile> web_texts();
std::span<const EmbeddedFile> audit_templates();
std::span<const EmbeddedFile> audit_texts();
std::span<const EmbeddedFile> catalog_templates();
std::span<const EmbeddedFile> catalog_texts();
std::span<const EmbeddedFile> identity_templates();
std::span<const EmbeddedFile> identity_texts();
std::span<const EmbeddedFile> orders_templates();
std::span<const EmbeddedFile> orders_texts();
std::span<const EmbeddedFile> checkout_templates();
std::span<const EmbeddedFile> checkout_texts();
std::span<const EmbeddedFile> waiting_room_templates();
std::span<const EmbeddedFile> waiting_room_texts();
}  // namespace osier

namespace osier::app {

namespace {

// A theme's own texts: themes_dir/texts/<locale>.json. Later files win, so these go last.
void add_theme_texts(std::vector<locale::TextFile>& files, const std::filesystem::path& folder) {
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(folder / "texts", error)) {
    if (entry.path().extension() != ".json") continue;
    std::ifstream stream(entry.path());
    const std::string json{std::istreambuf_iterator<char>(stream), {}};
    const std::string name = entry.path().string();
    const EmbeddedFile file{name, json};
    for (auto& read : locale::text_files({&file, 1})) files.push_back(std::move(read));
  }
}

}  // namespace

std::unique_ptr<locale::Catalogue> load_texts(const config::Config& config) {
  std::vector<locale::TextFile> files;
  for (const auto room : {web_texts(), audit_texts(), catalog_texts(), identity_texts(),
                          orders_texts(), checkout_texts(), waiting_room_texts()}) {
    for (auto& file : locale::text_files(room)) files.push_back(std::move(file));
  }
  if (!config.themes_dir.empty()) add_theme_texts(files, config.themes_dir);
  return std::make_unique<locale::Catalogue>(std::move(files));
}

std::unique_ptr<html::Engine> load_templates(const config::Config& config,
                                             const locale::Catalogue& texts) {
  html::Sources sources;
  for (const auto room :
       {web_templates(), audit_templates(), catalog_templates(), identity_templates(),
        orders_templates(), checkout_templates(), waiting_room_templates()}) {
    sources.add(room);
  }
  if (!config.themes_dir.empty()) sources.override_from(config.themes_dir);
  return std::make_unique<html::Engine>(std::move(sources), texts);
}

namespace {

constexpr std::size_t page_cache_bytes = 64 * 1024 * 1024;

telemetry::Level level_of(config::LogLevel level) {
  switch (level) {
    case config::LogLevel::debug:
      return telemetry::Level::debug;
    case config::LogLevel::info:
      return telemetry::Level::info;
    case config::LogLevel::warning:
      return telemetry::Level::warning;
    case config::LogLevel::error:
      return telemetry::Level::error;
  }
}

std::vector<std::unique_ptr<WorkerThread>> start_threads(int count) {
  std::vector<std::unique_ptr<WorkerThread>> threads;
  for (int i = 0; i < count; ++i) threads.push_back(std::make_unique<WorkerThread>());
  return threads;
}

std::vector<Loop*> loops_of(const std::vector<std::unique_ptr<WorkerThread>>& threads,
                            std::initializer_list<WorkerThread*> more) {
  std::vector<Loop*> loops;
  for (const auto& thread : threads) loops.push_back(&thread->loop());
  for (WorkerThread* thread : more) loops.push_back(&thread->loop());
  return loops;
}

// The process's connections, shared out among its loops; each needs a few: the orders' loop runs
// three batches side by side.
int connections_per_loop(const config::Config& settings) {
  const int loops = settings.threads + 3;
  return std::max(4, settings.database_pool_size / loops);
}

std::unique_ptr<payments::Stripe> make_stripe(const config::Config& config, Loop& loop,
                                              telemetry::Log& log) {
  if (config.stripe_secret_key.empty()) return nullptr;
  return std::make_unique<payments::Stripe>(
      loop,
      payments::Stripe::Settings{.api_base = config.stripe_api_base,
                                 .secret_key = config.stripe_secret_key},
      log);
}

checkout::CheckoutOptions checkout_options(const config::Config& settings) {
  return {
      .hold = settings.hold_duration,
      .hold_caps = {.orders_max = settings.hold_orders_max, .units_max = settings.hold_units_max},
      .hold_cap_exempt = settings.limits_exempt};
}

// From 50 µs, which deciding may take, to 10 s.
std::vector<double> stage_bounds() {
  return {0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.002, 0.004, 0.006, 0.008, 0.012, 0.016,
          0.024,   0.032,  0.048,   0.064,  0.096, 0.128, 0.25,  0.5,   1,     2.5,   10};
}

// The metrics are looked up once; what is told of a stage goes to its own.
jobs::StageWatch stage_watch(telemetry::Metrics& metrics, const std::string& work,
                             const std::vector<std::string>& stages) {
  std::vector<std::pair<std::string, telemetry::Histogram*>> histograms;
  for (const std::string& stage : stages) {
    auto& histogram = metrics.histogram("osier_order_stage_seconds",
                                        "Time that a stage of placing or settling orders took.",
                                        stage_bounds(), {{"work", work}, {"stage", stage}});
    histograms.emplace_back(stage, &histogram);
  }
  return [histograms](std::string_view stage, Duration took) {
    for (const auto& [name, histogram] : histograms) {
      if (name == stage) histogram->Observe(static_cast<double>(took.count()) / 1e6);
    }
  };
}

// Where a form on our pages may end up by redirect: the provider's hosted page. Stripe's is on
// another host than its API; a simulator's is on the same.
std::string payment_origin(const config::Config& config) {
  if (config.stripe_secret_key.empty()) return "";
  return config.stripe_api_base == "https://api.stripe.com" ? "https://checkout.stripe.com"
                                                            : config.stripe_api_base;
}

}  // namespace

Shop::Shop(const config::Config& settings, std::string database_connection)
    : config(settings),
      connection(std::move(database_connection)),
      log(level_of(settings.log_level),
          settings.log_format == config::LogFormat::json ? telemetry::Format::json
                                                         : telemetry::Format::text,
          clock),
      web_threads(start_threads(settings.threads)),
      database({.connection = connection, .connections_per_loop = connections_per_loop(settings)},
               loops_of(web_threads, {&orders_thread, &background_thread, &afterwards_thread})),
      vault(root_key(settings, random), random, vault_options(settings)),
      key_watch(vault, database, log),
      files(settings.data / "files"),
      inventory(database),
      catalog(database, inventory, clock, log),
      fulfilment(database),
      stripe(make_stripe(settings, background_thread.loop(), log)),
      payments(database, clock, stripe.get()),
      promotions(database, clock),
      coupon_holds(promotions),
      orders(database, inventory, payments, clock, orders_thread.loop(), &coupon_holds),
      withdrawals(database, vault, clock),
      checkout(database, catalog, inventory, promotions, payments, orders, fulfilment, clock,
               random, orders_thread.loop(), checkout_options(settings)),
      waiting(database, catalog, clock, random, log, background_thread.loop(),
              {.is_https = settings.base_url.starts_with("https://"),
               .exempt = settings.limits_exempt}),
      throttle(database, clock),
      sessions(database, clock, random),
      outbox(database, log),
      inbox(database, log, orders_thread.loop()),
      schedules(database, log),
      sequencer(database, log),
      texts(load_texts(settings)),
      templates(load_templates(settings, *texts)),
      security_headers({.is_https = settings.base_url.starts_with("https://"),
                        .payment_origins = payment_origin(settings)}),
      page_cache(security_headers, page_cache_bytes),
      limits(settings, random),
      admission(http::Admission::usual_limits()) {
  if (settings.smtp_url.empty()) {
    auto folder = std::make_unique<mail::FolderMailer>(settings.data / "mail", clock);
    mail_folder = folder.get();
    mailer = std::move(folder);
  } else {
    mailer = std::make_unique<mail::SmtpMailer>(
        clock, mail::SmtpSettings{.url = settings.smtp_url,
                                  .user = settings.smtp_user,
                                  .password = settings.smtp_password});
  }
  catalog.when_settings_change([this] { return fulfilment.load(); });
  checkout.watch_stages(stage_watch(metrics, "place", {"queue", "lock", "decide", "commit"}));
  orders.watch_stages(stage_watch(metrics, "settle", {"queue", "lock", "book", "commit"}));
}

// Connections belong to their loops: they are closed when no loop runs any more.
Shop::~Shop() {
  stop_threads();
  database.close();
}

void Shop::stop_threads() {
  admission.stop();
  for (const auto& thread : web_threads) thread->stop();
  orders_thread.stop();
  background_thread.stop();
  afterwards_thread.stop();
}

std::vector<Loop*> Shop::web_loops() const { return loops_of(web_threads, {}); }

identity::SecondFactorSite staff_site(const config::Config& config, std::string shop_name) {
  return {.shop_name = std::move(shop_name),
          .relying_party = identity::RelyingParty::of(config.admin_base_url)};
}

static Task<void> tell_shop_id(Shop& shop) {
  auto id = co_await payments::shop_id(shop.database);
  if (shop.stripe) shop.stripe->set_shop_id(std::move(id));
}

// While the shop runs, a caller who finds no connection within a quarter of a second is turned
// away. Nobody waits at a start: a database that has just come up, or whose machine is busy, gets
// time.
static void load_patiently(WorkerThread& thread, telemetry::Log& log,
                           const std::function<Task<void>()>& load) {
  constexpr Duration patience = 15s;
  constexpr Duration pause = 200ms;
  const auto give_up_at = std::chrono::steady_clock::now() + patience;
  for (;;) {
    try {
      return thread.run(load());
    } catch (const pg::Unavailable& failure) {
      if (std::chrono::steady_clock::now() > give_up_at) throw;
      log.warning("the start waits for the database", {{"reason", failure.what()}});
    }
    std::this_thread::sleep_for(pause);
  }
}

void Shop::load_keys() {
  load_patiently(background_thread, log, [this] { return vault.load(database); });
}

void Shop::load() {
  load_patiently(background_thread, log, [this] { return tell_shop_id(*this); });
  load_patiently(background_thread, log, [this] { return throttle.load(random); });
  load_patiently(background_thread, log, [this] { return catalog.load(); });
  staff.emplace(identity::StaffParts{.database = database,
                                     .vault = vault,
                                     .sessions = sessions,
                                     .hashing = hashing,
                                     .throttle = throttle,
                                     .clock = clock,
                                     .random = random,
                                     .log = log},
                staff_site(config, catalog.snapshot()->shop().name));
  load_patiently(background_thread, log, [this] { return checkout.load(); });
  load_patiently(background_thread, log, [this] { return waiting.load(); });
}

}  // namespace osier::app
