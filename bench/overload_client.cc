// More shoppers than the shop can serve: what it still sells then, and how soon it is itself again.
//
//   overload_client --port P [--seconds S] [--clients N] [--times 5]
//
// First as many whole checkouts as N clients can make, one after the other: the peak. Then shoppers
// arrive at `times` that rate, whether or not others have been served (an open loop), while
// webhooks keep coming. Who is turned away before having a cart goes away; who has one tries the
// step again after a second, like a storefront that heeds Retry-After. Then the N clients again,
// second by second. Prints one line of figures per phase. Ends by itself.

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <array>
#include <boost/json.hpp>
#include <deque>
#include <memory>
#include <random>

#include "bench/load/figures.h"
#include "bench/load/http_connection.h"

namespace osier::bench {
namespace {

struct Options {
  std::uint16_t port = 0;
  int clients = 64;
  int seconds = 10;
  int connections = 1'000;
  double times = 5;
};

enum class Class { begin, cart, pay };
constexpr std::size_t classes = 3;

struct Counts {
  std::array<std::uint64_t, classes> answered{};
  std::array<std::uint64_t, classes> shed{};
  std::uint64_t sold = 0;
  std::uint64_t turned_away = 0;
  std::uint64_t no_connection = 0;
  std::uint64_t broken = 0;
  std::uint64_t webhooks = 0;
  std::uint64_t webhooks_shed = 0;
  std::vector<std::uint64_t> sold_in_second = std::vector<std::uint64_t>(700);
};

struct World {
  Loop& loop;
  Options options;
  std::string region{};
  std::vector<std::string> variants{};
  std::string shipping_option{};
  Counts counts{};
  Steady::time_point start{};
  Steady::time_point end{};
  std::minstd_rand random{7};
  std::deque<std::unique_ptr<HttpConnection>> idle{};
  int connections = 0;
};

constexpr const char* address =
    R"("email":"anna@example.com","shipping_address":{"first_name":"Anna","last_name":"Schmidt",
"address_1":"Hauptstr. 1","postal_code":"10115","city":"Berlin","country_code":"de"})";

// A step that was turned away for good.
struct Refused {};

class Shopper {
 public:
  Shopper(World& world, HttpConnection& connection) : world_(world), connection_(connection) {}

  Task<void> check_out() {
    const std::string& variant = world_.variants[world_.random() % world_.variants.size()];
    auto answer =
        co_await post(Class::begin, "/store/carts", R"({"region_id":")" + world_.region + "\"}");
    const std::string cart = quoted(answer.body, "cart_");
    const std::string path = "/store/carts/" + cart;
    (void)co_await post(Class::cart, path + "/line-items",
                        R"({"variant_id":")" + variant + R"(","quantity":1})");
    (void)co_await post(Class::cart, path, std::string("{") + address + "}");
    if (world_.shipping_option.empty()) {
      const auto options = co_await connection_.get("/store/shipping-options?cart_id=" + cart);
      world_.shipping_option = quoted(options.body, "so_");
    }
    (void)co_await post(Class::cart, path + "/shipping-methods",
                        R"({"option_id":")" + world_.shipping_option + "\"}");
    answer =
        co_await post(Class::pay, "/store/payment-collections", R"({"cart_id":")" + cart + "\"}");
    const std::string collection = quoted(answer.body, "pay_col_");
    (void)co_await post(Class::pay,
                        "/store/payment-collections/" + collection + "/payment-sessions",
                        R"({"provider_id":"pp_system_default"})");
    answer = co_await post(Class::pay, path + "/complete", "{}");
    if (quoted(answer.body, "order_").empty()) throw std::runtime_error("no order came of it");
  }

 private:
  Task<Answer> post(Class kind, std::string target, std::string body) {
    constexpr int tries_max = 5;
    const auto index = static_cast<std::size_t>(kind);
    for (int tries = 1;; ++tries) {
      auto answer = co_await connection_.post(target, body);
      if (answer.status == 200) {
        ++world_.counts.answered[index];
        co_return answer;
      }
      if (answer.status != 503 && answer.status != 429)
        throw std::runtime_error(target + ": " + std::to_string(answer.status));
      ++world_.counts.shed[index];
      if (kind == Class::begin || tries == tries_max) throw Refused{};
      co_await sleep_for(1s);
    }
  }

  World& world_;
  HttpConnection& connection_;
};

