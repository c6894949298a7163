#include "platform/http/message.h"

#include <gtest/gtest.h>

#include "platform/http/client_address.h"
#include "platform/http/response_head.h"

namespace osier::http {
namespace {

Request with_cookies(std::vector<std::string> lines) {
  Request request;
  for (auto& line : lines) request.headers.add("cookie", std::move(line));
  return request;
}

TEST(Headers, CompareNamesWithoutCase) {
  Headers headers;
  headers.add("Set-Cookie", "a=1");
  headers.add("set-cookie", "b=2");
  EXPECT_EQ(headers.get("SET-COOKIE"), "a=1");
  headers.set("Set-cookie", "c=3");
  EXPECT_EQ(headers.fields().size(), 1U);
  EXPECT_FALSE(headers.get("Cookie"));
}

TEST(Parameters, AreDecodedInOrder) {
  const auto parsed = Parameters::parse("q=a+b%20c&empty=&flag&%C3%A4=%26");
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->get("q"), "a b c");
  EXPECT_EQ(parsed->get("empty"), "");
  EXPECT_EQ(parsed->get("flag"), "");
  EXPECT_EQ(parsed->get("\xC3\xA4"), "&");
  EXPECT_FALSE(parsed->get("absent"));
}

TEST(Parameters, ThatStandTwiceAreNotGuessed) {  // Hardening 24.
  const auto parsed = Parameters::parse("qty=1&qty=-5");
  ASSERT_TRUE(parsed);
  EXPECT_FALSE(parsed->get("qty"));
  EXPECT_TRUE(parsed->has_duplicate("qty"));
  EXPECT_EQ(parsed->all("qty").size(), 2U);
}

TEST(Parameters, AreRefusedWhenMalformed) {
  for (const char* text : {"a=%", "a=%4", "a=%zz", "a=%00", "a=%ff", "%c0%ae=1", "a=%ed%a0%80"}) {
    EXPECT_FALSE(Parameters::parse(text)) << text;
  }
  EXPECT_TRUE(Parameters::parse(""));
  EXPECT_TRUE(Parameters::parse("&&a=1&"));
}

TEST(Utf8, RefusesWhatUnicodeDoes) {
  EXPECT_TRUE(is_valid_utf8("k\xC3\xB6rbe \xE2\x82\xAC \xF0\x9F\xA7\xBA"));
  for (const char* text : {"\x80", "\xC0\xAE", "\xC1\xBF", "\xE0\x80\xAF", "\xED\xA0\x80",
                           "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xC3", "\xE2\x82"}) {
    EXPECT_FALSE(is_valid_utf8(text));
  }
}

TEST(UrlCode, GoesThereAndBack) {
  EXPECT_EQ(url_encode("a b/\xC3\xA4~"), "a%20b%2F%C3%A4~");
  EXPECT_EQ(url_decode("a%20b%2F%C3%A4~+"), "a b/\xC3\xA4~+");
}

TEST(Cookie, IsFoundAmongOthers) {
  const auto request = with_cookies({"a=1; cart=xyz;b=2"});
  EXPECT_EQ(request.cookie("cart"), "xyz");
  EXPECT_EQ(request.cookie("b"), "2");
  EXPECT_FALSE(request.cookie("car"));
}

TEST(Cookie, ThatStandsTwiceCountsAsAbsent) {  // Hardening 31.
  EXPECT_FALSE(with_cookies({"cart=mine; cart=evil"}).cookie("cart"));
  EXPECT_FALSE(with_cookies({"cart=mine", "cart=evil"}).cookie("cart"));
}

TEST(Cookie, IsAlwaysHttpOnly) {
  EXPECT_EQ(set_cookie("__Host-cart", "x", true, 60s),
            "__Host-cart=x; Path=/; HttpOnly; SameSite=Lax; Secure; Max-Age=60");
  EXPECT_EQ(set_cookie("cart", "x", false, std::nullopt), "cart=x; Path=/; HttpOnly; SameSite=Lax");
}

TEST(ResponseHead, KeepsVisitorsFromWritingFields) {
  Response response = redirect("/a\r\nSet-Cookie: evil=1");
  response.headers.add("Content-Length", "5");
  std::string out;
  append_head(response, {.date = "now", .request_id = "r1", .body_size = 0}, out);
  EXPECT_EQ(out,
            "HTTP/1.1 303 See Other\r\nDate: now\r\nContent-Length: 0\r\n"
            "Location: /a  Set-Cookie: evil=1\r\nX-Request-Id: r1\r\n\r\n");
}

TEST(TrustedProxies, AreWalkedFromTheRight) {  // Hardening 21.
  const TrustedProxies proxies({"10.0.0.0/8", "::1"});
  EXPECT_EQ(proxies.client_behind("10.1.2.3", "6.6.6.6, 1.2.3.4, 10.9.9.9"), "1.2.3.4");
  EXPECT_EQ(proxies.client_behind("::1", "2001:db8::7"), "2001:db8::7");
  EXPECT_EQ(proxies.client_behind("::ffff:10.0.0.1", "1.2.3.4"), "1.2.3.4");
  EXPECT_EQ(proxies.client_behind("9.9.9.9", "1.2.3.4"), "9.9.9.9");
  EXPECT_EQ(proxies.client_behind("10.1.2.3", "10.4.4.4"), "10.4.4.4");
}

TEST(TrustedProxies, SurviveNonsense) {
  const TrustedProxies proxies({"10.0.0.0/8"});
  for (const char* value : {"", ",", ",,,", " , ,", "unknown", "1.2.3", "<script>", "1.2.3.4,"}) {
    EXPECT_EQ(proxies.client_behind("10.1.2.3", value), "10.1.2.3") << value;
  }
  EXPECT_THROW(TrustedProxies({"10.0.0.0/33"}), std::invalid_argument);
  EXPECT_THROW(TrustedProxies({"proxy.test"}), std::invalid_argument);
}

}  // namespace
}  // namespace osier::http
