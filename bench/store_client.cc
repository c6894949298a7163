// Buys through the store API as a storefront does, with any number of clients at once, on
// keep-alive connections.
//
//   store_client checkouts --port P --clients N --seconds S   whole checkouts: eight calls each
//   store_client carts --port P --clients N --seconds S       calls that change a cart
//   store_client orders --port P --clients N --count N        payment sessions alone (each places
//                                                             an order), on carts made ready
//                                                             before the clock starts
//   store_client paced --port P --clients N --count N --rate R   the same, begun R times a second
//                                                             however long each takes; its time
//                                                             counts from when it was due. After
//                                                             the carts are ready it waits for
//                                                             --pause S: PostgreSQL cleans up and
//                                                             counts what making them has left
//
//   store_client race --port P --clients N --seconds S   one checkout by each client, all at once;
//                                                        says how it stands after S seconds
//
// All take --variants N: over how many variants the demand is spread; they are those of products
// synthetic-0 to synthetic-(N-1), or synthetic-7 alone if N is 1; or --only N, which one alone.
// Checkouts and races also buy at other shops that have such products: at Medusa, which asks for
// --header "x-publishable-api-key: …", and by --api vendure. Prints one line of figures. Ends by
// itself.

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <boost/json.hpp>
#include <memory>
#include <random>

#include "bench/store_work.h"
#include "bench/vendure_buyer.h"

namespace osier::bench {
namespace {

constexpr const char* address =
    R"("email":"anna@example.com","shipping_address":{"first_name":"Anna",
"last_name":"Schmidt","address_1":"Hauptstr. 1","postal_code":"10115","city":"Berlin","country_code":"de"})";

// --- What there is to buy.

// Adds the first variant of each synthetic product of one page of the list. False after the last.
bool take_products(const std::string& body, const Options& options, Goods& goods) {
  const auto page = boost::json::parse(body);
  const auto& products = page.at("products").as_array();
  for (const auto& product : products) {
    const std::string handle(product.at("handle").as_string());
    if (!handle.starts_with("synthetic-")) continue;
    if (!Goods::is_wanted(std::atoi(handle.c_str() + 10), options)) continue;
    goods.variants.emplace_back(product.at("variants").at(0).at("id").as_string());
  }
  return !products.empty();
}

Task<Goods> find_goods(Loop& loop, Options options) {
  HttpConnection connection(loop, options.port);
  connection.always_send(options.header);
  const int wanted = options.only >= 0 ? 1 : options.variants;
  Goods goods;
  const auto regions = co_await connection.get("/store/regions");
  const auto list = boost::json::parse(checked(regions, "regions"));
  for (const auto& region : list.at("regions").as_array()) {
    if (region.at("currency_code").as_string() == "eur")
      goods.region = region.at("id").as_string().c_str();
  }
  for (int offset = 0; static_cast<int>(goods.variants.size()) < wanted; offset += 100) {
    const auto page = co_await connection.get(
        "/store/products?limit=100&fields=id,handle,variants.id&offset=" + std::to_string(offset));
    if (!take_products(checked(page, "products"), options, goods)) break;
  }
  if (static_cast<int>(goods.variants.size()) < wanted)
    throw std::runtime_error("the shop has too few synthetic products: osier seed --products");
  co_return goods;
}

// --- One client's steps.

class Shopper final : public Buyer {
 public:
  Shopper(Loop& loop, Work& work, unsigned seed)
      : work_(work), connection_(loop, work.options.port), random_(seed) {
    connection_.always_send(work.options.header);
  }

