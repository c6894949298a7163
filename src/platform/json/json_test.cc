#include <gtest/gtest.h>

#include "platform/json/value.h"

namespace osier::json {
namespace {

bool is_refused(std::string_view text, Limits limits = {}) { return !parse(text, limits); }

Value value_of(std::string_view text) {
  auto parsed = parse(text);
  EXPECT_TRUE(parsed) << text;
  return parsed ? *parsed : Value{};
}

TEST(Parse, ReadsEveryKindOfValue) {
  const auto value = value_of(R"( {"a":[1,-2,1.5,"x\u00e4\ud83d\ude00",true,null],"b":{}} )");
  EXPECT_EQ(to_text(value), "{\"a\":[1,-2,1.5,\"x\xC3\xA4\xF0\x9F\x98\x80\",true,null],\"b\":{}}");
  EXPECT_EQ(to_text(value_of("18446744073709551615")), "18446744073709551615");
  EXPECT_EQ(to_text(value_of("\"\"")), "\"\"");
}

TEST(Parse, RefusesDuplicateKeysAndNamesThem) {
  const auto parsed = parse(R"({"qty":1,"other":2,"qty":-5})");
  ASSERT_FALSE(parsed);
  EXPECT_EQ(parsed.error().message, "the JSON names \"qty\" twice in one object");
  // Written differently, the same key.
  EXPECT_TRUE(is_refused(R"({"qty":1,"q\u0074y":2})"));
  EXPECT_TRUE(is_refused(R"([{"deep":{"x":1,"x":1}}])"));
  // The same name in two objects is no duplicate.
  EXPECT_FALSE(is_refused(R"([{"x":1,"y":{"x":2}},{"x":3}])"));
}

TEST(Parse, RefusesWhatIsNotJson) {
  for (const auto* text : {"",
                           " ",
                           "{",
                           "[1,]",
                           "{\"a\":1,}",
                           "{a:1}",
                           "NaN",
                           "[Infinity]",
                           "-Infinity",
                           "01",
                           "+1",
                           "1.",
                           ".5",
                           "'x'",
                           "nul",
                           "truex",
                           "{} {}",
                           "[] x",
                           "// c\n1",
                           "/* c */1",
                           "\"a\nb\"",
                           "\"\\x41\"",
                           "\xEF\xBB\xBF{}",
                           "{\"a\" 1}"}) {
    EXPECT_TRUE(is_refused(text)) << text;
  }
  EXPECT_TRUE(is_refused(std::string_view("{}\0", 3)));
}

TEST(Parse, RefusesNumbersThatNoDoubleHolds) {
  EXPECT_TRUE(is_refused("1e400"));
  EXPECT_TRUE(is_refused("[-1e400]"));
  EXPECT_TRUE(is_refused("1e99999999999"));
  EXPECT_TRUE(is_refused(std::string(400, '9')));
  EXPECT_FALSE(is_refused("1e300"));
}

TEST(Parse, RefusesBrokenText) {
  EXPECT_TRUE(is_refused(R"("\ud800")"));
  EXPECT_TRUE(is_refused(R"("\udc00")"));
  EXPECT_TRUE(is_refused(R"("\ud800\u0041")"));
  EXPECT_TRUE(is_refused("\"\xFF\""));
  EXPECT_TRUE(is_refused("\"\xC0\xAF\""));      // Overlong.
  EXPECT_TRUE(is_refused("\"\xED\xA0\x80\""));  // A surrogate in UTF-8.
  EXPECT_TRUE(is_refused("\"\xE2\x82\""));      // Cut short.
  EXPECT_TRUE(is_refused("{\"\xFF\":1}"));
}

TEST(Parse, HoldsItsLimitsAtTheEdge) {
  const auto nested = [](std::size_t depth) {
    return std::string(depth, '[') + std::string(depth, ']');
  };
  EXPECT_FALSE(is_refused(nested(32)));
  EXPECT_TRUE(is_refused(nested(33)));
  EXPECT_TRUE(is_refused(nested(100'000), {.bytes_max = 1'000'000}));

  EXPECT_FALSE(is_refused("[1,2,3]", {.members_max = 3}));
  EXPECT_TRUE(is_refused("[1,2,3,4]", {.members_max = 3}));
  EXPECT_FALSE(is_refused(R"({"a":1,"b":1})", {.members_max = 2}));
  EXPECT_TRUE(is_refused(R"({"a":1,"b":1,"c":1})", {.members_max = 2}));

  EXPECT_FALSE(is_refused("12345", {.bytes_max = 5}));
  EXPECT_TRUE(is_refused("123456", {.bytes_max = 5}));
}

TEST(Parse, SaysWhereItStopped) {
  const auto parsed = parse(R"({"a": x})");
  ASSERT_FALSE(parsed);
  EXPECT_EQ(parsed.error().offset, 6u);
}

TEST(Text, WritesNumbersShortestAndEscapesForScripts) {
  const Value value = {{"amount", 12.3}, {"text", "</script>&\xE2\x80\xA8\x01\"\\"}};
  EXPECT_EQ(to_text(value), "{\"amount\":12.3,\"text\":\"</script>&\xE2\x80\xA8\\u0001\\\"\\\\\"}");
  EXPECT_EQ(to_script_text(value),
            R"({"amount":12.3,"text":"\u003c/script\u003e\u0026\u2028\u0001\"\\"})");
  EXPECT_EQ(value_of(to_script_text(value)), value);
}

TEST(Reader, TakesTypedFields) {
  const auto body = value_of(
      R"({"email":"a@b.example","quantity":2,"gift":true,"note":null,"state":"open",
          "tags":["x","y"],"items":[{"sku":"MUG"},{"sku":"BOWL"}],"address":{"city":"Ulm"}})");
  Reader reader(body);

  EXPECT_EQ(reader.string("email", {.required = true}), "a@b.example");
  EXPECT_EQ(reader.integer("quantity", {.min = 1, .max = 9'999}), 2);
  EXPECT_EQ(reader.boolean("gift"), true);
  EXPECT_EQ(reader.string("note"), std::nullopt);
  EXPECT_TRUE(reader.is_null("note"));
  EXPECT_FALSE(reader.has("note"));
  EXPECT_EQ(reader.word("state", {"closed", "open"}), 1u);
  EXPECT_EQ(reader.strings("tags"), (std::vector<std::string>{"x", "y"}));
  auto items = reader.objects("items");
  ASSERT_EQ(items.size(), 2u);
  EXPECT_EQ(items[1].string("sku"), "BOWL");
  auto address = reader.object("address");
  ASSERT_TRUE(address);
  EXPECT_EQ(address->string("city"), "Ulm");
  reader.refuse_unknown();
  EXPECT_TRUE(reader.ok()) << reader.message();
}

TEST(Reader, NamesTheFieldThatIsWrong) {
  const auto body = value_of(R"({"items":[{"quantity":0},7],"email":5,"extra":1,"deep":{}})");
  Reader reader(body);

  auto items = reader.objects("items");
  ASSERT_EQ(items.size(), 1u);
  EXPECT_EQ(items[0].integer("quantity", {.min = 1, .max = 9'999}), std::nullopt);
  reader.string("email");
  reader.string("name", {.required = true});
  auto deep = reader.object("deep");
  ASSERT_TRUE(deep);
  deep->boolean("on", Presence::required);
  reader.refuse_unknown();

  std::vector<std::string> all;
  for (const auto& error : reader.errors()) all.push_back(error.path + " " + error.message);
  EXPECT_EQ(all,
            (std::vector<std::string>{"items[1] must be an object",
                                      "items[0].quantity must be a whole number from 1 to 9999",
                                      "email must be a string", "name is required",
                                      "deep.on is required", "extra is not a known field"}));
  EXPECT_EQ(reader.message(), "items[1] must be an object");
}

TEST(Reader, CountsCharactersNotBytes) {
  const auto body = value_of("{\"a\":\"\xC3\xA4\xC3\xA4\"}");
  Reader reader(body);
  EXPECT_TRUE(reader.string("a", {.length_max = 2}));
  EXPECT_FALSE(reader.string("a", {.length_max = 1}));
  EXPECT_FALSE(reader.string("a", {.length_min = 3}));
}

TEST(Reader, LetsNoControlCharacterThrough) {
  const auto body = value_of(R"({"nul":"a\u0000b","lines":"a\nb"})");
  Reader reader(body);
  EXPECT_FALSE(reader.string("nul", {.multiline = true}));
  EXPECT_FALSE(reader.string("lines"));
  EXPECT_TRUE(reader.string("lines", {.multiline = true}));
}

TEST(Reader, RefusesNumbersThatAreNotWhole) {
  const auto body = value_of(R"({"a":1.5,"b":1e3,"c":"1","d":true,"e":99999999999999999999})");
  Reader reader(body);
  for (const auto* name : {"a", "b", "c", "d", "e"}) EXPECT_FALSE(reader.integer(name)) << name;
  EXPECT_EQ(reader.errors().size(), 5u);
}

TEST(Reader, AsksForAnObject) {
  const auto body = value_of("[1]");
  Reader reader(body);
  EXPECT_FALSE(reader.ok());
  EXPECT_EQ(reader.message(), "the body must be a JSON object");
  EXPECT_EQ(reader.string("email"), std::nullopt);
}

}  // namespace
}  // namespace osier::json
