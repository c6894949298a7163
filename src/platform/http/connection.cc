#include "platform/http/connection.h"

#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <cstring>

#include "platform/async/asio_await.h"
#include "platform/http/ascii.h"
#include "platform/http/chunked_body.h"

namespace osier::http {

namespace {

constexpr std::size_t first_buffer_bytes = 4096;
constexpr std::size_t body_buffer_bytes = 32 * 1024;  // Grown to, step by step, while a body comes.
constexpr std::size_t linger_bytes_max = 64 * 1024 * 1024;
constexpr Duration linger_duration = 2s;

bool is_good_request_id(std::string_view id) {
  if (id.empty() || id.size() > 64) return false;
  return std::all_of(id.begin(), id.end(), [](char c) {
    return is_digit(c) || (to_lower(c) >= 'a' && to_lower(c) <= 'z') || c == '-' || c == '_' ||
           c == '.' || c == '=';
  });
}

}  // namespace

Connection::Connection(ServerShared& server, ConnectionSet& home,
                       boost::asio::ip::tcp::socket socket)
    : server_(server), home_(home), socket_(std::move(socket)), scanner_(server.head_limits) {
  boost::system::error_code error;
  const auto peer = socket_.remote_endpoint(error);
  if (!error) {
    auto address = peer.address();
    if (address.is_v6() && address.to_v6().is_v4_mapped()) {
      address = boost::asio::ip::make_address_v4(boost::asio::ip::v4_mapped, address.to_v6());
    }
    peer_ = address.to_string();
  }
  peer_is_trusted_ = server_.proxies.trusts(peer_);
  socket_.set_option(boost::asio::ip::tcp::no_delay(true), error);
  socket_.non_blocking(true, error);
  place_ = home_.busy.insert(home_.busy.end(), this);
  enter(Phase::idle);
  deadline_ = phase_start_ + server_.options.header_timeout;  // The first request is due sooner.
}

Connection::~Connection() { (is_idle_ ? home_.idle : home_.busy).erase(place_); }

void Connection::enter(Phase phase) {
  const bool was_idle = std::exchange(is_idle_, phase == Phase::idle);
  if (was_idle != is_idle_) {
    auto& from = was_idle ? home_.idle : home_.busy;
    auto& to = was_idle ? home_.busy : home_.idle;
    to.splice(to.end(), from, place_);
  }
  phase_ = phase;
  phase_start_ = std::chrono::steady_clock::now();
  if (phase == Phase::head) request_start_ = phase_start_;
  set_deadline(phase_start_);
}

void Connection::set_deadline(Moment now) {
  const ServerOptions& options = server_.options;
  switch (phase_) {
    case Phase::idle:
      deadline_ = now + options.idle_timeout;
      break;
    case Phase::head:
      deadline_ = request_start_ + std::min(options.header_timeout, options.request_timeout);
      break;
    case Phase::body: {
      // The moment at which what has come by now is too little.
      const auto bytes = static_cast<std::int64_t>(body_received_);
      const auto rate = static_cast<std::int64_t>(options.body_bytes_per_second_min);
      const auto earned = std::chrono::milliseconds(bytes * 1000 / std::max<std::int64_t>(rate, 1));
      const Duration allowed = std::max<Duration>(options.body_grace, earned);
      deadline_ = std::min(phase_start_ + allowed, request_start_ + options.request_timeout);
      break;
    }
    case Phase::handler:
      deadline_ = request_start_ + options.request_timeout;
      break;
    case Phase::write:
      deadline_ = now + options.write_stall_timeout;
      break;
    case Phase::linger:
      deadline_ = now + std::min(linger_duration, options.header_timeout);
      break;
  }
}

void Connection::expire(Moment) {
  is_expired_ = true;
  deadline_ = Moment::max();
  boost::system::error_code error;
  if (phase_ == Phase::handler) {
    // The handler cannot be called back; its client is told, and its late answer is dropped.
    refuse(503);
    frame_response();
    send();
    report();
    cut();
  } else if (phase_ == Phase::write || phase_ == Phase::linger) {
    socket_.close(error);
  } else {
    socket_.cancel(error);
  }
}

void Connection::cut() {
  is_cut_ = true;
  // No longer idle at once, so that the next to be cut is another one.
  if (std::exchange(is_idle_, false)) home_.busy.splice(home_.busy.end(), home_.idle, place_);
  boost::system::error_code error;
  socket_.shutdown(boost::asio::ip::tcp::socket::shutdown_both, error);
  socket_.close(error);
}

// Space to read into, at least one byte: compacts, or grows up to `most`.
void Connection::make_room(std::size_t most) {
  if (begin_ == end_) begin_ = end_ = 0;
  if (end_ < capacity_ && !(begin_ == end_ && capacity_ < most && phase_ == Phase::body)) return;
  if (begin_ > 0) {
    std::memmove(buffer_.get(), buffer_.get() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
    return;
  }
  const std::size_t larger = std::max(first_buffer_bytes, std::min(capacity_ * 2, most));
  if (larger <= capacity_) return;
  auto grown = std::make_unique_for_overwrite<char[]>(larger);
  if (end_ > 0) std::memcpy(grown.get(), buffer_.get(), end_);
  buffer_ = std::move(grown);
  capacity_ = larger;
}

bool Connection::took(boost::system::error_code error, std::size_t size) {
  if (error || size == 0 || is_expired_ || is_cut_) return false;
  end_ += size;
  return true;
}

Task<void> Connection::run() {
  bool has_ended = false;
  while (!has_ended) {
    HeadScanner::Found found = scanner_.scan(unread());
    while (found.size == 0 && found.refusal == 0) {
      make_room(std::max(server_.options.header_bytes_max, first_buffer_bytes));
      const auto [error, size] = co_await asio_await<std::size_t>([&](auto done) {
        socket_.async_read_some(boost::asio::buffer(buffer_.get() + end_, capacity_ - end_),
                                std::move(done));
      });
      if (took(error, size)) {
        if (phase_ == Phase::idle) enter(Phase::head);
        found = scanner_.scan(unread());
      } else if (is_expired_ && !is_cut_ && phase_ == Phase::head && begin_ != end_) {
        found.refusal = 408;
      } else {
        co_return;
      }
    }
    scanner_.reset();
    home_.requests.fetch_add(1, std::memory_order_relaxed);
    if (phase_ == Phase::idle) enter(Phase::head);
    is_expired_ = false;

    if (found.refusal != 0) {
      head_ = Head{};
      request_ = Request{};
      request_.client_address = peer_;
      request_.id = home_.new_request_id();
      refuse(found.refusal);
    } else if (begin_request(found.size) == Asked::body && !co_await read_body()) {
      co_return;
    }
    if (!has_refused_ && !try_quick()) co_await run_handler();
    if (is_cut_) co_return;
    frame_response();
    const Sent sent = send();
    if (sent == Sent::failed || (sent == Sent::some && !co_await send_rest())) co_return;
    has_ended = !keeps_alive_;
    end_request();
  }
  co_await linger();
}

Connection::Asked Connection::begin_request(std::size_t head_size) {
  has_refused_ = false;
  request_.body.clear();
  int status = check_head(head_size);
  if (status == 0) status = check_route();
  begin_ += head_size;
  if (status != 0) {
    refuse(status);
    return Asked::answer;
  }
  keeps_alive_ = head_.keeps_alive && !server_.is_draining.load(std::memory_order_relaxed);
  if (match_.options != nullptr && !match_.options->quick) {
    if (auto answer = server_.router.ask_gate(request_)) {
      turn_away(std::move(*answer));
      return Asked::answer;
    }
  }
  return head_.is_chunked || head_.content_length > 0 ? Asked::body : Asked::answer;
}

int Connection::check_head(std::size_t head_size) {
  auto fields = std::move(head_.fields);  // Keeps its memory from request to request.
  head_ = Head{};
  head_.fields = std::move(fields);
  request_.method = Method::get;
  request_.path.clear();
  request_.target.clear();
  request_.query.clear();
  request_.headers.clear();
  request_.path_values.clear();
  request_.is_secure = false;
  request_.client_address = peer_;
  request_.id.clear();
  const int status = parse_head(unread().substr(0, head_size), server_.head_limits, head_);
  if (status == 0 || status == 415 || status == 417) fill_request();
  if (request_.id.empty()) request_.id = home_.new_request_id();
  if (status != 0) return status;
  if (head_.target == "*") return 0;
  if (!read_target(head_.target, request_)) return 400;
  return is_host_allowed() ? 0 : 421;
}

void Connection::fill_request() {
  request_.method = head_.method;
  request_.target = head_.target;
  for (const auto& [name, value] : head_.fields) {
    request_.headers.add(name, std::string(value));
  }
  if (!peer_is_trusted_) return;
  std::string forwarded_for;  // Several fields are one list (RFC 9110 section 5.3).
  for (const auto& [name, value] : head_.fields) {
    if (equal_ignoring_case(name, "X-Forwarded-For")) {
      forwarded_for.append(forwarded_for.empty() ? "" : ",").append(value);
    } else if (equal_ignoring_case(name, "X-Forwarded-Proto")) {
      request_.is_secure = value == "https";
    } else if (equal_ignoring_case(name, "X-Request-Id") && is_good_request_id(value)) {
      request_.id = value;
    }
  }
  request_.client_address = server_.proxies.client_behind(peer_, forwarded_for);
}

bool Connection::is_host_allowed() const {
  const auto& allowed = server_.options.allowed_hosts;
  if (allowed.empty()) return true;
  std::string_view name = head_.host;
  const auto colon = name.rfind(':');
  if (colon != std::string_view::npos && name.find(']', colon) == std::string_view::npos) {
    name = name.substr(0, colon);
  }
  if (name.ends_with('.')) name.remove_suffix(1);
  return std::any_of(allowed.begin(), allowed.end(), [&](const std::string& host) {
    return equal_ignoring_case(host, name) || equal_ignoring_case(host, head_.host);
  });
}

int Connection::check_route() {
  if (head_.target == "*") {
    match_ = {};
    match_.status = 204;
    return head_.is_chunked || head_.content_length > 0 ? 413 : 0;
  }
  match_ = server_.router.match(request_.method, request_.path);
  if (match_.status != 0) return match_.status;
  if (head_.content_length > match_.options->body_max) return 413;
  request_.path_values = std::move(match_.path_values);
  return 0;
}

// Answers with the error page. What follows on the connection cannot be told apart from the refused
// body any more, so it closes; but where there is no body (404 of a GET) nothing is in doubt and it
// stays open.
void Connection::refuse(int status) {
  has_refused_ = true;
  const bool is_clean = (status == 404 || status == 405) && !head_.is_chunked &&
                        head_.content_length == 0 && head_.keeps_alive;
  keeps_alive_ = is_clean && !server_.is_draining.load(std::memory_order_relaxed);
  try {
    response_ = server_.router.error_page(request_, status);
  } catch (...) {
    response_ = text(status, std::string(reason_phrase(status)) + "\n");
  }
  if (status == 405) response_.headers.set("Allow", match_.allow);
}

// Answers without the body. One that came along with the head is passed over; another is not waited
// for, so the connection closes.
void Connection::turn_away(Response answer) {
  has_refused_ = true;
  response_ = std::move(answer);
  const bool is_here = !head_.is_chunked && head_.content_length <= end_ - begin_;
  if (is_here) begin_ += static_cast<std::size_t>(head_.content_length);
  keeps_alive_ = keeps_alive_ && is_here;
}

Task<bool> Connection::read_body() {
  body_received_ = 0;
  enter(Phase::body);
  if (head_.expects_continue && !head_.is_http_1_0 && begin_ == end_ && !send_continue()) {
    co_return false;
  }
  const bool is_whole =
      head_.is_chunked ? co_await read_chunked_body() : co_await read_sized_body();
  if (!is_whole && is_expired_ && !is_cut_ && !has_refused_) {
    is_expired_ = false;
    refuse(408);
  }
  co_return is_whole || has_refused_;
}

Task<bool> Connection::read_some() {
  make_room(body_buffer_bytes);
  const auto [error, size] = co_await asio_await<std::size_t>([&](auto done) {
    socket_.async_read_some(boost::asio::buffer(buffer_.get() + end_, capacity_ - end_),
                            std::move(done));
  });
  if (!took(error, size)) co_return false;
  body_received_ += size;
  set_deadline(phase_start_);
  co_return true;
}

Task<bool> Connection::read_sized_body() {
  const auto length = static_cast<std::size_t>(head_.content_length);
  while (true) {
    const std::size_t size = std::min(length - request_.body.size(), end_ - begin_);
    request_.body.append(unread().substr(0, size));
    begin_ += size;
    if (request_.body.size() == length) co_return true;
    if (!co_await read_some()) co_return false;
  }
}

Task<bool> Connection::read_chunked_body() {
  ChunkedBody body(match_.options->body_max);
  while (true) {
    const auto step = body.feed(unread(), request_.body);
    begin_ += step.consumed;
    if (step.refusal != 0) {
      refuse(step.refusal);
      co_return false;
    }
    if (body.is_complete()) co_return true;
    // A line that does not fit the buffer has been refused by feed() already; data never waits in
    // it.
    if (!co_await read_some()) co_return false;
  }
}

bool Connection::send_continue() {
  static constexpr std::string_view line = "HTTP/1.1 100 Continue\r\n\r\n";
  // 25 bytes into a socket that has just answered everything: anything but all of it is a dead
  // client.
  return ::send(socket_.native_handle(), line.data(), line.size(), MSG_NOSIGNAL) ==
         static_cast<ssize_t>(line.size());
}

bool Connection::try_quick() {
  if (match_.status == 204) {  // OPTIONS *
    response_ = Response{};
    response_.status = 204;
    response_.headers.add("Allow", "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS");
    return true;
  }
  if (!match_.options->quick) return false;
  try {
    auto answer = match_.options->quick(request_);
    if (!answer) return false;
    response_ = std::move(*answer);
  } catch (...) {
    if (server_.options.handler_failed) {
      server_.options.handler_failed(request_, std::current_exception());
    }
    refuse(500);
  }
  return true;
}

Task<void> Connection::run_handler() {
  enter(Phase::handler);
  std::string body = std::move(request_.body);
  request_.body.clear();
  Request passed = request_;  // Ours stays for the log and for error pages.
  passed.body = std::move(body);
  std::exception_ptr failure;
  try {
    Response answer = co_await (*match_.handler)(std::move(passed));
    if (!is_cut_) response_ = std::move(answer);
  } catch (...) {
    failure = std::current_exception();
  }
  if (!failure) co_return;
  if (server_.options.handler_failed) server_.options.handler_failed(request_, failure);
  if (is_cut_) co_return;
  const bool keeps_alive = keeps_alive_;
  refuse(500);
  keeps_alive_ = keeps_alive;  // The request was read whole: nothing is in doubt.
}

void Connection::frame_response() {
  server_.router.finish(request_, response_);
  const std::string_view body = response_.body_view();
  const ResponseFrame frame{.date = home_.date.now(),
                            .request_id = request_.id,
                            .closes = !keeps_alive_,
                            .body_size = body.size()};
  out_.clear();
  sent_ = 0;
  append_head(response_, frame, out_);
}

// One attempt: head and body together, or what is left of them.
ssize_t Connection::send_some(std::string_view body) {
  const int socket = socket_.native_handle();
  const std::size_t skipped = sent_ > out_.size() ? sent_ - out_.size() : 0;
  if (body_file_ && sent_ >= out_.size()) {
    auto offset = static_cast<off_t>(skipped);
    return ::sendfile(socket, body_file_->descriptor(), &offset, body.size() - skipped);
  }
  iovec parts[2];
  std::size_t count = 0;
  if (sent_ < out_.size()) parts[count++] = {out_.data() + sent_, out_.size() - sent_};
  if (!body_file_ && skipped < body.size()) {
    parts[count++] = {const_cast<char*>(body.data()) + skipped, body.size() - skipped};
  }
  msghdr message{};
  message.msg_iov = parts;
  message.msg_iovlen = count;
  return ::sendmsg(socket, &message, MSG_NOSIGNAL | MSG_DONTWAIT | (body_file_ ? MSG_MORE : 0));
}

Connection::Sent Connection::send() {
  const bool has_body =
      head_.method != Method::head && response_.status != 204 && response_.status != 304;
  const std::string_view body = has_body ? response_.body_view() : std::string_view{};
  if (sent_ == 0) {
    const bool is_shared = !body.empty() && response_.shared_body;
    body_file_ = is_shared ? home_.hot_bodies.file_of(response_.shared_body) : nullptr;
  }
  const std::size_t total = out_.size() + body.size();
  while (sent_ < total) {
    const ssize_t size = send_some(body);
    if (size == 0) return Sent::failed;
    if (size < 0) {
      if (errno == EINTR) continue;
      return errno == EAGAIN || errno == EWOULDBLOCK ? Sent::some : Sent::failed;
    }
    sent_ += static_cast<std::size_t>(size);
  }
  return Sent::all;
}

Task<bool> Connection::send_rest() {
  enter(Phase::write);
  while (true) {
    const std::size_t before = sent_;
    const auto [error] = co_await asio_await<>([&](auto done) {
      socket_.async_wait(boost::asio::ip::tcp::socket::wait_write, std::move(done));
    });
    if (error || is_cut_ || is_expired_) co_return false;
    const Sent sent = send();
    if (sent != Sent::some) co_return sent == Sent::all;
    // Each byte that leaves earns a new write_stall_timeout.
    if (sent_ != before) set_deadline(std::chrono::steady_clock::now());
  }
}

void Connection::report() {
  if (response_.status >= 500) home_.responses_5xx.fetch_add(1, std::memory_order_relaxed);
  if (server_.served) {
    const auto took = std::chrono::steady_clock::now() - request_start_;
    server_.served({.request = request_,
                    .status = response_.status,
                    .bytes = sent_,
                    .took = std::chrono::duration_cast<Duration>(took)});
  }
}

void Connection::end_request() {
  report();
  response_ = Response{};
  body_file_.reset();
  if (request_.body.capacity() > 64 * 1024) request_.body = {};
  if (begin_ == end_ && capacity_ > first_buffer_bytes) {
    buffer_.reset();
    capacity_ = begin_ = end_ = 0;
  }
  // A drain that began meanwhile finds no idle connection here; the next request would start a new
  // wait.
  if (server_.is_draining.load(std::memory_order_relaxed) && begin_ == end_) cut();
  enter(begin_ == end_ ? Phase::idle : Phase::head);
}

// Half-closes and reads on for a while: a close with unread input would reset the connection, and
// the client might lose the answer that says why.
Task<void> Connection::linger() {
  if (is_cut_) co_return;
  enter(Phase::linger);
  boost::system::error_code ignored;
  socket_.shutdown(boost::asio::ip::tcp::socket::shutdown_send, ignored);
  begin_ = end_ = 0;
  make_room(first_buffer_bytes);
  std::size_t total = 0;
  while (total < linger_bytes_max && !is_expired_ && !is_cut_) {
    const auto [error, size] = co_await asio_await<std::size_t>([&](auto done) {
      socket_.async_read_some(boost::asio::buffer(buffer_.get(), capacity_), std::move(done));
    });
    if (error || size == 0) break;
    total += size;
  }
}

}  // namespace osier::http