void complain(const char* what) {
  static int complaints = 0;
  if (++complaints <= 3) std::fprintf(stderr, "overload_client: %s\n", what);
}

// One whole visit; false if the connection is of no use any more.
Task<bool> visit(World& world, HttpConnection& connection) {
  Shopper shopper(world, connection);
  try {
    co_await shopper.check_out();
    const auto second = static_cast<std::size_t>(micros_since(world.start) / 1'000'000);
    if (Steady::now() <= world.end) ++world.counts.sold;
    if (second < world.counts.sold_in_second.size()) ++world.counts.sold_in_second[second];
  } catch (const Refused&) {
    ++world.counts.turned_away;
  } catch (const std::exception& error) {
    complain(error.what());
    ++world.counts.broken;
    co_return false;
  }
  co_return true;
}

// --- Closed: each client comes again when it is done.

Task<void> come_again(World& world) {
  auto connection = std::make_unique<HttpConnection>(world.loop, world.options.port);
  while (Steady::now() < world.end) {
    const bool is_good = co_await visit(world, *connection);
    if (!is_good) connection = std::make_unique<HttpConnection>(world.loop, world.options.port);
  }
}

Task<void> run_closed(World& world, int seconds) {
  world.counts = {};
  world.start = Steady::now();
  world.end = world.start + std::chrono::seconds(seconds);
  std::vector<Task<void>> clients;
  for (int i = 0; i < world.options.clients; ++i) clients.push_back(come_again(world));
  co_await when_all(std::move(clients));
}

// --- Open: they come whatever happens.

Task<void> arrive(World& world) {
  std::unique_ptr<HttpConnection> connection;
  if (!world.idle.empty()) {
    connection = std::move(world.idle.front());
    world.idle.pop_front();
  } else if (world.connections < world.options.connections) {
    ++world.connections;
    connection = std::make_unique<HttpConnection>(world.loop, world.options.port);
  } else {
    ++world.counts.no_connection;
    co_return;
  }
  const bool is_good = co_await visit(world, *connection);
  if (is_good) {
    world.idle.push_back(std::move(connection));
  } else {
    --world.connections;
  }
}

Task<void> send_webhooks(World& world) {
  HttpConnection connection(world.loop, world.options.port);
  while (Steady::now() < world.end) {
    const auto answer = co_await connection.post("/webhooks/stripe", "{}");
    ++world.counts.webhooks;
    // Unsigned ones are answered 400: they were looked at, which is what counts here.
    if (answer.status == 503 || answer.status == 429) ++world.counts.webhooks_shed;
    co_await sleep_for(20ms);
  }
}

Task<void> run_open(World& world, double per_second, int seconds) {
  world.counts = {};
  world.start = Steady::now();
  world.end = world.start + std::chrono::seconds(seconds);
  TaskGroup visitors;
  visitors.spawn(send_webhooks(world));
  double due = 0;
  while (Steady::now() < world.end) {
    const double wanted = per_second * static_cast<double>(micros_since(world.start)) / 1e6;
    for (; due < wanted; ++due) visitors.spawn(arrive(world));
    co_await sleep_for(2ms);
  }
  co_await visitors.join();
  world.idle.clear();
  world.connections = 0;
}

Task<std::string> find_goods(World& world) {
  HttpConnection connection(world.loop, world.options.port);
  const auto regions = boost::json::parse((co_await connection.get("/store/regions")).body);
  for (const auto& region : regions.at("regions").as_array()) {
    if (region.at("currency_code").as_string() == "eur")
      world.region = region.at("id").as_string().c_str();
  }
  for (int offset = 0; offset < 1'000; offset += 100) {
    const auto page = boost::json::parse(
        (co_await connection.get("/store/products?limit=100&fields=id,handle,variants.id&offset=" +
                                 std::to_string(offset)))
            .body);
    for (const auto& product : page.at("products").as_array()) {
      if (!std::string(product.at("handle").as_string()).starts_with("synthetic-")) continue;
      world.variants.emplace_back(product.at("variants").at(0).at("id").as_string());
    }
  }
  co_return world.variants.empty() ? "the shop has no synthetic products" : "";
}

