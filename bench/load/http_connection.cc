#include "bench/load/http_connection.h"

#include <algorithm>
#include <boost/asio/ip/address_v4.hpp>
#include <boost/asio/write.hpp>
#include <charconv>
#include <optional>
#include <stdexcept>

#include "platform/async/asio_await.h"

namespace osier::bench {

namespace asio = boost::asio;

HttpConnection::HttpConnection(Loop& loop, std::uint16_t port) : socket_(loop.io()), port_(port) {}

Task<Answer> HttpConnection::get(std::string target) {
  co_return co_await exchange("GET " + target + " HTTP/1.1\r\nHost: 127.0.0.1:" +
                              std::to_string(port_) + "\r\n" + always_ + "\r\n");
}

Task<Answer> HttpConnection::post(std::string target, std::string json) {
  co_return co_await post(std::move(target), "Content-Type: application/json\r\n", std::move(json));
}

Task<Answer> HttpConnection::post(std::string target, std::string headers, std::string body) {
  co_return co_await exchange(
      "POST " + target + " HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(port_) + "\r\n" +
      always_ + headers + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body);
}

Task<void> HttpConnection::connect() {
  const asio::ip::tcp::endpoint endpoint(asio::ip::address_v4::loopback(), port_);
  const auto [error] =
      co_await asio_await<>([&](auto done) { socket_.async_connect(endpoint, std::move(done)); });
  if (error) throw std::runtime_error("cannot connect: " + error.message());
  socket_.set_option(asio::ip::tcp::no_delay(true));
}

static bool is_name(std::string_view line, std::string_view name) {
  return line.size() > name.size() &&
         std::equal(name.begin(), name.end(), line.begin(), [](char wanted, char c) {
           return wanted == (c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c);
         });
}

// What follows the name in its line; `name` with its colon.
static std::optional<std::string_view> find_header(std::string_view head, std::string_view name) {
  for (std::size_t at = 0; at < head.size();) {
    const std::size_t end = std::min(head.find("\r\n", at), head.size());
    std::string_view line = head.substr(at, end - at);
    if (is_name(line, name)) {
      line.remove_prefix(name.size());
      line.remove_prefix(std::min(line.find_first_not_of(' '), line.size()));
      return line;
    }
    at = end + 2;
  }
  return std::nullopt;
}

static std::size_t content_length(std::string_view head) {
  const auto text = find_header(head, "content-length:");
  if (!text) throw std::runtime_error("an answer without a length");
  std::size_t length = 0;
  std::from_chars(text->data(), text->data() + text->size(), length);
  return length;
}

std::string HttpConnection::last_header(std::string_view name) const {
  return std::string(find_header(last_head_, name).value_or(""));
}

Task<void> HttpConnection::read_until(std::size_t size) {
  while (received_.size() < size) {
    const std::size_t before = received_.size();
    received_.resize(before + 16'384);
    const asio::mutable_buffer space(received_.data() + before, 16'384);
    const auto [error, count] = co_await asio_await<std::size_t>(
        [&](auto done) { socket_.async_read_some(space, std::move(done)); });
    received_.resize(before + count);
    if (error) throw std::runtime_error("the connection ended: " + error.message());
  }
}

Task<void> HttpConnection::read_head() {
  for (;;) {
    const std::size_t end = received_.find("\r\n\r\n");
    if (end != std::string::npos) {
      head_size_ = end + 4;
      co_return;
    }
    co_await read_until(received_.size() + 1);
  }
}

Task<Answer> HttpConnection::exchange(std::string request) {
  if (!socket_.is_open()) co_await connect();
  const auto [error, count] = co_await asio_await<std::size_t>([&](auto done) {
    asio::async_write(socket_, asio::const_buffer(request.data(), request.size()), std::move(done));
  });
  if (error) throw std::runtime_error("the connection ended: " + error.message());
  co_await read_head();
  const std::string_view head(received_.data(), head_size_);
  last_head_.assign(head);
  const std::size_t length = content_length(head);
  Answer answer;
  std::from_chars(head.data() + 9, head.data() + 12, answer.status);  // "HTTP/1.1 200 …"
  co_await read_until(head_size_ + length);
  answer.body = received_.substr(head_size_, length);
  received_.erase(0, head_size_ + length);
  co_return answer;
}

std::string quoted(std::string_view json, std::string_view prefix) {
  const std::size_t at = json.find('"' + std::string(prefix));
  if (at == std::string_view::npos) return {};
  const std::size_t end = json.find('"', at + 1);
  return std::string(json.substr(at + 1, end - at - 1));
}

}  // namespace osier::bench
