// A flood of signed webhooks, and the payments at the simulator that they are about.
//
//   webhook_client pay --port P --key K --clients N
//     reads lines "payment_id amount_minor currency"; makes a payment intent for each and pays it;
//     prints lines "payment_id intent_id"
//   webhook_client storm --port P --key K --clients N --repeats PART
//     reads lines "intent_id"; sends an event about each, so many of them again that PART of all
//     that is sent are repeats, in random order, until each was acknowledged; prints one line of
//     figures
//
// K is the simulator's secret key, or the webhooks' secret. Ends by itself.

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <iostream>
#include <random>
#include <sstream>

#include "bench/load/figures.h"
#include "bench/load/http_connection.h"
#include "platform/crypto/crypto.h"

namespace osier::bench {
namespace {

struct Options {
  std::uint16_t port = 0;
  std::string key;
  int clients = 64;
  double repeats = 0.3;
};

struct Work {
  Options options;
  std::vector<std::string> lines;
  std::size_t next = 0;
  Figures figures;
};

// --- Paying

Task<void> pay_one(HttpConnection& connection, Work& work, const std::string& line) {
  std::istringstream words(line);
  std::string payment, amount, currency;
  words >> payment >> amount >> currency;
  for (char& c : currency) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  std::string form = "amount=" + amount + "&currency=" + currency +
                     "&metadata[payment_id]=" + payment +
                     "&payment_method=pm_card_visa&confirm=true";
  std::string headers = "Authorization: Bearer " + work.options.key +
                        "\r\nContent-Type: application/x-www-form-urlencoded\r\n";
  const auto answer =
      co_await connection.post("/v1/payment_intents", std::move(headers), std::move(form));
  const std::string intent = quoted(answer.body, "pi_");
  if (answer.status != 200 || intent.empty())
    throw std::runtime_error("no intent was made: " + answer.body.substr(0, 300));
  std::printf("%s %s\n", payment.c_str(), intent.c_str());
}

Task<void> pay(Loop& loop, Work& work) {
  HttpConnection connection(loop, work.options.port);
  while (work.next < work.lines.size()) {
    const std::string& line = work.lines[work.next++];
    co_await pay_one(connection, work, line);
  }
}

// --- The storm

// Lines "event_id intent_id", some of them more than once.
std::vector<std::string> shuffled_events(const std::vector<std::string>& intents, double repeats) {
  std::mt19937 random(20261122);
  std::vector<std::string> events;
  for (std::size_t i = 0; i < intents.size(); ++i)
    events.push_back("evt_bench" + std::to_string(i) + " " + intents[i]);
  const auto count = static_cast<double>(intents.size());
  const auto more = static_cast<std::size_t>(count * repeats / (1 - repeats) + 0.5);
  for (std::size_t i = 0; i < more; ++i) events.push_back(events[random() % intents.size()]);
  std::shuffle(events.begin(), events.end(), random);
  return events;
}

// As long as Stripe's own are, about.
std::string body_of(const std::string& line, std::int64_t seconds) {
  const std::size_t space = line.find(' ');
  const std::string intent = line.substr(space + 1);
  return R"({"id":")" + line.substr(0, space) +
         R"(","object":"event","api_version":"2024-06-20","created":)" + std::to_string(seconds) +
         R"(,"livemode":false,"pending_webhooks":1,"request":{"id":"req_bench",)"
         R"("idempotency_key":null},"type":"payment_intent.succeeded","data":{"object":{"id":")" +
         intent +
         R"(","object":"payment_intent","amount":2890,"amount_capturable":0,"amount_received":2890,)"
         R"("capture_method":"automatic","confirmation_method":"automatic","currency":"eur",)"
         R"("customer":null,"description":null,"last_payment_error":null,"livemode":false,)"
         R"("payment_method_types":["card"],"receipt_email":null,"status":"succeeded",)"
         R"("latest_charge":"ch_bench","metadata":{}}}})";
}

Task<bool> send_one(HttpConnection& connection, Work& work, const std::string& line) {
  const auto seconds = SystemClock{}.now().time_since_epoch() / 1s;
  std::string body = body_of(line, seconds);
  const std::string time = std::to_string(seconds);
  std::string headers =
      "Content-Type: application/json; charset=utf-8\r\nStripe-Signature: t=" + time +
      ",v1=" + crypto::hmac_sha256_hex(work.options.key, time + "." + body) + "\r\n";
  const auto answer =
      co_await connection.post("/webhooks/stripe", std::move(headers), std::move(body));
  co_return answer.status == 200;
}

// What is not acknowledged is sent again after a moment, as Stripe does after a longer one.
Task<void> send(Loop& loop, Work& work) {
  auto connection = std::make_unique<HttpConnection>(loop, work.options.port);
  while (work.next < work.lines.size()) {
    const std::string& line = work.lines[work.next++];
    for (;;) {
      const auto start = Steady::now();
      bool is_acknowledged = false;
      try {
        is_acknowledged = co_await send_one(*connection, work, line);
      } catch (const std::exception&) {
        connection = std::make_unique<HttpConnection>(loop, work.options.port);
      }
      if (is_acknowledged) {
        work.figures.add(start);
        break;
      }
      work.figures.fail();
      co_await sleep_for(100ms);
    }
  }
}

using Client = Task<void> (*)(Loop&, Work&);

Task<void> run(Loop& loop, Work& work, Client client) {
  const auto start = Steady::now();
  std::vector<Task<void>> clients;
  for (int i = 0; i < work.options.clients; ++i) clients.push_back(client(loop, work));
  co_await when_all(std::move(clients));
  if (client == send) work.figures.print(static_cast<double>(micros_since(start)) / 1e6);
}

}  // namespace
}  // namespace osier::bench

int main(int argc, char** argv) {
  using namespace osier;
  CLI::App app{"A flood of webhooks, for ./dev bench"};
  bench::Work work;
  std::string kind;
  app.add_option("kind", kind)->required()->check(CLI::IsMember({"pay", "storm"}));
  app.add_option("--port", work.options.port)->required();
  app.add_option("--key", work.options.key)->required();
  app.add_option("--clients", work.options.clients)->check(CLI::Range(1, 4'000));
  app.add_option("--repeats", work.options.repeats)->check(CLI::Range(0.0, 0.9));
  CLI11_PARSE(app, argc, argv);
  alarm(600);  // Whatever happens, it ends.
  for (std::string line; std::getline(std::cin, line);) work.lines.push_back(line);
  const bool is_storm = kind == "storm";
  if (is_storm) work.lines = bench::shuffled_events(work.lines, work.options.repeats);
  try {
    Loop loop;
    run_to_end(loop, bench::run(loop, work, is_storm ? bench::send : bench::pay));
  } catch (const std::exception& failure) {
    std::fprintf(stderr, "webhook_client: %s\n", failure.what());
    return 1;
  }
  return 0;
}
