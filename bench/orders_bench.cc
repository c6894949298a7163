// Places orders in process, through quote and OrderIntake, as fast as it goes: what the intake can
// do without HTTP.
//
//   orders_bench --connection LIBPQ --data FOLDER --buyers N --seconds S --variants N [--orders N]
//     [--provider manual|stripe]
//
// With --orders it ends when so many are placed, at the latest after S seconds. The payments of
// --provider stripe are not opened there.
// Demand is spread over the first variants of products synthetic-0 to synthetic-(N-1), or falls on
// synthetic-7 alone if N is 1. Each buyer is a coroutine that has its next order as soon as the
// last is placed. Prints one line: orders per second, how long a buyer waited, how many orders
// shared a transaction, where this process's time went, and how long each stage took (queue: of
// each order; the others: of each batch).

#include <sys/resource.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <map>
#include <random>

#include "app/shop.h"
#include "bench/load/figures.h"
#include "checkout/new_order.h"
#include "checkout/order_intake.h"

namespace osier::bench {
namespace {

struct Options {
  std::string connection;
  std::string data;
  int buyers = 512;
  int seconds = 10;
  int variants = 2'000;
  std::size_t orders = 0;
  std::string provider = "manual";
};

struct Work {
  Work(app::Shop& made, const Options& given)
      : shop(made),
        options(given),
        intake(made.database, made.inventory, made.promotions, made.orders, made.random,
               made.orders_thread.loop()) {}

  // Counts those under way.
  bool is_wanted() { return options.orders == 0 || ++begun <= options.orders; }

