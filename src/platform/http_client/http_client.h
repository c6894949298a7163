// Requests to other people's servers: the payment provider, webhooks, object stores. HTTP/1.1 by
// libcurl.
//
// A Client belongs to one loop and is used on its thread only; it keeps connections open between
// requests. Redirects are not followed, certificates are always checked, loopback addresses never
// go through a proxy. Every request ends: with a response of any status, or with the exception
// Unreachable. Never called inside a database transaction.

#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "platform/async/loop.h"
#include "platform/async/task.h"
#include "platform/base/time.h"

namespace osier::http_client {

using Headers = std::vector<std::pair<std::string, std::string>>;

struct Request {
  std::string method = "GET";
  std::string url{};  // http:// or https://, nothing else.
  Headers headers{};
  std::string body{};
  Duration timeout_total = 20s;
  Duration timeout_connect = 5s;
  std::size_t response_size_max = 4 * 1024 * 1024;
};

struct Response {
  int status = 0;
  Headers headers{};  // Names in lower case.
  std::string body{};

  // The first header of this name (in lower case).
  std::optional<std::string> header(std::string_view name) const;
};

// There is no answer. What a caller needs to know before it tries again is whether the other side
// may have acted.
class Unreachable : public std::runtime_error {
 public:
  enum class Kind {
    resolve,    // The name has no address.
    connect,    // Nobody listens, or the connection was refused.
    tls,        // The certificate does not hold.
    timeout,    // timeout_connect or timeout_total passed.
    broken,     // The connection ended early, or what came was not HTTP.
    too_large,  // The response passed response_size_max.
    invalid,    // Not sent: a bad URL, or a line break in a header.
  };

  Unreachable(Kind kind, bool maybe_sent, const std::string& what)
      : std::runtime_error(what), kind(kind), maybe_sent(maybe_sent) {}

  Kind kind;
  // False: not one byte of the request left. True: it may have been received, and acted upon.
  bool maybe_sent;
};

class CurlMulti;

class Client {
 public:
  struct Settings {
    std::size_t connections_per_host_max = 16;
    std::string ca_file{};  // Empty: the system's certificates.
    std::string user_agent = "Osier";
  };

  // `loop` outlives the client. All requests have ended before the client goes.
  explicit Client(Loop& loop);
  Client(Loop& loop, Settings settings);
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  // Waits for the whole response. libcurl repeats by itself a request that met a kept connection
  // which the server had just closed; a POST therefore carries an idempotency key. Throws
  // Unreachable.
  Task<Response> send(Request request);

 private:
  Settings settings_;
  std::unique_ptr<CurlMulti> multi_;
};

}  // namespace osier::http_client
