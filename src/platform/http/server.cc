#include "platform/http/server.h"

#include <algorithm>
#include <csignal>
#include <random>
#include <system_error>

#include "platform/async/asio_await.h"
#include "platform/base/require.h"
#include "platform/http/connection.h"

namespace osier::http {

namespace {

using boost::asio::ip::tcp;

// One listening socket, not one per loop (SO_REUSEPORT): the kernel's hash would give one loop 40
// of 64 connections as often as not, and a second process on the same port would not be told that
// it is taken.
tcp::acceptor listen(Loop& loop, const ServerOptions& options) {
  boost::system::error_code error;
  const auto address = boost::asio::ip::make_address(options.address, error);
  const std::string name = options.address + ":" + std::to_string(options.port);
  if (error) throw std::system_error(std::error_code(error), "cannot listen on " + name);
  const tcp::endpoint endpoint(address, options.port);
  tcp::acceptor acceptor(loop.io());
  acceptor.open(endpoint.protocol(), error);
  if (!error) acceptor.set_option(tcp::acceptor::reuse_address(true), error);
  if (!error) acceptor.bind(endpoint, error);
  if (!error) acceptor.listen(boost::asio::socket_base::max_listen_connections, error);
  if (error) throw std::system_error(std::error_code(error), "cannot listen on " + name);
  return acceptor;
}

// Often enough that the shortest deadline is kept within a quarter of itself.
Duration sweep_period(const ServerOptions& options) {
  const Duration shortest =
      std::min({options.header_timeout, options.request_timeout, options.idle_timeout,
                options.write_stall_timeout, options.body_grace});
  return std::clamp<Duration>(shortest / 4, 5ms, 250ms);
}

}  // namespace

struct Server::State : ServerShared {
  State(ServerOptions given, const Router& routes, std::vector<Loop*> loops,
        std::function<void(const Served&)> hears)
      : ServerShared(std::move(given), routes, std::move(hears)),
        accept_loop(*loops.at(0)),
        acceptor(listen(accept_loop, options)) {
    std::random_device random;
    for (Loop* loop : loops) {
      const std::uint64_t seed = (std::uint64_t{random()} << 32) | random();
      sets.push_back(std::make_unique<ConnectionSet>(*loop, seed));
    }
    open_per_set_max =
        std::max<std::size_t>(1, static_cast<std::size_t>(options.connections_max) / loops.size());
  }

  std::size_t open() const {
    std::size_t sum = 0;
    for (const auto& set : sets) sum += set->open.load();
    return sum;
  }

  ConnectionSet& least_loaded() const {
    return **std::min_element(sets.begin(), sets.end(), [](const auto& left, const auto& right) {
      return left->open.load(std::memory_order_relaxed) <
             right->open.load(std::memory_order_relaxed);
    });
  }

  Loop& accept_loop;
  tcp::acceptor acceptor;
  std::uint16_t port = 0;
  std::size_t open_per_set_max = 1;
  std::atomic<bool> has_stopped = false;
  std::atomic<int> background = 0;  // Accepting and sweeping coroutines.