  app::Shop& shop;
  Options options;
  std::size_t begun = 0;
  checkout::OrderIntake intake;
  std::vector<catalog::VariantId> variants;
  Steady::time_point end;
  Figures figures;
  std::map<std::string, Figures> stages;  // By name; told by the intake on its own loop alone.
  std::int64_t quote_micros = 0;          // Spent on pricing and freezing, by all buyers.
};

std::vector<catalog::VariantId> find_variants(const catalog::Snapshot& snapshot, int wanted) {
  std::vector<catalog::VariantId> variants;
  for (int i = 0; i < wanted; ++i) {
    const int number = wanted == 1 ? 7 : i;
    const auto index = snapshot.product_by_handle("synthetic-" + std::to_string(number));
    if (!index)
      throw std::runtime_error("the shop has too few synthetic products: osier seed --products");
    variants.push_back(snapshot.product(*index).variants[0].id);
  }
  return variants;
}

checkout::Cart cart_with(Work& work, catalog::VariantId variant, std::int64_t price_seen) {
  checkout::Cart cart;
  const Instant now = work.shop.clock.now();
  cart.id = checkout::CartId(Uuid::v7(now));
  cart.market_code = "eu";
  cart.country = "DE";
  cart.locale = "en";
  cart.channel = orders::Channel::store_api;
  cart.lines = {{.id = checkout::LineId(Uuid::v7(now)),
                 .variant_id = variant,
                 .quantity = 1,
                 .unit_price_seen_minor = price_seen}};
  cart.shipping_option_id = work.shop.fulfilment.options_for("eu", "DE").front().id;
  cart.contact.email = "anna@example.com";
  cart.contact.shipping = {.name = "Anna Schmidt",
                           .company = "",
                           .line1 = "Hauptstr. 1",
                           .line2 = "",
                           .postal_code = "10115",
                           .city = "Berlin",
                           .province = "",
                           .country = "DE",
                           .phone = ""};
  cart.created_at = cart.updated_at = now;
  return cart;
}

// A new visitor's cart, priced and frozen.
orders::NewOrder next_order(Work& work, catalog::VariantId variant) {
  checkout::Cart cart = cart_with(work, variant, 0);
  const auto unseen = work.shop.checkout.price(cart);
  cart.lines[0].unit_price_seen_minor =
      unseen ? unseen->quote.lines.at(0).unit_price.amount_minor() : 0;
  const bool is_stripe = work.options.provider == "stripe";
  const auto provider = is_stripe ? payments::Provider::stripe : payments::Provider::manual;
  const checkout::OrderTerms terms{.provider = provider,
                                   .method = is_stripe ? payments::PaymentMethod::client_intent
                                                       : payments::PaymentMethod::transfer,
                                   .stated_total = std::nullopt,
                                   .idempotency_key = std::nullopt,
                                   .available_providers = {provider},
                                   .access_token = work.shop.random.token(16),
                                   .now = work.shop.clock.now(),
                                   .hold = std::chrono::minutes(30)};
  auto order = checkout::new_order(cart, work.shop.checkout.price(cart), terms);
  if (!order) {
    throw std::runtime_error("a cart is not placed, for reason " +
                             std::to_string(static_cast<int>(order.error().reason)) +
                             " of PlaceRefusal");
  }
  return std::move(*order);
}

Task<void> buy(Work& work, unsigned seed) {
  std::minstd_rand random(seed);
  while (Steady::now() < work.end && work.is_wanted()) {
    const auto begin = Steady::now();
    auto order = next_order(work, work.variants[random() % work.variants.size()]);
    work.quote_micros += micros_since(begin);
    const auto start = Steady::now();
    const auto reply = co_await work.intake.take(std::move(order));
    if (std::holds_alternative<checkout::Taken>(reply)) {
      work.figures.add(start);
    } else {
      work.figures.fail();
    }
  }
}

constexpr pg::Statement count_transactions_sql{"bench.count_transactions", R"sql(
  SELECT count(DISTINCT xmin::text) FROM orders.orders WHERE created_at >= $1
)sql"};

double cpu_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

Task<void> run(Work& work) {
  work.intake.watch_stages([&work](std::string_view stage, Duration took) {
    work.stages[std::string(stage)].add_micros(took.count());
  });
  work.variants = find_variants(*work.shop.catalog.snapshot(), work.options.variants);
  const Instant begin = work.shop.clock.now();
  const double cpu_before = cpu_seconds();
  const auto start = Steady::now();
  work.end = start + std::chrono::seconds(work.options.seconds);
  std::vector<Task<void>> buyers;
  for (int i = 0; i < work.options.buyers; ++i)
    buyers.push_back(buy(work, static_cast<unsigned>(i) * 7'919 + 1));
  co_await when_all(std::move(buyers));
  const double seconds = static_cast<double>(micros_since(start)) / 1e6;
  const double cpu = cpu_seconds() - cpu_before;
  const auto row = co_await work.shop.database.run_one(count_transactions_sql, begin);
  const auto count = static_cast<double>(std::max<std::size_t>(work.figures.count(), 1));
  const auto transactions =
      static_cast<double>(std::max<std::int64_t>(row->get<std::int64_t>(0), 1));
  std::printf("batch %.0f batch_ms %.1f cpu_us %.1f quote_us %.1f ", count / transactions,
              seconds * 1e3 / transactions, cpu * 1e6 / count,
              static_cast<double>(work.quote_micros) / count);
  for (auto& [stage, figures] : work.stages) {
    std::printf("%s_p50_us %lld %s_p99_us %lld ", stage.c_str(),
                static_cast<long long>(figures.percentile(0.5)), stage.c_str(),
                static_cast<long long>(figures.percentile(0.99)));
  }
  work.figures.print(seconds);
}

int run_with(const Options& options) {
  const auto config = config::load({.flags = {{"data", options.data}, {"threads", "1"}}});
  if (!config) throw std::runtime_error(config.error().front());
  app::Shop shop(*config, options.connection);
  shop.load();
  Work work(shop, options);
  shop.web_threads.front()->run(run(work));
  return 0;
}

}  // namespace
}  // namespace osier::bench

int main(int argc, char** argv) {
  using namespace osier;
  CLI::App app{"Places orders in process, for ./dev bench"};
  bench::Options options;
  app.add_option("--connection", options.connection)->required();
  app.add_option("--data", options.data, "A folder of its own for what a shop keeps")->required();
  app.add_option("--buyers", options.buyers)->check(CLI::Range(1, 4'000));
  app.add_option("--seconds", options.seconds)->check(CLI::Range(1, 600));
  app.add_option("--variants", options.variants)->check(CLI::Range(1, 100'000));
  app.add_option("--orders", options.orders);
  app.add_option("--provider", options.provider)->check(CLI::IsMember({"manual", "stripe"}));
  CLI11_PARSE(app, argc, argv);
  alarm(static_cast<unsigned>(options.seconds) + 60);  // Whatever happens, it ends.
  try {
    return bench::run_with(options);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "orders_bench: %s\n", error.what());
    return 1;
  }
}
