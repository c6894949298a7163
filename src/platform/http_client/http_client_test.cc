#include "platform/http_client/http_client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <unistd.h>

#include <atomic>
#include <boost/asio/buffers_iterator.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/streambuf.hpp>
#include <boost/asio/write.hpp>
#include <cstdio>
#include <thread>

namespace osier::http_client {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using testing::HasSubstr;
using testing::Not;

// What a server makes of one request, and whether it then hangs up.
struct Reply {
  std::string bytes;
  bool hangs_up = false;
};
using Answer = std::function<Reply(const std::string& request)>;

std::string ok_with(const std::string& body) {
  return "HTTP/1.1 200 OK\r\nX-Thing:  a b \r\nContent-Length: " + std::to_string(body.size()) +
         "\r\n\r\n" + body;
}

// Reads a request with its body (by Content-Length); empty at the end of the connection.
template <class Stream>
std::string read_request(Stream& stream, asio::streambuf& buffer) {
  boost::system::error_code error;
  asio::read_until(stream, buffer, "\r\n\r\n", error);
  if (error) return {};
  const auto taken = [&] {
    return std::string(asio::buffers_begin(buffer.data()), asio::buffers_end(buffer.data()));
  };
  const auto head = taken();
  std::size_t wanted = head.find("\r\n\r\n") + 4;
  const auto length = head.find("Content-Length: ");
  if (length != std::string::npos) wanted += std::stoul(head.substr(length + 16));
  if (buffer.size() < wanted) {
    asio::read(stream, buffer, asio::transfer_exactly(wanted - buffer.size()), error);
  }
  const auto request = taken().substr(0, wanted);
  buffer.consume(wanted);
  return request;
}

// A server on loopback, one thread for accepting and one per connection, in plain text or TLS.
class Server {
 public:
  explicit Server(Answer answer, asio::ssl::context* tls = nullptr)
      : answer_(std::move(answer)),
        tls_(tls),
        acceptor_(io_, {asio::ip::address_v4::loopback(), 0}) {
    port_ = acceptor_.local_endpoint().port();
    thread_ = std::thread([this] { accept(); });
  }
  ~Server() {
    is_ending_ = true;
    boost::system::error_code error;
    tcp::socket nudge(io_);
    nudge.connect(acceptor_.local_endpoint(), error);
    thread_.join();
    for (auto& socket : sockets_) socket->shutdown(tcp::socket::shutdown_both, error);
    for (auto& thread : connection_threads_) thread.join();
  }
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  std::string url(const std::string& path) const {
    return "http://127.0.0.1:" + std::to_string(port_) + path;
  }
  unsigned short port() const { return port_; }
  int connections() const { return connections_; }

 private:
  void accept() {
    while (!is_ending_) {
      auto socket = std::make_shared<tcp::socket>(io_);
      acceptor_.accept(*socket);
      if (is_ending_) return;
      ++connections_;
      sockets_.push_back(socket);
      connection_threads_.emplace_back([this, socket] { serve(*socket); });
    }
  }

  void serve(tcp::socket& socket) {
    if (!tls_) return converse(socket, socket);
    asio::ssl::stream<tcp::socket&> stream(socket, *tls_);
    boost::system::error_code error;
    stream.handshake(asio::ssl::stream_base::server, error);
    if (!error) converse(stream, socket);
  }

  template <class Stream>
  void converse(Stream& stream, tcp::socket& socket) {
    asio::streambuf buffer;
    boost::system::error_code error;
    while (!error) {
      const auto request = read_request(stream, buffer);
      if (request.empty()) return;
      const auto reply = answer_(request);
      asio::write(stream, asio::buffer(reply.bytes), error);
      if (reply.hangs_up) {
        socket.shutdown(tcp::socket::shutdown_both, error);
        return;
      }
    }
  }