  Task<void> create_cart() {
    const auto answer =
        co_await connection_.post("/store/carts", R"({"region_id":")" + work_.goods.region + "\"}");
    cart_ = quoted(checked(answer, "creating a cart"), "cart_");
  }
  Task<void> add_line() {
    const auto answer =
        co_await connection_.post("/store/carts/" + cart_ + "/line-items",
                                  R"({"variant_id":")" + any_variant() + R"(","quantity":1})");
    checked(answer, "adding a line");
  }
  // All that a cart needs, in one call.
  Task<void> create_full_cart() {
    const auto answer = co_await connection_.post(
        "/store/carts", R"({"region_id":")" + work_.goods.region + R"(","items":[{"variant_id":")" +
                            any_variant() + R"(","quantity":1}],)" + address + "}");
    cart_ = quoted(checked(answer, "creating a full cart"), "cart_");
  }
  Task<void> give_address() {
    const auto answer =
        co_await connection_.post("/store/carts/" + cart_, std::string("{") + address + "}");
    checked(answer, "giving an address");
  }
  Task<std::string> list_shipping() {
    const auto answer = co_await connection_.get("/store/shipping-options?cart_id=" + cart_);
    co_return quoted(checked(answer, "listing shipping options"), "so_");
  }
  Task<void> choose_shipping(std::string option) {
    const auto answer = co_await connection_.post("/store/carts/" + cart_ + "/shipping-methods",
                                                  R"({"option_id":")" + option + "\"}");
    checked(answer, "choosing a shipping option");
  }
  Task<std::string> open_collection() {
    const auto answer =
        co_await connection_.post("/store/payment-collections", R"({"cart_id":")" + cart_ + "\"}");
    co_return quoted(checked(answer, "opening a payment collection"), "pay_col_");
  }
  Task<void> open_session(std::string collection) {
    const auto answer =
        co_await connection_.post("/store/payment-collections/" + collection + "/payment-sessions",
                                  R"({"provider_id":"pp_system_default"})");
    checked(answer, "opening a payment session");
  }
  Task<void> complete() {
    const auto answer = co_await connection_.post("/store/carts/" + cart_ + "/complete", "{}");
    // Medusa answers 200 with the cart and the reason if it does not sell.
    if (checked(answer, "completing").find(R"("type":"order")") == std::string::npos)
      throw Refused("completing gave no order: " + answer.body.substr(0, 300));
  }

  Task<void> check_out() override {
    co_await create_cart();
    co_await add_line();
    co_await give_address();
    auto option = co_await list_shipping();
    co_await choose_shipping(std::move(option));
    auto collection = co_await open_collection();
    co_await open_session(std::move(collection));
    co_await complete();
  }

 private:
  const std::string& any_variant() {
    return work_.goods.variants[random_() % work_.goods.variants.size()];
  }

  Work& work_;
  HttpConnection connection_;
  std::minstd_rand random_;
  std::string cart_;
};

// --- The kinds of load.

void complain(const char* what) {
  static int complaints = 0;
  if (++complaints <= 3) std::fprintf(stderr, "store_client: %s\n", what);
}

void print_race(Work& work) {
  const auto ended =
      work.figures.count() + work.figures.failed() + static_cast<std::size_t>(work.refused);
  std::printf("sold %zu refused %d errors %zu unfinished %zu seconds %.1f\n", work.figures.count(),
              work.refused, work.figures.failed(),
              static_cast<std::size_t>(work.options.clients) - ended,
              static_cast<double>(micros_since(work.start)) / 1e6);
}

std::unique_ptr<Buyer> new_buyer(Loop& loop, Work& work, unsigned seed) {
  if (work.options.api == "vendure") return vendure_buyer(loop, work, seed);
  return std::make_unique<Shopper>(loop, work, seed);
}

Task<void> run_checkouts(Loop& loop, Work& work, unsigned seed) {
  auto shopper = new_buyer(loop, work, seed);
  while (Steady::now() < work.end) {
    const auto start = Steady::now();
    try {
      co_await shopper->check_out();
      work.figures.add(start);
    } catch (const std::exception& error) {
      complain(error.what());
      work.figures.fail();
      shopper = new_buyer(loop, work, seed);
    }
    if (work.figures.failed() > 100) co_return;
  }
}

// One checkout each, all at once.
Task<void> race(Loop& loop, Work& work, unsigned seed) {
  const auto buyer = new_buyer(loop, work, seed);
  const auto start = Steady::now();
  try {
    co_await buyer->check_out();
    work.figures.add(start);
  } catch (const Refused&) {
    ++work.refused;
  } catch (const std::exception& error) {
    complain(error.what());
    work.figures.fail();
  }
}

// Says how the race stands when its time is over: a shop may not come to an end.
Task<void> end_race(Work& work) {
  co_await sleep_for(std::chrono::seconds(work.options.seconds));
  print_race(work);
  std::fflush(stdout);
  _exit(0);
}

Task<void> run_carts(Loop& loop, Work& work, unsigned seed) {
  Shopper shopper(loop, work, seed);
  try {
    while (Steady::now() < work.end) {
      auto start = Steady::now();
      co_await shopper.create_cart();
      work.figures.add(start);
      for (int lines = 0; lines < 4 && Steady::now() < work.end; ++lines) {
        start = Steady::now();
        co_await shopper.add_line();
        work.figures.add(start);
      }
    }
  } catch (const std::exception& error) {
    complain(error.what());
    work.figures.fail();
  }
}

Task<void> prepare_carts(Loop& loop, Work& work, unsigned seed) {
  Shopper shopper(loop, work, seed);
  try {
    while (work.next < static_cast<std::size_t>(work.options.count)) {
      ++work.next;
      co_await shopper.create_full_cart();
      if (work.goods.shipping_option.empty())
        work.goods.shipping_option = co_await shopper.list_shipping();
      co_await shopper.choose_shipping(work.goods.shipping_option);
      work.collections.push_back(co_await shopper.open_collection());
    }
  } catch (const std::exception& error) {
    complain(error.what());
  }
}

