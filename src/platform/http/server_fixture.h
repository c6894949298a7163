// For tests: a running server with a few routes, and a client that sends exactly the bytes it is
// given.

#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "platform/http/server.h"

namespace osier::http {

// A blocking socket to 127.0.0.1; every read ends after five seconds at the latest.
class RawClient {
 public:
  explicit RawClient(std::uint16_t port);
  ~RawClient();
  RawClient(const RawClient&) = delete;
  RawClient& operator=(const RawClient&) = delete;

  // False once the other side has closed.
  bool send(std::string_view bytes);
  void end_sending();
  // Reads one response: its head and as many bytes as Content-Length tells (none for HEAD). Empty
  // if the connection ended before a whole head came.
  enum class Body { expected, none };
  std::string read_response(Body body = Body::expected);
  // All until the other side closes.
  std::string read_to_end();
  // True if the other side closes without another byte within `limit`.
  bool is_closed_within(std::chrono::milliseconds limit);
  void reset();  // Closes with RST.

 private:
  bool read_more();

  int socket_;
  std::string unread_;
};

int status_of(std::string_view response);
std::string_view body_of(std::string_view response);

// A server with two loops on threads of their own.
class TestServer {
 public:
  explicit TestServer(ServerOptions options = {});
  ~TestServer();

  std::uint16_t port() const { return server_->port(); }
  Server& server() { return *server_; }
  Loop& loop() { return *loops_.front(); }
  // Sends one request on a connection of its own and reads to the end.
  std::string exchange(std::string_view bytes);
  void drain(Duration limit);

  std::atomic<int> slow_started = 0;
  std::atomic<int> failures = 0;
  std::atomic<int> served = 0;

 private:
  void add_routes();

  Router router_;
  std::vector<std::unique_ptr<Loop>> loops_;
  std::vector<std::thread> threads_;
  std::unique_ptr<Server> server_;
  bool has_drained_ = false;
};

}  // namespace osier::http
