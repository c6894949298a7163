// The byte-exact corpus: what hardening cases 1–14, 17 and 19 say about parsing, sent over a real
// socket.

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "platform/http/server_fixture.h"

namespace osier::http {
namespace {

enum class After { closes, stays_open };

struct Case {
  std::string name;  // "<number of the hardening case> <what>".
  std::string bytes;
  int status;
  After after = After::closes;
};

const std::string host = "Host: shop.test\r\n";
const std::string post = "POST /echo HTTP/1.1\r\nHost: shop.test\r\n";
const std::string chunked = post + "Transfer-Encoding: chunked\r\n\r\n";

std::string get(const std::string& target) {
  return "GET " + target + " HTTP/1.1\r\n" + host + "\r\n";
}

std::string with_field(const std::string& field) {
  return "GET /echo HTTP/1.1\r\n" + host + field + "\r\n\r\n";
}

std::string many_fields(int count) {
  std::string bytes = "GET /echo HTTP/1.1\r\n" + host;
  for (int i = 0; i < count; ++i) bytes += "X-" + std::to_string(i) + ": 1\r\n";
  return bytes + "\r\n";
}

std::vector<Case> framing_cases() {
  return {
      {"0 plain get", get("/echo"), 200, After::stays_open},
      {"0 post with length", post + "Content-Length: 3\r\n\r\nabc", 200, After::stays_open},
      {"0 chunked", chunked + "3\r\nabc\r\n0\r\n\r\n", 200, After::stays_open},
      {"0 chunked, in capitals", post + "Transfer-Encoding: Chunked\r\n\r\n0\r\n\r\n", 200,
       After::stays_open},
      {"0 chunked with extension and trailer", chunked + "a;x=y\r\n0123456789\r\n0\r\nA: b\r\n\r\n",
       200, After::stays_open},
      {"1 length and encoding",
       post + "Content-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nG", 400},
      {"2 encoding and length",
       post + "Transfer-Encoding: chunked\r\nContent-Length: 6\r\n\r\n0\r\n\r\nG", 400},
      {"3 two lengths", post + "Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd", 400},
      {"3 two equal lengths", post + "Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc", 400},
      {"4 length list", post + "Content-Length: 3, 3\r\n\r\nabc", 400},
      {"4 length +5", post + "Content-Length: +5\r\n\r\nabcde", 400},
      {"4 length -1", post + "Content-Length: -1\r\n\r\n", 400},
      {"4 length 0x5", post + "Content-Length: 0x5\r\n\r\nabcde", 400},
      {"4 length 2^64", post + "Content-Length: 18446744073709551616\r\n\r\n", 400},
      {"4 length empty", post + "Content-Length: \r\n\r\n", 400},
      {"4 length 3 3", post + "Content-Length: 3 3\r\n\r\nabc", 400},
      {"5 xchunked", post + "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", 400},
      {"5 identity", post + "Transfer-Encoding: identity\r\n\r\n", 400},
      {"5 twice",
       post + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400},
      {"5 chunked, identity", post + "Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n", 400},
      {"5 gzip, chunked", post + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 400},
      {"5 space before colon", post + "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n", 400},
      {"5 vertical tab",
       post + "Transfer-Encoding: \x0b"
              "chunked\r\n\r\n0\r\n\r\n",
       400},
      {"5 empty", post + "Transfer-Encoding:\r\n\r\n", 400},
      {"5 http 1.0",
       "POST /echo HTTP/1.0\r\nHost: shop.test\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
       400},
      {"6 size -2", chunked + "-2\r\nab\r\n0\r\n\r\n", 400},
      {"6 size 0x2", chunked + "0x2\r\nab\r\n0\r\n\r\n", 400},
      {"6 size +2", chunked + "+2\r\nab\r\n0\r\n\r\n", 400},
      {"6 size overflows", chunked + "10000000000000002\r\nab\r\n0\r\n\r\n", 400},
      {"6 size empty", chunked + "\r\nab\r\n0\r\n\r\n", 400},
      {"6 size then space", chunked + "2 \r\nab\r\n0\r\n\r\n", 400},
      {"6 LF only", chunked + "2\nab\n0\n\n", 400},
      {"6 bad tail", chunked + "2\r\nabXX0\r\n\r\n", 400},
      {"6 bare CR in extension", chunked + "2;a\rb\r\nab\r\n0\r\n\r\n", 400},
      {"6 bad trailer", chunked + "0\r\nA b: c\r\n\r\n", 400},
      {"7 huge extension", chunked + "2;" + std::string(1'000'000, 'x'), 413},
      {"7 extensions add up",
       chunked +
           [] {
             std::string s;
             for (int i = 0; i < 90; ++i) s += "1;" + std::string(50, 'x') + "\r\na\r\n";
             return s;
           }() +
           "0\r\n\r\n",
       413},
      {"8 one byte past the limit", post + "Content-Length: 1001\r\n\r\n" + std::string(1001, 'a'),
       413},
      {"8 at the limit", post + "Content-Length: 1000\r\n\r\n" + std::string(1000, 'a'), 200,
       After::stays_open},
      {"8 chunked past the limit", chunked + "3e9\r\n" + std::string(1001, 'a') + "\r\n0\r\n\r\n",
       413},
      {"8 chunked at the limit", chunked + "3e8\r\n" + std::string(1000, 'a') + "\r\n0\r\n\r\n",
       200, After::stays_open},
      {"17 expect something else", post + "Expect: y\r\nContent-Length: 3\r\n\r\nabc", 417},
      {"19 gzip request", post + "Content-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc", 415},
      {"19 br request, chunked",
       post + "Content-Encoding: br\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 415},
  };
}

std::vector<Case> head_cases() {
  using namespace std::string_literals;
  return {
      {"9 200 fields", many_fields(200), 431},
      {"9 99 fields and Host", many_fields(99), 200, After::stays_open},
      {"9 100 KB field", with_field("X: " + std::string(100'000, 'x')), 431},
      {"9 64 KB target", get("/" + std::string(64 * 1024, 'a')), 414},
      {"9 8 KB target and one more", get("/" + std::string(8192, 'a')), 414},
      {"9 endless first line", "GET /" + std::string(20'000, 'a'), 414},
      {"10 bare LF everywhere", "GET /echo HTTP/1.1\nHost: shop.test\n\n", 400},
      {"10 bare LF in a field", "GET /echo HTTP/1.1\r\n" + host + "A: b\nC: d\r\n\r\n", 400},
      {"10 LF at the end", "GET /echo HTTP/1.1\r\n" + host + "\n", 400},
      {"10 bare CR in a field", with_field("A: b\rC: d"), 400},
      {"10 bare CR for an end", "GET /echo HTTP/1.1\r\n" + host + "\r\rX: y\r\n\r\n", 400},
      {"10 NUL in a value", with_field("A: b\0c"s), 400},
      {"10 NUL in a name", with_field("A\0: b"s), 400},
      {"10 NUL in the target", get("/ec\0ho"s), 400},
      {"10 folded line", with_field("A: b\r\n c"), 400},
      {"10 folded by tab", with_field("A: b\r\n\tc"), 400},
      {"10 space in name", with_field("A b: c"), 400},
      {"10 space before colon", with_field("A : c"), 400},
      {"10 8-bit name", with_field("\xc3\xa4: c"), 400},
      {"10 no colon", with_field("nonsense"), 400},
      {"10 empty name", with_field(": c"), 400},
      {"10 DEL in a value", with_field("A: \x7f"), 400},
      {"10 empty value", with_field("A:"), 200, After::stays_open},
      {"10 space first", " GET /echo HTTP/1.1\r\n" + host + "\r\n", 400},
      {"11 no Host", "GET /echo HTTP/1.1\r\n\r\n", 400},
      {"11 two Hosts", "GET /echo HTTP/1.1\r\n" + host + host + "\r\n", 400},
      {"11 empty Host", "GET /echo HTTP/1.1\r\nHost:\r\n\r\n", 400},
      {"11 Host with a path", "GET /echo HTTP/1.1\r\nHost: shop.test/x\r\n\r\n", 400},
      {"11 Host with user", "GET /echo HTTP/1.1\r\nHost: a@shop.test\r\n\r\n", 400},
      {"11 Host with bad port", "GET /echo HTTP/1.1\r\nHost: shop.test:x\r\n\r\n", 400},
      {"11 Host with port 65536", "GET /echo HTTP/1.1\r\nHost: shop.test:65536\r\n\r\n", 400},
      {"11 Host list", "GET /echo HTTP/1.1\r\nHost: shop.test, evil.test\r\n\r\n", 400},
      {"11 Host in brackets", "GET /echo HTTP/1.1\r\nHost: [::1]:80\r\n\r\n", 421, After::closes},
      {"11 other Host", "GET /echo HTTP/1.1\r\nHost: evil.test\r\n\r\n", 421},
      {"11 Host with port", "GET /echo HTTP/1.1\r\nHost: Shop.Test:8080\r\n\r\n", 200,
       After::stays_open},
      {"11 absolute form", "GET http://shop.test/echo HTTP/1.1\r\n" + host + "\r\n", 200,
       After::stays_open},
      {"11 absolute form, other Host", "GET http://evil.test/echo HTTP/1.1\r\n" + host + "\r\n",
       400},
      {"12 bad UTF-8", get("/%ff"), 400},
      {"12 overlong dot", get("/%c0%ae"), 400},
      {"12 escaped NUL", get("/%00"), 400},
      {"12 bad escape", get("/%zz"), 400},
      {"12 cut escape", get("/%4"), 400},
      {"12 escaped slash", get("/..%2fecho"), 400},
      {"12 escaped backslash", get("/..%5cecho"), 400},
      {"12 backslash", get("/..\\echo"), 400},
      {"12 dot segments", get("/a/../echo"), 400},
      {"12 escaped dot segments", get("/a/%2e%2E/echo"), 400},
      {"12 single dot", get("/./echo"), 400},
      {"12 raw 8-bit path", get("/\xc3\xa4"), 400},
      {"12 no leading slash", get("echo"), 400},
      {"12 fragment", get("/echo#x"), 400},
      {"12 escaped letter is fine", get("/%65cho"), 200, After::stays_open},
      {"12 UTF-8 path is fine", get("/%C3%A4"), 404, After::stays_open},
      {"13 TRACE", "TRACE /echo HTTP/1.1\r\n" + host + "\r\n", 501},
      {"13 CONNECT", "CONNECT shop.test:443 HTTP/1.1\r\n" + host + "\r\n", 501},
      {"13 unknown", "BREW /echo HTTP/1.1\r\n" + host + "\r\n", 501},
      {"13 lower case", "get /echo HTTP/1.1\r\n" + host + "\r\n", 501},
      {"13 not on this path", "DELETE /echo HTTP/1.1\r\n" + host + "\r\n", 405, After::stays_open},
      {"13 options", "OPTIONS /echo HTTP/1.1\r\n" + host + "\r\n", 204, After::stays_open},
      {"13 options *", "OPTIONS * HTTP/1.1\r\n" + host + "\r\n", 204, After::stays_open},
      {"13 get *", get("*"), 400},
      {"14 HTTP/0.9", "GET /echo\r\n", 400},
      {"14 HTTP/9.9", "GET /echo HTTP/9.9\r\n" + host + "\r\n", 400},
      {"14 HTTP/1.2", "GET /echo HTTP/1.2\r\n" + host + "\r\n", 400},
      {"14 http/1.1", "GET /echo http/1.1\r\n" + host + "\r\n", 400},
      {"14 HTTP/2 preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400},
      {"14 TLS hello", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"s + std::string(500, '\x55'),
       400},
      {"14 two spaces", "GET  /echo HTTP/1.1\r\n" + host + "\r\n", 400},
      {"14 trailing space", "GET /echo HTTP/1.1 \r\n" + host + "\r\n", 400},
      {"14 tab", "GET\t/echo\tHTTP/1.1\r\n" + host + "\r\n", 400},
      {"14 HTTP/1.0 closes", "GET /echo HTTP/1.0\r\nConnection: keep-alive\r\n" + host + "\r\n",
       200},
      {"14 Connection: close", with_field("Connection: x, close"), 200},
  };
}

class Strictness : public testing::Test {
 protected:
  static ServerOptions options() {
    ServerOptions options;
    options.allowed_hosts = {"shop.test"};
    return options;
  }
  TestServer server_{options()};

  void check(const Case& tried) {
    RawClient client(server_.port());
    client.send(tried.bytes);
    const std::string response = client.read_response();
    EXPECT_EQ(status_of(response), tried.status) << tried.name << "\n" << response;
    const bool says_close = response.find("Connection: close\r\n") != std::string::npos;
    EXPECT_EQ(says_close, tried.after == After::closes) << tried.name;
    EXPECT_NE(response.find("\r\nX-Request-Id: "), std::string::npos) << tried.name;
    if (tried.after == After::closes) {
      EXPECT_TRUE(client.is_closed_within(std::chrono::seconds(3))) << tried.name;
    } else {
      client.send(get("/see"));
      EXPECT_EQ(status_of(client.read_response()), 200) << "the next request after " << tried.name;
    }
  }
};

TEST_F(Strictness, OfFraming) {
  for (const Case& tried : framing_cases()) check(tried);
}

TEST_F(Strictness, OfHeads) {
  for (const Case& tried : head_cases()) check(tried);
}

// The same bytes one by one: no decision may depend on how the network cuts them.
TEST_F(Strictness, DoesNotDependOnHowBytesArrive) {
  for (const auto& cases : {framing_cases(), head_cases()}) {
    for (const Case& tried : cases) {
      if (tried.bytes.size() > 300) continue;
      RawClient client(server_.port());
      for (const char byte : tried.bytes) {
        if (!client.send({&byte, 1})) break;
      }
      EXPECT_EQ(status_of(client.read_response()), tried.status) << tried.name;
    }
  }
}

TEST_F(Strictness, NeverAnswersASmuggledRequest) {  // Hardening 1, 2, 17: no desync.
  for (const std::string& bytes :
       {post + "Content-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + get("/see"),
        post + "Expect: 100-continue\r\nTransfer-Encoding: xchunked\r\n\r\n" + get("/see"),
        post + "Expect: y\r\nContent-Length: 2\r\n\r\n" + get("/see")}) {
    const std::string answers = server_.exchange(bytes);
    EXPECT_EQ(answers.find("HTTP/1.1 200"), std::string::npos) << bytes;
    EXPECT_EQ(answers.find("HTTP/1.1", 1), std::string::npos) << "one answer for\n" << bytes;
  }
}

}  // namespace
}  // namespace osier::http