  Answer answer_;
  asio::ssl::context* tls_;
  asio::io_context io_;
  tcp::acceptor acceptor_;
  unsigned short port_ = 0;
  std::atomic<bool> is_ending_ = false;
  std::atomic<int> connections_ = 0;
  std::vector<std::shared_ptr<tcp::socket>> sockets_;
  std::vector<std::thread> connection_threads_;
  std::thread thread_;
};

struct Outcome {
  std::vector<Response> responses;
  std::optional<Unreachable> error;
};

Task<void> send_one(Client& client, Request request, Outcome& outcome) {
  try {
    outcome.responses.push_back(co_await client.send(std::move(request)));
  } catch (const Unreachable& error) {
    outcome.error = error;
  }
}

Task<void> send_in_turn(std::vector<Request> requests, Client::Settings settings,
                        Outcome& outcome) {
  Client client(Loop::current(), std::move(settings));
  for (auto& request : requests) co_await send_one(client, std::move(request), outcome);
}

Task<void> send_at_once(std::vector<Request> requests, Outcome& outcome) {
  Client client(Loop::current());
  std::vector<Task<void>> tasks;
  for (auto& request : requests) tasks.push_back(send_one(client, std::move(request), outcome));
  co_await when_all(std::move(tasks));
}

Outcome outcome_of(std::vector<Request> requests, Client::Settings settings = {}) {
  Outcome outcome;
  run_to_end(send_in_turn(std::move(requests), std::move(settings), outcome));
  return outcome;
}

Outcome outcome_of(Request request) {
  std::vector<Request> one;
  one.push_back(std::move(request));
  return outcome_of(std::move(one));
}

TEST(Client, SendsARequestAndReadsTheResponse) {
  std::string seen;
  Server server([&](const std::string& request) {
    seen = request;
    return Reply{ok_with("{\"id\":1}")};
  });
  const auto outcome = outcome_of({.method = "POST",
                                   .url = server.url("/v1/things?x=1"),
                                   .headers = {{"Idempotency-Key", "k1"}, {"X-Empty", ""}},
                                   .body = "a=1&b=2"});
  ASSERT_EQ(outcome.responses.size(), 1u) << outcome.error->what();
  const auto& response = outcome.responses[0];
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.body, "{\"id\":1}");
  EXPECT_EQ(response.header("x-thing"), "a b");
  EXPECT_EQ(response.header("absent"), std::nullopt);
  EXPECT_THAT(seen, testing::StartsWith("POST /v1/things?x=1 HTTP/1.1\r\n"));
  EXPECT_THAT(seen, HasSubstr("Idempotency-Key: k1\r\n"));
  EXPECT_THAT(seen, HasSubstr("X-Empty:"));
  EXPECT_THAT(seen, Not(HasSubstr("Expect")));
  EXPECT_THAT(seen, testing::EndsWith("\r\n\r\na=1&b=2"));
}

TEST(Client, GivesEveryStatusBackAndFollowsNoRedirect) {
  Server server([](const std::string& request) {
    const bool is_moved = request.starts_with("GET /moved");
    return Reply{is_moved ? "HTTP/1.1 302 Found\r\nLocation: /other\r\nContent-Length: 0\r\n\r\n"
                          : "HTTP/1.1 500 Oops\r\nContent-Length: 2\r\n\r\nno"};
  });
  const auto outcome =
      outcome_of({{.url = server.url("/moved")}, {.method = "DELETE", .url = server.url("/x")}});
  ASSERT_EQ(outcome.responses.size(), 2u);
  EXPECT_EQ(outcome.responses[0].status, 302);
  EXPECT_EQ(outcome.responses[0].header("location"), "/other");
  EXPECT_EQ(outcome.responses[1].status, 500);
  EXPECT_EQ(outcome.responses[1].body, "no");
}

TEST(Client, KeepsItsConnection) {
  Server server([](const std::string&) { return Reply{ok_with("x")}; });
  std::vector<Request> requests(20, Request{.url = server.url("/")});
  const auto outcome = outcome_of(std::move(requests));
  EXPECT_EQ(outcome.responses.size(), 20u);
  EXPECT_EQ(server.connections(), 1);
}

TEST(Client, RunsManyRequestsAtOnceOnFewConnections) {
  Server server([](const std::string& request) {
    std::this_thread::sleep_for(1ms);
    return Reply{ok_with(request.substr(0, request.find(" HTTP")))};
  });
  std::vector<Request> requests;
  for (int i = 0; i < 200; ++i) requests.push_back({.url = server.url("/" + std::to_string(i))});
  Outcome outcome;
  run_to_end(send_at_once(std::move(requests), outcome));
  EXPECT_EQ(outcome.responses.size(), 200u);
  EXPECT_LE(server.connections(), 16);
}

TEST(Client, KnowsThatNothingWasSentWhenNobodyListens) {
  unsigned short port = 0;
  {
    port = Server([](const std::string&) { return Reply{}; }).port();
  }
  const auto outcome =
      outcome_of({.url = "http://127.0.0.1:" + std::to_string(port) + "/secret?token=hush"});
  ASSERT_TRUE(outcome.error);
  EXPECT_EQ(outcome.error->kind, Unreachable::Kind::connect);
  EXPECT_FALSE(outcome.error->maybe_sent);
  EXPECT_THAT(outcome.error->what(), Not(HasSubstr("hush")));
}

TEST(Client, KnowsThatANameWithoutAddressWasNotReached) {
  const auto outcome = outcome_of({.url = "http://nowhere.invalid/", .timeout_total = 10s});
  ASSERT_TRUE(outcome.error || outcome.responses.at(0).status >= 400);
  if (!outcome.error) GTEST_SKIP() << "a proxy answers for names without address";
  EXPECT_FALSE(outcome.error->maybe_sent);
}

TEST(Client, EndsAtItsDeadlineAndSaysThatTheRequestMayHaveArrived) {
  std::atomic<bool> is_over = false;
  Server server([&](const std::string&) {
    for (int i = 0; i < 3000 && !is_over; ++i) std::this_thread::sleep_for(10ms);
    return Reply{ok_with("late")};
  });
  const auto begin = std::chrono::steady_clock::now();
  const auto outcome =
      outcome_of({.method = "POST", .url = server.url("/"), .timeout_total = 100ms});
  const auto took = std::chrono::steady_clock::now() - begin;
  is_over = true;
  ASSERT_TRUE(outcome.error);
  EXPECT_EQ(outcome.error->kind, Unreachable::Kind::timeout);
  EXPECT_TRUE(outcome.error->maybe_sent);
  EXPECT_LT(took, 10s);
}

