// The HTTP/1.1 server: one listener shared by all loops, keep-alive, pipelining in order, deadlines
// and limits.
//
// Strict where leniency has hurt others (docs: hardening cases 1–26): one Content-Length, no
// Content-Length beside Transfer-Encoding, "chunked" alone, CRLF only, exact chunk sizes, one Host
// that is allowed, no request Content-Encoding. Anything else is 400 and the connection closes.

#pragma once

#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "platform/async/loop.h"
#include "platform/http/router.h"

namespace osier::http {

struct ServerOptions {
  std::string address = "127.0.0.1";
  std::uint16_t port = 8080;                 // 0: any free one, see port().
  std::vector<std::string> allowed_hosts{};  // Empty: any. Others are answered 421.
  std::vector<std::string>
      trusted_proxies{};  // Addresses or CIDR blocks whose X-Forwarded-* count.
  Duration header_timeout = 10s;
  Duration request_timeout = 30s;  // From first byte to handler's answer.
  Duration idle_timeout = 75s;
  Duration write_stall_timeout = 30s;
  std::size_t header_bytes_max = 16 * 1024;
  std::size_t header_fields_max = 100;
  std::size_t target_bytes_max = 8 * 1024;
  int connections_max = 10'000;  // Per server; past it the oldest idle one is closed.
  Duration body_grace = 5s;      // After it a body must have come at body_bytes_per_second_min.
  std::size_t body_bytes_per_second_min = 1024;
  // Hears of exceptions that left a handler, before the client gets error_page(500). `request` has
  // no body.
  std::function<void(const Request& request, std::exception_ptr error)> handler_failed{};
};

struct ServerStatistics {
  std::uint64_t connections_open = 0;
  std::uint64_t requests = 0;
  std::uint64_t responses_5xx = 0;
};

// What the access log and metrics hear after each response, on the connection's loop. `request` has
// no body; one that could not be read has an empty path.
struct Served {
  const Request& request;
  int status;
  std::size_t bytes;
  Duration took;
};

class Server {
 public:
  // `router` and `loops` outlive the server; the first loop accepts and hands each connection to
  // the loop that has the fewest. Drain it before it goes: what is left then is cut. Ignores
  // SIGPIPE for the process. Throws std::system_error with a readable message if the port is taken.
  Server(ServerOptions options, const Router& router, std::vector<Loop*> loops,
         std::function<void(const Served&)> served = {});
  ~Server();

  std::uint16_t port() const;
  ServerStatistics statistics() const;

  // Stops accepting, lets requests under way finish, closes idle connections; returns when all are
  // closed or `limit` is over (then the rest is cut). On any loop.
  Task<void> drain(Duration limit);

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace osier::http