  static Task<void> serve(std::shared_ptr<State> state, ConnectionSet& home, tcp::socket socket);
  static Task<void> accept(std::shared_ptr<State> state);
  static Task<void> sweep(std::shared_ptr<State> state, ConnectionSet& set);
  static void stop_accepting(const std::shared_ptr<State>& state);
  static void close_idle(const std::shared_ptr<State>& state);
  static void stop(const std::shared_ptr<State>& state);
};

Task<void> Server::State::serve(std::shared_ptr<State> state, ConnectionSet& home,
                                tcp::socket socket) {
  const bool is_full = home.open.load() > state->open_per_set_max;
  if (is_full && !home.idle.empty()) home.idle.front()->cut();
  if (!is_full || !home.idle.empty()) {
    try {
      Connection connection(*state, home, std::move(socket));
      co_await connection.run();
    } catch (const std::exception&) {
      // Out of memory while reading or answering: this connection ends, the others go on.
      if (state->options.handler_failed) {
        state->options.handler_failed(Request{}, std::current_exception());
      }
    }
  }
  home.open.fetch_sub(1);
}

Task<void> Server::State::accept(std::shared_ptr<State> state) {
  while (!state->is_draining) {
    ConnectionSet& set = state->least_loaded();
    tcp::socket socket(set.loop.io());
    const auto [error] = co_await asio_await<>(
        [&](auto done) { state->acceptor.async_accept(socket, std::move(done)); });
    if (state->is_draining) break;
    if (error) {
      // Out of file descriptors, or the client has gone already: waiting is all that can be done.
      co_await sleep_for(20ms);
      continue;
    }
    set.open.fetch_add(1);
    set.loop.spawn(serve(state, set, std::move(socket)));
  }
  boost::system::error_code ignored;
  state->acceptor.close(ignored);
  state->background.fetch_sub(1);
}

Task<void> Server::State::sweep(std::shared_ptr<State> state, ConnectionSet& set) {
  const Duration period = sweep_period(state->options);
  while (!state->has_stopped) {
    set.timer.expires_after(period);
    co_await asio_await<>([&](auto done) { set.timer.async_wait(std::move(done)); });
    set.sweep(std::chrono::steady_clock::now());
  }
  state->background.fetch_sub(1);
}

// What is posted holds the state weakly: a loop that never gets to it may be destroyed last, and
// must not then take the timers of other loops, gone already, with it.
void Server::State::stop_accepting(const std::shared_ptr<State>& state) {
  state->is_draining = true;
  state->accept_loop.post([weak = std::weak_ptr(state)] {
    boost::system::error_code ignored;
    if (const auto held = weak.lock()) held->acceptor.close(ignored);
  });
}

void Server::State::stop(const std::shared_ptr<State>& state) {
  stop_accepting(state);
  state->has_stopped = true;
  for (auto& set : state->sets) {
    set->loop.post([weak = std::weak_ptr(state), &set = *set] {
      const auto held = weak.lock();
      if (!held) return;
      set.cut_all();
      set.timer.cancel();
    });
  }
}

void Server::State::close_idle(const std::shared_ptr<State>& state) {
  for (auto& set : state->sets) {
    set->loop.post([weak = std::weak_ptr(state), &set = *set] {
      if (const auto held = weak.lock()) set.close_idle();
    });
  }
}

Server::Server(ServerOptions options, const Router& router, std::vector<Loop*> loops,
               std::function<void(const Served&)> served) {
  require(!loops.empty(), "a server has a loop to run on");
  router.require_guard();
  // sendfile(2) has no flag against it: a client that leaves must not end the process.
  std::signal(SIGPIPE, SIG_IGN);
  state_ = std::make_shared<State>(std::move(options), router, std::move(loops), std::move(served));
  state_->port = state_->acceptor.local_endpoint().port();
  state_->background = 1 + static_cast<int>(state_->sets.size());
  state_->accept_loop.spawn(State::accept(state_));
  for (auto& set : state_->sets) set->loop.spawn(State::sweep(state_, *set));
}

Server::~Server() { State::stop(state_); }

std::uint16_t Server::port() const { return state_->port; }

ServerStatistics Server::statistics() const {
  ServerStatistics sum;
  for (const auto& set : state_->sets) {
    sum.connections_open += set->open.load();
    sum.requests += set->requests.load();
    sum.responses_5xx += set->responses_5xx.load();
  }
  return sum;
}

Task<void> Server::drain(Duration limit) {
  const auto state = state_;
  const auto end = std::chrono::steady_clock::now() + limit;
  State::stop_accepting(state);
  while (state->open() > 0 && std::chrono::steady_clock::now() < end) {
    State::close_idle(state);
    co_await sleep_for(5ms);
  }
  State::stop(state);
  // What was cut still has to notice; a handler that never ends is not waited for.
  const auto last = std::chrono::steady_clock::now() + 1s;
  while ((state->open() > 0 || state->background > 0) && std::chrono::steady_clock::now() < last) {
    co_await sleep_for(1ms);
  }
}

}  // namespace osier::http
