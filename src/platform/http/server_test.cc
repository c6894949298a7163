#include "platform/http/server.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

#include "platform/http/server_fixture.h"

namespace osier::http {
namespace {

using namespace std::chrono_literals;

std::string get(const std::string& target, const std::string& fields = "") {
  return "GET " + target + " HTTP/1.1\r\nHost: shop.test\r\n" + fields + "\r\n";
}

std::size_t resident_bytes() {
  std::ifstream statm("/proc/self/statm");
  std::size_t total = 0;
  std::size_t resident = 0;
  statm >> total >> resident;
  return resident * static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
}

TEST(Server, KeepsTheConnectionAndDatesItsAnswers) {
  TestServer server;
  RawClient client(server.port());
  for (int i = 0; i < 3; ++i) {
    client.send(get("/quick"));
    const std::string response = client.read_response();
    EXPECT_EQ(status_of(response), 200);
    EXPECT_EQ(body_of(response), std::string(20'000, 'p'));
    EXPECT_NE(response.find("\r\nDate: "), std::string::npos);
    EXPECT_EQ(response.find("Connection: close"), std::string::npos);
  }
  EXPECT_EQ(server.server().statistics().requests, 3U);
  // The last is told after its bytes have left.
  for (int i = 0; i < 1000 && server.served < 3; ++i) std::this_thread::sleep_for(1ms);
  EXPECT_EQ(server.served, 3);
}

// After some times a shared body is sent from a memory file; and so much of it at once that the
// socket fills up.
TEST(Server, SendsAHotPageRightThroughAFullSocket) {
  TestServer server;
  RawClient client(server.port());
  std::string all;
  for (int i = 0; i < 400; ++i) all += get("/quick");
  client.send(all + get("/see"));
  std::this_thread::sleep_for(50ms);
  for (int i = 0; i < 400; ++i) {
    ASSERT_EQ(body_of(client.read_response()), std::string(20'000, 'p')) << i;
  }
  EXPECT_EQ(body_of(client.read_response()).substr(0, 5), "/see|");
}

TEST(Server, OutlivesClientsThatLeaveAHotPageHalfRead) {
  TestServer server;
  std::string all;
  for (int i = 0; i < 400; ++i) all += get("/quick");
  for (int i = 0; i < 20; ++i) {
    RawClient client(server.port());
    client.send(all);
    client.read_response();
    client.reset();
  }
  EXPECT_EQ(status_of(server.exchange(get("/see", "Connection: close\r\n"))), 200);
}

TEST(Server, AnswersHeadWithoutTheBody) {
  TestServer server;
  RawClient client(server.port());
  client.send("HEAD /quick HTTP/1.1\r\nHost: shop.test\r\n\r\n" + get("/see"));
  const std::string head = client.read_response(RawClient::Body::none);
  EXPECT_NE(head.find("Content-Length: 20000\r\n"), std::string::npos);
  EXPECT_EQ(body_of(client.read_response()).substr(0, 5), "/see|");
}

TEST(Server, AnswersAPipelineInOrder) {  // Hardening 18.
  TestServer server;
  RawClient client(server.port());
  std::string all;
  for (int i = 0; i < 200; ++i) {
    const std::string number = std::to_string(i);
    all += i % 3 == 0 ? get("/see?n=" + number)
                      : "POST /echo HTTP/1.1\r\nHost: shop.test\r\nContent-Length: " +
                            std::to_string(number.size()) + "\r\n\r\n" + number;
  }
  client.send(all);
  for (int i = 0; i < 200; ++i) {
    const std::string number = std::to_string(i);
    const std::string response = client.read_response();
    const std::string wanted = i % 3 == 0 ? "/see|n=" + number + "|" : number;
    EXPECT_EQ(body_of(response).substr(0, wanted.size()), wanted);
  }
}

TEST(Server, AsksForTheBodyWhenTheClientWaits) {  // Hardening 17.
  TestServer server;
  RawClient client(server.port());
  const std::string head = "POST /echo HTTP/1.1\r\nHost: shop.test\r\nExpect: 100-continue\r\n";
  client.send(head + "Content-Length: 3\r\n\r\n");
  EXPECT_EQ(client.read_response(), "HTTP/1.1 100 Continue\r\n\r\n");
  client.send("abc");
  EXPECT_EQ(body_of(client.read_response()), "abc");
  client.send(head + "Content-Length: 3\r\n\r\nabc");  // Did not wait: no interim answer.
  EXPECT_EQ(status_of(client.read_response()), 200);
  client.send(head + "Content-Length: 5000\r\n\r\n");
  EXPECT_EQ(status_of(client.read_response()), 413) << "refused before the body is asked for";
}

TEST(Server, TurnsAwayBeforeTheBodyIsRead) {
  TestServer server;
  const std::string head = "POST /echo HTTP/1.1\r\nHost: shop.test\r\nX-Unwelcome: 1\r\n";
  RawClient waits(server.port());
  waits.send(head + "Content-Length: 900\r\n\r\nonly this much");
  EXPECT_EQ(status_of(waits.read_response()), 503);
  EXPECT_TRUE(waits.is_closed_within(1s)) << "nobody waits for the rest";

  RawClient chunked(server.port());
  chunked.send(head + "Transfer-Encoding: chunked\r\n\r\n");
  EXPECT_EQ(status_of(chunked.read_response()), 503);
  EXPECT_TRUE(chunked.is_closed_within(1s));

  RawClient whole(server.port());
  whole.send(head + "Content-Length: 3\r\n\r\nabc" + get("/see"));
  EXPECT_EQ(status_of(whole.read_response()), 503);
  EXPECT_EQ(body_of(whole.read_response()).substr(0, 5), "/see|") << "the connection goes on";

  // What needs no waiting decides for itself.
  EXPECT_EQ(status_of(server.exchange(get("/quick", "X-Unwelcome: 1\r\nConnection: close\r\n"))),
            200);
}

TEST(Server, TurnsExceptionsIntoErrorPages) {
  TestServer server;
  RawClient client(server.port());
  client.send(get("/fail"));
  EXPECT_EQ(status_of(client.read_response()), 500);
  client.send(get("/see"));
  EXPECT_EQ(status_of(client.read_response()), 200) << "the connection goes on";
  EXPECT_EQ(server.failures, 1);
  EXPECT_EQ(server.server().statistics().responses_5xx, 1U);
}

TEST(Server, TakesForwardedFieldsFromTrustedProxiesOnly) {  // Hardening 21.
  const std::string request = get("/see",
                                  "X-Forwarded-For: 9.9.9.9, 1.2.3.4\r\n"
                                  "X-Forwarded-Proto: https\r\nX-Request-Id: abc-1\r\n");
  TestServer careful;
  RawClient direct(careful.port());
  direct.send(request);
  EXPECT_EQ(body_of(direct.read_response()).substr(0, 21), "/see||127.0.0.1|http|");

  TestServer trusting({.trusted_proxies = {"127.0.0.0/8"}});
  RawClient proxied(trusting.port());
  proxied.send(request);
  EXPECT_EQ(body_of(proxied.read_response()), "/see||1.2.3.4|https|abc-1");
  proxied.send(get("/see", "X-Forwarded-For: ,,,\r\nX-Request-Id: a b\r\n"));
  const std::string nonsense = proxied.read_response();
  EXPECT_EQ(body_of(nonsense).substr(0, 21), "/see||127.0.0.1|http|");
  EXPECT_EQ(body_of(nonsense).find("a b"), std::string::npos);
}

TEST(Server, GivesHandlersDecodedPathValues) {
  TestServer server;
  RawClient client(server.port());
  client.send(get("/see/a%20b/%C3%A4?x=%20"));
  const std::string response = client.read_response();
  EXPECT_EQ(body_of(response).substr(0, 17), "/see/a b/\xC3\xA4|x=%20");
  EXPECT_TRUE(response.ends_with("|a b|\xC3\xA4"));
}

TEST(Server, StopsAnEndlessChunkedBodyWithFlatMemory) {  // Hardening 8.
  TestServer server;
  RawClient client(server.port());
  client.send("POST /upload HTTP/1.1\r\nHost: shop.test\r\nTransfer-Encoding: chunked\r\n\r\n");
  const std::string chunk = "10000\r\n" + std::string(65536, 'z') + "\r\n";
  const std::size_t before = resident_bytes();
  std::size_t sent = 0;
  while (sent < 200'000'000 && client.send(chunk)) sent += 65536;
  EXPECT_LT(sent, 200'000'000U);
  EXPECT_LT(resident_bytes(), before + 40'000'000);
  EXPECT_EQ(status_of(server.exchange(get("/see", "Connection: close\r\n"))), 200);
}

TEST(Server, TakesALargeBodyWhole) {
  TestServer server;
  const std::string body(5'000'000, 'b');
  RawClient client(server.port());
  client.send("POST /upload HTTP/1.1\r\nHost: shop.test\r\nContent-Length: 5000000\r\n\r\n" + body);
  EXPECT_EQ(body_of(client.read_response()), body);
}

TEST(Server, SurvivesClientsThatLeaveAtEveryByte) {  // Hardening 26.
  TestServer server;
  const std::string request =
      "POST /echo HTTP/1.1\r\nHost: shop.test\r\nContent-Length: 10\r\n\r\n0123456789" +
      get("/slow");
  for (std::size_t cut = 0; cut <= request.size(); ++cut) {
    RawClient client(server.port());
    client.send(request.substr(0, cut));
    if (cut % 2 == 0) client.reset();
  }
  EXPECT_EQ(status_of(server.exchange(get("/see", "Connection: close\r\n"))), 200);
}

TEST(Server, AnswersAClientThatHasOnlyClosedItsOwnSide) {
  TestServer server;
  RawClient client(server.port());
  client.send(get("/slow"));
  client.end_sending();
  EXPECT_EQ(body_of(client.read_response()), "slow\n");
}

ServerOptions impatient() {
  ServerOptions options;
  options.header_timeout = 120ms;
  options.request_timeout = 400ms;
  options.idle_timeout = 200ms;
  options.write_stall_timeout = 200ms;
  options.body_grace = 100ms;
  return options;
}

TEST(Timeouts, EndAHeadThatTrickles) {  // Hardening 15.
  TestServer server(impatient());
  RawClient client(server.port());
  for (const char byte : get("/see").substr(0, 10)) {
    client.send({&byte, 1});
    std::this_thread::sleep_for(20ms);
  }
  EXPECT_EQ(status_of(client.read_response()), 408);
  EXPECT_TRUE(client.is_closed_within(1s));
}

TEST(Timeouts, EndASilentClientWithoutAWord) {
  TestServer server(impatient());
  RawClient client(server.port());
  EXPECT_TRUE(client.is_closed_within(1s));
  RawClient idle(server.port());
  idle.send(get("/see"));
  EXPECT_EQ(status_of(idle.read_response()), 200);
  EXPECT_TRUE(idle.is_closed_within(1s));
}

TEST(Timeouts, EndABodySlowerThanItsMinimalRate) {
  TestServer server(impatient());
  RawClient client(server.port());
  client.send("POST /echo HTTP/1.1\r\nHost: shop.test\r\nContent-Length: 900\r\n\r\n");
  for (int i = 0; i < 10; ++i) {
    client.send("x");
    std::this_thread::sleep_for(20ms);
  }
  EXPECT_EQ(status_of(client.read_response()), 408);
}

TEST(Timeouts, AnswerForAHandlerThatIsTooSlow) {
  TestServer server(impatient());
  RawClient client(server.port());
  client.send(get("/stuck"));
  EXPECT_EQ(status_of(client.read_response()), 503);
  EXPECT_TRUE(client.is_closed_within(1s));
  EXPECT_EQ(status_of(server.exchange(get("/see", "Connection: close\r\n"))), 200);
  std::this_thread::sleep_for(500ms);  // The late answer goes nowhere.
}

TEST(Timeouts, EndAReaderThatStalls) {
  TestServer server(impatient());
  RawClient client(server.port());
  client.send(get("/huge"));
  std::this_thread::sleep_for(700ms);
  const std::string partial = client.read_to_end();
  EXPECT_LT(partial.size(), 30'000'000U);
  EXPECT_EQ(status_of(partial), 200);
}

TEST(Timeouts, LeaveALargeAnswerToASteadyReaderAlone) {
  TestServer server(impatient());
  RawClient client(server.port());
  client.send(get("/huge"));
  EXPECT_EQ(body_of(client.read_response()).size(), 30'000'000U);
}

TEST(Timeouts, OfManySlowClientsDoNotHurtLiveOnes) {
  TestServer server(impatient());
  std::vector<std::unique_ptr<RawClient>> slow;
  for (int i = 0; i < 400; ++i) {
    slow.push_back(std::make_unique<RawClient>(server.port()));
    slow.back()->send("GET /see HTTP/1.1\r\nHo");
  }
  EXPECT_EQ(status_of(server.exchange(get("/see", "Connection: close\r\n"))), 200);
  std::this_thread::sleep_for(500ms);
  EXPECT_LT(server.server().statistics().connections_open, 400U);
}

TEST(Connections, PastTheMostCloseTheOldestIdleOne) {  // Hardening 16.
  TestServer server({.connections_max = 4});
  std::vector<std::unique_ptr<RawClient>> clients;
  for (int i = 0; i < 4; ++i) {
    clients.push_back(std::make_unique<RawClient>(server.port()));
    clients.back()->send(get("/see"));
    EXPECT_EQ(status_of(clients.back()->read_response()), 200);
  }
  RawClient one_more(server.port());
  one_more.send(get("/see"));
  EXPECT_EQ(status_of(one_more.read_response()), 200);
  EXPECT_TRUE(clients[0]->is_closed_within(1s) || clients[1]->is_closed_within(1s));
  EXPECT_FALSE(clients[3]->is_closed_within(50ms));
}

TEST(Drain, LetsRequestsFinishAndClosesTheIdle) {
  TestServer server;
  RawClient idle(server.port());
  idle.send(get("/see"));
  idle.read_response();
  RawClient working(server.port());
  working.send(get("/slow"));
  while (server.slow_started == 0) std::this_thread::sleep_for(1ms);

  const auto start = std::chrono::steady_clock::now();
  server.drain(5s);
  EXPECT_LT(std::chrono::steady_clock::now() - start, 3s);
  EXPECT_EQ(body_of(working.read_response()), "slow\n");
  EXPECT_TRUE(idle.is_closed_within(100ms));
  EXPECT_THROW(RawClient late(server.port()), std::runtime_error);
  EXPECT_EQ(server.server().statistics().connections_open, 0U);
}

TEST(Drain, CutsWhatIsNotDoneInTime) {
  TestServer server;
  RawClient working(server.port());
  working.send(get("/stuck"));
  while (server.slow_started == 0) std::this_thread::sleep_for(1ms);
  server.drain(50ms);
  EXPECT_EQ(working.read_response(), "");
}

TEST(Listening, OnATakenPortIsRefusedInASentence) {
  TestServer server;
  Router router;
  Loop loop;
  ServerOptions options;
  options.port = server.port();
  try {
    Server second(options, router, {&loop});
    FAIL() << "two servers on one port";
  } catch (const std::system_error& error) {
    const std::string wanted = "cannot listen on 127.0.0.1:" + std::to_string(server.port());
    EXPECT_NE(std::string(error.what()).find(wanted), std::string::npos) << error.what();
  }
}

}  // namespace
}  // namespace osier::http