// An overloaded shop answers 503: such an order counts as failed, and the next one is placed.
Task<void> place_orders(Loop& loop, Work& work, unsigned seed) {
  auto shopper = std::make_unique<Shopper>(loop, work, seed);
  while (work.next < work.collections.size()) {
    const auto start = Steady::now();
    try {
      co_await shopper->open_session(work.collections[work.next++]);
      work.figures.add(start);
    } catch (const std::exception& error) {
      complain(error.what());
      work.figures.fail();
      shopper = std::make_unique<Shopper>(loop, work, seed);
    }
  }
}

// Clients take what is due next; one that is late is late in the figures.
Task<void> place_paced(Loop& loop, Work& work, unsigned seed) {
  auto shopper = std::make_unique<Shopper>(loop, work, seed);
  while (work.next < work.collections.size()) {
    const std::size_t number = work.next++;
    const auto micros =
        static_cast<std::int64_t>(static_cast<double>(number) * 1e6 / work.options.rate);
    const auto due = work.start + Duration(micros);
    const auto left = std::chrono::duration_cast<Duration>(due - Steady::now());
    if (left > Duration(0)) co_await sleep_for(left);
    try {
      co_await shopper->open_session(work.collections[number]);
      work.figures.add(due);
    } catch (const std::exception& error) {
      complain(error.what());
      work.figures.fail();
      shopper = std::make_unique<Shopper>(loop, work, seed);
    }
  }
}

using Client = Task<void> (*)(Loop&, Work&, unsigned);

Task<double> run_clients(Loop& loop, Work& work, Client client) {
  const auto start = Steady::now();
  work.start = start;
  work.end = start + std::chrono::seconds(work.options.seconds);
  std::vector<Task<void>> clients;
  for (int i = 0; i < work.options.clients; ++i)
    clients.push_back(client(loop, work, static_cast<unsigned>(i) * 7'919 + 1));
  co_await when_all(std::move(clients));
  co_return static_cast<double>(micros_since(start)) / 1e6;
}

Task<void> run(Loop& loop, std::string kind, Options options) {
  Work work{
      .options = options, .goods = {}, .start = {}, .end = {}, .figures = {}, .collections = {}};
  work.goods = options.api == "vendure" ? co_await find_vendure_goods(loop, options)
                                        : co_await find_goods(loop, options);
  if (kind == "race") {
    loop.spawn(end_race(work));
    co_await run_clients(loop, work, race);
    print_race(work);
    std::fflush(stdout);
    _exit(0);  // The watch on its time is not waited for.
  }
  Client client = kind == "checkouts" ? run_checkouts : run_carts;
  if (kind == "orders" || kind == "paced") {
    work.options.clients = std::min(options.clients, 32);  // Making ready is not to overload it.
    co_await run_clients(loop, work, prepare_carts);
    work.options.clients = options.clients;
    work.next = 0;
    client = kind == "paced" ? place_paced : place_orders;
    if (kind == "paced") co_await sleep_for(std::chrono::seconds(options.pause));
  }
  const double seconds = co_await run_clients(loop, work, client);
  work.figures.print(seconds);
}

}  // namespace
}  // namespace osier::bench

int main(int argc, char** argv) {
  using namespace osier;
  CLI::App app{"Buys through the store API, for ./dev bench"};
  bench::Options options;
  std::string kind;
  app.add_option("kind", kind)
      ->required()
      ->check(CLI::IsMember({"checkouts", "carts", "orders", "paced", "race"}));
  app.add_option("--port", options.port)->required();
  app.add_option("--clients", options.clients)->check(CLI::Range(1, 4'000));
  app.add_option("--seconds", options.seconds)->check(CLI::Range(1, 600));
  app.add_option("--count", options.count)->check(CLI::Range(1, 1'000'000));
  app.add_option("--rate", options.rate)->check(CLI::Range(1.0, 100'000.0));
  app.add_option("--pause", options.pause)->check(CLI::Range(0, 60));
  app.add_option("--variants", options.variants)->check(CLI::Range(1, 100'000));
  app.add_option("--only", options.only)->check(CLI::Range(0, 100'000));
  app.add_option("--api", options.api)->check(CLI::IsMember({"store", "vendure"}));
  app.add_option("--header", options.header);
  CLI11_PARSE(app, argc, argv);
  if (options.variants == 1 && options.only < 0) options.only = 7;
  if (!options.header.empty()) options.header += "\r\n";
  alarm(static_cast<unsigned>(options.seconds) + 120);  // Whatever happens, it ends.
  try {
    Loop loop;
    run_to_end(loop, bench::run(loop, kind, options));
  } catch (const std::exception& error) {
    std::fprintf(stderr, "store_client: %s\n", error.what());
    return 1;
  }
  return 0;
}
