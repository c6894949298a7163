// A keep-alive connection to an HTTP server on this machine, for load: one request at a time, and
// no more reading of the answer than it takes to find its end, so that the client costs little
// beside the server.

#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <cstdint>
#include <string>
#include <string_view>

#include "platform/async/loop.h"

namespace osier::bench {

struct Answer {
  int status = 0;
  std::string body;
};

class HttpConnection {
 public:
  // Nothing is connected yet. `loop` outlives the connection.
  HttpConnection(Loop& loop, std::uint16_t port);

  // Waits for the whole answer; connects first if need be. Throws std::runtime_error if there is
  // none.
  Task<Answer> get(std::string target);
  Task<Answer> post(std::string target, std::string json);
  // `headers` are whole lines, each with its line break; Host and Content-Length are not among
  // them.
  Task<Answer> post(std::string target, std::string headers, std::string body);
  // Goes with every request from now on; a whole line with its line break, or nothing.
  void always_send(std::string header) { always_ = std::move(header); }
  // Of the last answer; `name` in lower case with its colon. Empty if it is not there.
  std::string last_header(std::string_view name) const;

 private:
  Task<Answer> exchange(std::string request);
  Task<void> connect();
  Task<void> read_head();
  Task<void> read_until(std::size_t size);

  boost::asio::ip::tcp::socket socket_;
  std::uint16_t port_;
  std::string always_;
  std::string received_;
  std::string last_head_;
  std::size_t head_size_ = 0;
};

// The first text in quotes that begins with `prefix`, such as an id; empty if there is none.
std::string quoted(std::string_view json, std::string_view prefix);

}  // namespace osier::bench
