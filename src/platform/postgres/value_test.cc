#include "platform/postgres/value.h"

#include <gtest/gtest.h>

#include "platform/postgres/error.h"

namespace osier::pg {
namespace {

using Names = std::vector<std::string>;
using MaybeNames = std::vector<std::optional<std::string>>;
using MugId = Strong<struct MugTag, Uuid>;

TEST(Value, WritesNullAsNothing) {
  EXPECT_EQ(to_text(std::nullopt), std::nullopt);
  EXPECT_EQ(to_text(std::optional<int>{}), std::nullopt);
  EXPECT_EQ(to_text(std::optional<int>{7}), "7");
}

TEST(Value, WritesArraysWithQuotesWhereNeeded) {
  EXPECT_EQ(to_text(Names{}), "{}");
  EXPECT_EQ(to_text(std::vector<int>{1, -2}), "{1,-2}");
  EXPECT_EQ(to_text(Names{"a,b", "say \"hi\"", "back\\slash", "", "null", "Null", "{"}),
            R"({"a,b","say \"hi\"","back\\slash","","null","Null","{"})");
  EXPECT_EQ(to_text(MaybeNames{"a", std::nullopt}), "{a,NULL}");
}

TEST(Value, ReadsTheArraysItWrites) {
  const MaybeNames names{"",    "NULL", std::nullopt, "a b", "\"",   "\\",
                         "{x}", "ü€😀", "null",       "1,2", "\n\t", "'"};
  EXPECT_EQ(Reader<MaybeNames>::read(*to_text(names)), names);
}

TEST(Value, RefusesWhatIsNotAnArrayOfOneDimension) {
  for (const char* text : {"", "x", "{", "{a", "{\"a", "{\"a\"", "{a,", "{{a},{b}}", "{\"a\"b}"}) {
    EXPECT_THROW(Reader<Names>::read(text), Error) << text;
  }
  EXPECT_THROW(Reader<Names>::read("{NULL}"), Error);
  EXPECT_EQ(Reader<Names>::read("[0:1]={a,b}"), (Names{"a", "b"}));
}

TEST(Value, RefusesNumbersThatDoNotFit) {
  EXPECT_EQ(Reader<std::int16_t>::read("-32768"), -32768);
  EXPECT_THROW(Reader<std::int16_t>::read("32768"), Error);
  EXPECT_THROW(Reader<int>::read("1.5"), Error);
  EXPECT_THROW(Reader<int>::read(""), Error);
}

TEST(Value, CarriesBytes) {
  const Bytes bytes{0, 1, 127, 128, 255};
  EXPECT_EQ(to_text(bytes), "\\x00017f80ff");
  EXPECT_EQ(Reader<Bytes>::read("\\x00017F80ff"), bytes);
  EXPECT_THROW(Reader<Bytes>::read("\\x0"), Error);
  EXPECT_THROW(Reader<Bytes>::read("\\xzz"), Error);
}

TEST(Value, CarriesStrongTypes) {
  const MugId id{Uuid::v7(Instant{})};
  EXPECT_EQ(to_text(id), id.value().to_string());
  EXPECT_EQ(Reader<MugId>::read(*to_text(id)), id);
  EXPECT_EQ(Reader<std::vector<MugId>>::read(*to_text(std::vector<MugId>{id, id})),
            (std::vector<MugId>{id, id}));
}

}  // namespace
}  // namespace osier::pg
