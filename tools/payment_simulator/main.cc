// A payment provider for development and tests: speaks Stripe's API and shows its hosted page; no
// money moves.

#include <CLI/CLI.hpp>
#include <csignal>
#include <iostream>
#include <memory>
#include <optional>
#include <span>
#include <thread>

#include "api.h"
#include "control.h"
#include "hosted.h"
#include "platform/base/embedded_file.h"
#include "platform/http/server.h"

namespace osier {
std::span<const EmbeddedFile> payment_simulator_assets();
}

namespace osier::simulator {
namespace {

struct Flags {
  std::uint16_t port = 0;
  std::string address = "127.0.0.1";
  std::string public_url;
  std::string webhook_url;
  std::string webhook_secret = "whsec_simulator";
  std::string secret_key = "sk_test_simulator";
  std::string publishable_key = "pk_test_simulator";
  std::optional<std::uint64_t> seed;
  bool is_verbose = false;
};

void add_assets(http::Router& router) {
  for (const EmbeddedFile& file : payment_simulator_assets()) {
    http::RouteOptions options;
    options.quick = [bytes = file.bytes](const http::Request&) -> std::optional<http::Response> {
      http::Response response;
      response.headers.add("Content-Type", "text/css; charset=utf-8");
      response.headers.add("Cache-Control", "max-age=300");
      response.body = bytes;
      return response;
    };
    const http::Handler unused = [](http::Request) -> Task<http::Response> {
      co_return http::text(500, "");
    };
    router.get("/assets/" + std::string(file.path), http::Access::everyone(), unused,
               std::move(options));
  }
}

// All parts, wired. Made and used on the loop's thread.
struct Simulator {
  Simulator(Loop& loop, const Flags& flags)
      : settings{.secret_key = Secret(flags.secret_key),
                 .publishable_key = flags.publishable_key,
                 .public_url = flags.public_url},
        books(flags.seed),
        intents(books),
        sessions(books, intents),
        webhooks(loop, books, faults),
        api(settings, books, intents, sessions, faults, webhooks),
        hosted(api, books, intents, sessions),
        control(books, intents, sessions, faults, webhooks) {
    if (!flags.webhook_url.empty()) {
      webhooks.add_target({.url = flags.webhook_url, .secret = flags.webhook_secret, .types = {}});
    }
    books.api_version = settings.api_version;
    books.on_event = [this](const Event& event) { webhooks.publish(event); };
    api.add_routes(router);
    hosted.add_routes(router);
    control.add_routes(router);
    add_assets(router);
  }

  Settings settings;
  Books books;
  Faults faults;
  Intents intents;
  Sessions sessions;
  Webhooks webhooks;
  Api api;
  Hosted hosted;
  Control control;
  http::Router router;
};

// Sessions expire and refunds fail though nobody asks.
Task<void> let_time_pass(Simulator& simulator, const bool& is_stopping) {
  while (!is_stopping) {
    simulator.sessions.expire_due();
    simulator.intents.fail_due_refunds();
    co_await sleep_for(200ms);
  }
}

http::ServerOptions server_options(const Flags& flags) {
  http::ServerOptions options;
  options.address = flags.address;
  options.port = flags.port;
  options.request_timeout = 300s;  // Answers may be slow on purpose.
  options.handler_failed = [](const http::Request& request, std::exception_ptr error) {
    try {
      std::rethrow_exception(error);
    } catch (const std::exception& what) {
      std::cerr << "payment_simulator: " << request.path << ": " << what.what() << "\n";
    }
  };
  return options;
}

Task<void> serve(Loop& loop, const Flags& flags, Wakeup*& stop_signal, int& status) {
  Wakeup stop;
  try {
    Simulator simulator(loop, flags);
    const auto log = [&flags](const http::Served& served) {
      if (!flags.is_verbose) return;
      std::cout << http::to_string(served.request.method) << " " << served.request.path << " "
                << served.status << "\n"
                << std::flush;
    };
    http::Server server(server_options(flags), simulator.router, {&loop}, log);
    std::cout << "payment_simulator listening on http://" << flags.address << ":" << server.port()
              << "\n"
              << std::flush;
    bool is_stopping = false;
    TaskGroup background;
    background.spawn(simulator.webhooks.run());
    background.spawn(let_time_pass(simulator, is_stopping));
    stop_signal = &stop;
    while (!co_await stop.wait_for(1h)) {
    }
    stop_signal = nullptr;
    is_stopping = true;
    simulator.webhooks.stop();
    co_await server.drain(2s);
    co_await background.join();
  } catch (const std::exception& error) {
    std::cerr << "payment_simulator: " << error.what() << "\n";
    status = 1;
  }
  loop.stop();
}

int run(const Flags& flags) {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);

  Loop loop;
  int status = 0;
  Wakeup* stop_signal = nullptr;
  loop.spawn(serve(loop, flags, stop_signal, status));
  std::thread waiter([&] {
    int signal = 0;
    sigwait(&signals, &signal);
    loop.post([&] {
      if (stop_signal != nullptr) stop_signal->notify();
    });
  });
  loop.run();
  pthread_kill(waiter.native_handle(), SIGTERM);  // If it still waits.
  waiter.join();
  return status;
}

}  // namespace
}  // namespace osier::simulator

int main(int count, char** words) {
  osier::simulator::Flags flags;
  CLI::App app(
      "A payment provider for development and tests: Stripe's API and hosted page, without the "
      "money.");
  app.add_option("--port", flags.port, "Port to listen on; 0 takes a free one")->required();
  app.add_option("--address", flags.address, "Address to listen on")->capture_default_str();
  app.add_option("--public-url", flags.public_url,
                 "Where browsers reach it; else what the caller's Host field says");
  app.add_option("--webhook-url", flags.webhook_url, "Where events go");
  app.add_option("--webhook-secret", flags.webhook_secret, "Signs them")->capture_default_str();
  app.add_option("--secret-key", flags.secret_key, "The key that opens the API")
      ->capture_default_str();
  app.add_option("--publishable-key", flags.publishable_key, "The browser's key")
      ->capture_default_str();
  app.add_option("--seed", flags.seed, "Makes ids and faults repeatable");
  app.add_flag("--verbose", flags.is_verbose, "One line for each request");
  CLI11_PARSE(app, count, words);
  return osier::simulator::run(flags);
}
