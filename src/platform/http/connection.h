// One client's connection: reads requests, has them answered, writes the answers, in order.
//
// One coroutine per connection, on one loop. Its hot road (read a head, quick handler, write)
// starts no other coroutine: parsing, matching and the first attempt to write are plain functions;
// only bodies, handlers and full sockets wait deeper. Every wait stands under a deadline that the
// loop's one coarse timer looks at (ConnectionSet::sweep), so a request costs no timer.

#pragma once

#include <atomic>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <list>
#include <memory>

#include "platform/http/client_address.h"
#include "platform/http/hot_bodies.h"
#include "platform/http/request_head.h"
#include "platform/http/response_head.h"
#include "platform/http/server.h"

namespace osier::http {

using Moment = std::chrono::steady_clock::time_point;

class Connection;

// The connections of one loop. All but the counters is for the loop's thread alone.
struct ConnectionSet {
  ConnectionSet(Loop& owner, std::uint64_t seed);

  Loop& loop;
  std::list<Connection*> idle;  // The longest idle first.
  std::list<Connection*> busy;
  HttpDate date;
  HotBodies hot_bodies;
  std::uint64_t id_state;
  boost::asio::steady_timer timer;

  std::atomic<std::size_t> open = 0;  // Counted from accept on.
  std::atomic<std::uint64_t> requests = 0;
  std::atomic<std::uint64_t> responses_5xx = 0;

  std::string new_request_id();
  // Ends what is past its deadline.
  void sweep(Moment now);
  void close_idle();
  void cut_all();
};

// What all connections of a server share.
struct ServerShared {
  ServerShared(ServerOptions given, const Router& routes, std::function<void(const Served&)> hears);

  ServerOptions options;
  HeadLimits head_limits;
  TrustedProxies proxies;
  const Router& router;
  std::function<void(const Served&)> served;
  std::vector<std::unique_ptr<ConnectionSet>> sets;
  std::atomic<bool> is_draining = false;
};

class Connection {
 public:
  Connection(ServerShared& server, ConnectionSet& home, boost::asio::ip::tcp::socket socket);
  ~Connection();

  // Serves until either side closes.
  Task<void> run();

  Moment deadline() const { return deadline_; }
  // The deadline has passed: answers where an answer is due (408, 503), else closes.
  void expire(Moment now);
  void cut();

 private:
  enum class Phase { idle, head, body, handler, write, linger };
  enum class Sent { all, some, failed };
  enum class Asked { body, answer };

  void enter(Phase phase);
  void set_deadline(Moment now);

  void make_room(std::size_t most);
  bool took(boost::system::error_code error, std::size_t size);
  std::string_view unread() const { return {buffer_.get() + begin_, end_ - begin_}; }

  Asked begin_request(std::size_t head_size);
  int check_head(std::size_t head_size);
  int check_route();
  void fill_request();
  bool is_host_allowed() const;
  void refuse(int status);
  void turn_away(Response answer);

  Task<bool> read_body();
  Task<bool> read_some();
  Task<bool> read_sized_body();
  Task<bool> read_chunked_body();
  bool send_continue();

  bool try_quick();
  Task<void> run_handler();

  void frame_response();
  Sent send();
  ssize_t send_some(std::string_view body);
  Task<bool> send_rest();
  void report();
  void end_request();
  Task<void> linger();

  ServerShared& server_;
  ConnectionSet& home_;
  boost::asio::ip::tcp::socket socket_;
  std::string peer_;
  bool peer_is_trusted_ = false;
  std::list<Connection*>::iterator place_;
  bool is_idle_ = false;

  std::unique_ptr<char[]> buffer_;
  std::size_t capacity_ = 0;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;

  Phase phase_ = Phase::idle;
  Moment phase_start_;
  Moment request_start_;
  Moment deadline_;
  bool is_expired_ = false;
  bool is_cut_ = false;

  HeadScanner scanner_;
  Head head_;
  Request request_;
  Router::Match match_;
  Response response_;
  bool keeps_alive_ = true;
  bool has_refused_ = false;
  std::size_t body_received_ = 0;

  std::string out_;
  std::shared_ptr<const BodyFile> body_file_;
  std::size_t sent_ = 0;
};

}  // namespace osier::http