double share(std::uint64_t part, std::uint64_t rest) {
  const auto all = static_cast<double>(part + rest);
  return all > 0 ? 100 * static_cast<double>(part) / all : 100;
}

Task<void> run(World& world) {
  const auto trouble = co_await find_goods(world);
  if (!trouble.empty()) throw std::runtime_error(trouble);
  const auto seconds = static_cast<double>(world.options.seconds);
  co_await run_closed(world, 2);  // Warm.
  co_await run_closed(world, world.options.seconds);
  const double peak = static_cast<double>(world.counts.sold) / seconds;
  std::printf("peak %.1f broken %llu\n", peak,
              static_cast<unsigned long long>(world.counts.broken));
  std::fflush(stdout);

  // The first half fills the shop with shoppers; the second is what lasts.
  co_await run_open(world, world.options.times * peak, 2 * world.options.seconds);
  const Counts& counts = world.counts;
  std::uint64_t sold = 0;
  for (int i = world.options.seconds; i < 2 * world.options.seconds; ++i)
    sold += counts.sold_in_second[static_cast<std::size_t>(i)];
  std::printf(
      "overload %.1f arrivals %.1f share %.1f pay_ok %.2f webhooks_ok %.2f begin %llu/%llu "
      "cart %llu/%llu turned_away %llu no_connection %llu broken %llu\n",
      static_cast<double>(sold) / seconds, world.options.times * peak,
      100 * static_cast<double>(sold) / seconds / peak, share(counts.answered[2], counts.shed[2]),
      share(counts.webhooks - counts.webhooks_shed, counts.webhooks_shed),
      static_cast<unsigned long long>(counts.answered[0]),
      static_cast<unsigned long long>(counts.shed[0]),
      static_cast<unsigned long long>(counts.answered[1]),
      static_cast<unsigned long long>(counts.shed[1]),
      static_cast<unsigned long long>(counts.turned_away),
      static_cast<unsigned long long>(counts.no_connection),
      static_cast<unsigned long long>(counts.broken));
  std::fflush(stdout);

  co_await run_closed(world, 8);
  int recovered = -1;
  std::printf("after");
  for (int second = 0; second < 8; ++second) {
    const auto here = world.counts.sold_in_second[static_cast<std::size_t>(second)];
    std::printf(" %llu", static_cast<unsigned long long>(here));
    if (recovered < 0 && static_cast<double>(here) >= 0.9 * peak) recovered = second + 1;
  }
  std::printf(" recovered_s %d broken %llu\n", recovered,
              static_cast<unsigned long long>(world.counts.broken));
}

}  // namespace
}  // namespace osier::bench

int main(int argc, char** argv) {
  using namespace osier;
  CLI::App app{"More shoppers than the shop can serve, for ./dev bench"};
  bench::Options options;
  app.add_option("--port", options.port)->required();
  app.add_option("--clients", options.clients)->check(CLI::Range(1, 1'000));
  app.add_option("--seconds", options.seconds)->check(CLI::Range(1, 600));
  app.add_option("--connections", options.connections)->check(CLI::Range(1, 8'000));
  app.add_option("--times", options.times)->check(CLI::Range(0.1, 50.0));
  CLI11_PARSE(app, argc, argv);
  alarm(static_cast<unsigned>(options.seconds) * 3 + 120);  // Whatever happens, it ends.
  try {
    Loop loop;
    bench::World world{.loop = loop, .options = options};
    run_to_end(loop, bench::run(world));
  } catch (const std::exception& error) {
    std::fprintf(stderr, "overload_client: %s\n", error.what());
    return 1;
  }
  return 0;
}