TEST(Client, SaysThatALostRequestMayHaveArrived) {
  Server server([](const std::string&) {
    return Reply{"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf", true};
  });
  const auto outcome = outcome_of({.method = "POST", .url = server.url("/"), .body = "x"});
  ASSERT_TRUE(outcome.error);
  EXPECT_EQ(outcome.error->kind, Unreachable::Kind::broken);
  EXPECT_TRUE(outcome.error->maybe_sent);
}

TEST(Client, StopsReadingAtTheLimit) {
  Server server([](const std::string&) { return Reply{ok_with(std::string(5'000, 'x'))}; });
  const auto outcome = outcome_of({{.url = server.url("/"), .response_size_max = 5'000},
                                   {.url = server.url("/"), .response_size_max = 4'999}});
  EXPECT_EQ(outcome.responses.size(), 1u);
  ASSERT_TRUE(outcome.error);
  EXPECT_EQ(outcome.error->kind, Unreachable::Kind::too_large);
}

TEST(Client, SendsNoLineBreakInAHeaderAndNoOtherScheme) {
  const Request wrong[] = {
      {.url = "http://127.0.0.1:1/", .headers = {{"X", "a\r\nY: b"}}},
      {.url = "http://127.0.0.1:1/", .headers = {{"X: b\r\nY", "a"}}},
      {.method = "GET / HTTP/1.1\r\n", .url = "http://127.0.0.1:1/"},
      {.url = "http://127.0.0.1:1/\r\nX: y"},
      {.url = "file:///etc/passwd"},
      {.url = "gopher://127.0.0.1:1/"},
      {.url = "nonsense:// "},
  };
  for (const auto& request : wrong) {
    const auto outcome = outcome_of(request);
    ASSERT_TRUE(outcome.error) << request.url;
    EXPECT_EQ(outcome.error->kind, Unreachable::Kind::invalid) << request.url;
    EXPECT_FALSE(outcome.error->maybe_sent);
  }
}

// A certificate for 127.0.0.1 signed by itself, and a server's TLS context with it.
class SelfSigned {
 public:
  SelfSigned() : context(asio::ssl::context::tls_server) {
    std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(EVP_EC_gen("P-256"), &EVP_PKEY_free);
    std::unique_ptr<X509, decltype(&X509_free)> certificate(X509_new(), &X509_free);
    X509_set_version(certificate.get(), 2);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -60);
    X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 3600);
    X509_set_pubkey(certificate.get(), key.get());
    auto* const name = X509_get_subject_name(certificate.get());
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                               reinterpret_cast<const unsigned char*>("osier test"), -1, -1, 0);
    X509_set_issuer_name(certificate.get(), name);
    auto* const names = X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, "IP:127.0.0.1");
    X509_add_ext(certificate.get(), names, -1);
    X509_EXTENSION_free(names);
    X509_sign(certificate.get(), key.get(), EVP_sha256());
    SSL_CTX_use_certificate(context.native_handle(), certificate.get());
    SSL_CTX_use_PrivateKey(context.native_handle(), key.get());

    std::string pattern = testing::TempDir() + "osier_ca_XXXXXX";
    const int file = ::mkstemp(pattern.data());
    std::FILE* const stream = ::fdopen(file, "w");
    PEM_write_X509(stream, certificate.get());
    std::fclose(stream);
    ca_file = pattern;
  }
  ~SelfSigned() { ::unlink(ca_file.c_str()); }
  SelfSigned(const SelfSigned&) = delete;
  SelfSigned& operator=(const SelfSigned&) = delete;

  asio::ssl::context context;
  std::string ca_file;
};

TEST(Client, TrustsOnlyCertificatesItKnows) {
  SelfSigned self_signed;
  int requests = 0;
  Server server(
      [&](const std::string&) {
        ++requests;
        return Reply{ok_with("private")};
      },
      &self_signed.context);
  const std::string url = "https://127.0.0.1:" + std::to_string(server.port()) + "/";

  const auto refused = outcome_of({.url = url});
  ASSERT_TRUE(refused.error);
  EXPECT_EQ(refused.error->kind, Unreachable::Kind::tls);
  EXPECT_FALSE(refused.error->maybe_sent);
  EXPECT_EQ(requests, 0);

  std::vector<Request> one;
  one.push_back({.url = url});
  const auto trusted = outcome_of(std::move(one), {.ca_file = self_signed.ca_file});
  ASSERT_EQ(trusted.responses.size(), 1u) << trusted.error->what();
  EXPECT_EQ(trusted.responses[0].body, "private");
}

}  // namespace
}  // namespace osier::http_client
