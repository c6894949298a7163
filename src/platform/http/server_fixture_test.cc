#include "platform/http/server_fixture.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <charconv>
#include <stdexcept>

namespace osier::http {

RawClient::RawClient(std::uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const int yes = 1;
  setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
  timeval limit{.tv_sec = 5, .tv_usec = 0};
  setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  setsockopt(socket_, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
  if (::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    throw std::runtime_error("cannot connect to the server under test");
  }
}

RawClient::~RawClient() { ::close(socket_); }

bool RawClient::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto size = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (size <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(size));
  }
  return true;
}

void RawClient::end_sending() { ::shutdown(socket_, SHUT_WR); }

void RawClient::reset() {
  const linger now{.l_onoff = 1, .l_linger = 0};
  setsockopt(socket_, SOL_SOCKET, SO_LINGER, &now, sizeof now);
  ::close(socket_);
  socket_ = ::socket(AF_INET, SOCK_STREAM, 0);
}

bool RawClient::read_more() {
  char bytes[65536];
  const auto size = ::recv(socket_, bytes, sizeof bytes, 0);
  if (size <= 0) return false;
  unread_.append(bytes, static_cast<std::size_t>(size));
  return true;
}

std::string RawClient::read_response(Body body) {
  std::size_t head_end = 0;
  while ((head_end = unread_.find("\r\n\r\n")) == std::string::npos) {
    if (!read_more()) return "";
  }
  head_end += 4;
  std::size_t length = 0;
  const auto field = unread_.find("Content-Length: ");
  if (body == Body::expected && field < head_end) {
    std::from_chars(unread_.data() + field + 16, unread_.data() + head_end, length);
  }
  while (unread_.size() < head_end + length) {
    if (!read_more()) break;
  }
  std::string response = unread_.substr(0, head_end + length);
  unread_.erase(0, head_end + length);
  return response;
}

std::string RawClient::read_to_end() {
  while (read_more()) {
  }
  return std::exchange(unread_, {});
}

bool RawClient::is_closed_within(std::chrono::milliseconds limit) {
  const timeval time{.tv_sec = limit.count() / 1000, .tv_usec = limit.count() % 1000 * 1000};
  setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &time, sizeof time);
  char byte = 0;
  const auto size = ::recv(socket_, &byte, 1, 0);
  return size == 0 || (size < 0 && errno == ECONNRESET);
}

int status_of(std::string_view response) {
  int status = 0;
  if (response.size() > 12) std::from_chars(response.data() + 9, response.data() + 12, status);
  return status;
}

std::string_view body_of(std::string_view response) {
  const auto end = response.find("\r\n\r\n");
  return end == std::string_view::npos ? std::string_view{} : response.substr(end + 4);
}

namespace {

Task<Response> echo(Request request) { co_return text(200, std::move(request.body)); }

Task<Response> describe(Request request) {
  std::string seen = request.path + "|" + request.query + "|" + request.client_address + "|" +
                     (request.is_secure ? "https" : "http") + "|" + request.id;
  for (const auto& value : request.path_values) seen += "|" + value;
  co_return text(200, std::move(seen));
}

Task<Response> answer_slowly(std::atomic<int>& started, Duration wait) {
  ++started;
  co_await sleep_for(wait);
  co_return text(200, "slow\n");
}

Task<Response> fail(Request) {
  co_await sleep_for(1ms);
  throw std::runtime_error("the handler failed");
}

}  // namespace

void TestServer::add_routes() {
  router_.set_gate([](const Request& request) -> std::optional<Response> {
    if (!request.headers.get("X-Unwelcome")) return std::nullopt;
    return text(503, "too much to do\n");
  });
  const auto page = std::make_shared<const std::string>(std::string(20'000, 'p'));
  RouteOptions quick;
  quick.quick = [page](const Request&) -> std::optional<Response> {
    Response response;
    response.shared_body = page;
    return response;
  };
  router_.get("/quick", Access::everyone(), echo, quick);
  router_.get("/echo", Access::everyone(), echo);
  router_.post("/echo", Access::everyone(), echo, {.body_max = 1000});
  router_.post("/upload", Access::everyone(), echo, {.body_max = 10'000'000});
  router_.get("/see", Access::everyone(), describe);
  router_.get("/see/{first}/{second}", Access::everyone(), describe);
  router_.get("/slow", Access::everyone(),
              [this](Request) { return answer_slowly(slow_started, 150ms); });
  router_.get("/stuck", Access::everyone(),
              [this](Request) { return answer_slowly(slow_started, 700ms); });
  router_.get("/fail", Access::everyone(), fail);
  const auto huge = std::make_shared<const std::string>(std::string(30'000'000, 'h'));
  RouteOptions large;
  large.quick = [huge](const Request&) -> std::optional<Response> {
    Response response;
    response.shared_body = huge;
    return response;
  };
  router_.get("/huge", Access::everyone(), echo, large);
}

TestServer::TestServer(ServerOptions options) {
  add_routes();
  options.port = 0;
  options.handler_failed = [this](const Request&, std::exception_ptr) { ++failures; };
  std::vector<Loop*> loops;
  for (int i = 0; i < 2; ++i) loops.push_back(loops_.emplace_back(std::make_unique<Loop>()).get());
  server_ = std::make_unique<Server>(options, router_, loops, [this](const Served&) { ++served; });
  for (Loop* loop : loops) threads_.emplace_back([loop] { loop->run(); });
}

TestServer::~TestServer() {
  if (!has_drained_) drain(0ms);
  server_.reset();
  for (auto& loop : loops_) loop->stop();
  for (auto& thread : threads_) thread.join();
}

std::string TestServer::exchange(std::string_view bytes) {
  RawClient client(port());
  client.send(bytes);
  return client.read_to_end();
}

void TestServer::drain(Duration limit) {
  has_drained_ = true;
  run_to_end(server_->drain(limit));
}

}  // namespace osier::http
