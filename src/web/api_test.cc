#include "web/api.h"

#include <gtest/gtest.h>

#include "platform/json/value.h"

namespace osier::web {
namespace {

Uuid some_id() { return *Uuid::parse("01900000000070008000000000000abc"); }

http::Request request_with(std::string query, std::string body = {},
                           std::string content_type = "application/json") {
  http::Request request;
  request.query = std::move(query);
  request.body = std::move(body);
  request.headers.set("Content-Type", std::move(content_type));
  return request;
}

std::string applied(std::string_view fields, std::string_view text) {
  auto value = *json::parse(text);
  Fields::parse(fields)->apply(value);
  return json::to_text(value);
}

TEST(PublicId, GoesThereAndBack) {
  EXPECT_EQ(public_id("prod", some_id()), "prod_01900000000070008000000000000abc");
  EXPECT_EQ(parse_public_id("prod", public_id("prod", some_id())), some_id());
}

TEST(PublicId, RefusesEverythingElse) {
  for (const char* text :
       {"", "prod_", "variant_01900000000070008000000000000abc",
        "prod-01900000000070008000000000000abc", "prod_01900000000070008000000000000ABC",
        "prod_01900000000070008000000000000ab", "prod_01900000000070008000000000000abcd",
        "prod_0190000000007000800000000000-abc", "prod_' OR 1=1 --                       "}) {
    EXPECT_FALSE(parse_public_id("prod", text)) << text;
  }
}

TEST(Amount, IsExactDecimalMajorUnits) {
  const auto text = [](std::int64_t minor, Currency currency) {
    return json::to_text(amount(Money::minor(minor, currency)));
  };
  EXPECT_EQ(text(1230, Currency::of("EUR")), "12.3");
  EXPECT_EQ(text(1200, Currency::of("EUR")), "12");
  EXPECT_EQ(text(-5, Currency::of("EUR")), "-0.05");
  EXPECT_EQ(text(1230, Currency::of("JPY")), "1230");
  EXPECT_EQ(text(1234, Currency::of("KWD")), "1.234");
  EXPECT_EQ(text(999'999'999'999'999, Currency::of("EUR")), "9999999999999.99");
}

TEST(Fields, WithoutSignTakeTheDefaultsPlace) {
  EXPECT_EQ(applied("title,items.quantity",
                    R"({"id":"a","title":"b","x":1,"items":[{"id":"i","quantity":2,"y":3}]})"),
            R"({"id":"a","title":"b","items":[{"id":"i","quantity":2}]})");
}

TEST(Fields, WithSignChangeTheDefault) {
  EXPECT_EQ(applied("+x,-items.y,-id", R"({"id":"a","x":1,"items":[{"y":3,"z":4}]})"),
            R"({"id":"a","x":1,"items":[{"z":4}]})");
  EXPECT_TRUE(Fields::parse("*items.variant")->asks_for("items.variant.sku"));
  EXPECT_TRUE(
      Fields::parse(" variants.inventory_quantity")->asks_for("variants.inventory_quantity"));
  EXPECT_FALSE(Fields().asks_for("variants.inventory_quantity"));
}

TEST(Fields, RefuseOddNamesAndTooMany) {
  EXPECT_FALSE(Fields::parse("a;b"));
  EXPECT_FALSE(Fields::parse("a$b"));
  std::string many;
  for (int i = 0; i < 201; ++i) many += "f,";
  EXPECT_FALSE(Fields::parse(many));
}

TEST(Query, RefusesWhatIsOutOfRangeOrTwice) {
  EXPECT_TRUE(read_query(request_with("limit=5&offset=10")));
  for (const char* query : {"limit=-1", "limit=1e3", "limit=99999", "offset=abc", "limit=1&limit=2",
                            "order=password", "a=%ff"}) {
    const auto outcome = read_query(request_with(query));
    ASSERT_FALSE(outcome) << query;
    EXPECT_EQ(outcome.error().type, ErrorType::invalid_data);
  }
}

TEST(Query, ReadsArraysAsTheSdkSendsThem) {
  const auto query = read_query(request_with("id[0]=a&id[1]=b&idx=c"));
  ASSERT_TRUE(query);
  EXPECT_EQ(query->values("id"), (std::vector<std::string>{"a", "b"}));
}

TEST(Body, IsStrictJson) {
  EXPECT_TRUE(read_body(request_with("", R"({"a":1})")));
  EXPECT_TRUE(read_body(request_with("", "", "")));
  EXPECT_EQ(error(read_body(request_with("", R"({"a":1,"a":2})")).error()).status, 400);
  EXPECT_EQ(error(read_body(request_with("", "[]")).error()).status, 400);
  EXPECT_EQ(error(read_body(request_with("", "{\"a\":\"\xff\"}")).error()).status, 400);
  EXPECT_EQ(error(read_body(request_with("", "{}", "text/plain")).error()).status, 415);
  EXPECT_TRUE(read_body(request_with("", "{}", "application/json; charset=UTF-8")));
}

}  // namespace
}  // namespace osier::web
