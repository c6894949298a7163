#include "platform/locale/messages.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

namespace osier::locale {

static const Locale german = *Locale::parse("de");

static Catalogue catalogue_of(std::string english, std::string german_texts = "{}") {
  return Catalogue({{Locale{}, "texts/en.json", std::move(english)},
                    {german, "texts/de.json", std::move(german_texts)}});
}

static std::string error_of(std::string english, std::string german_texts = "{}") {
  try {
    catalogue_of(std::move(english), std::move(german_texts));
  } catch (const TextsError& error) {
    return error.what();
  }
  return "no error";
}

TEST(Messages, ReadInTheirLanguageAndElseInEnglish) {
  const auto catalogue = catalogue_of(R"({"cart.title": "Your cart", "cart.empty": "Empty"})",
                                      R"({"cart.title": "Dein Warenkorb"})");
  EXPECT_EQ(catalogue.english().text("cart.title"), "Your cart");
  EXPECT_EQ(catalogue.in(german).text("cart.title"), "Dein Warenkorb");
  EXPECT_EQ(catalogue.in(german).text("cart.empty"), "Empty");
  EXPECT_EQ(catalogue.in(german).text("cart.nonsense"), "cart.nonsense");
}

TEST(Messages, OfAVariantStandOnItsLanguage) {
  const Catalogue catalogue({{Locale{}, "en.json", R"({"a": "a", "b": "b", "c": "c"})"},
                             {german, "de.json", R"({"a": "A de", "b": "B de"})"},
                             {*Locale::parse("de-AT"), "de-AT.json", R"({"a": "A at"})"}});
  const auto& austrian = catalogue.in(*Locale::parse("de-AT"));
  EXPECT_EQ(austrian.text("a") + austrian.text("b") + austrian.text("c"), "A atB dec");
  EXPECT_EQ(catalogue.in(*Locale::parse("de-CH")).locale().tag(), "de");
  EXPECT_EQ(catalogue.in(*Locale::parse("fr")).locale().tag(), "en");
}

TEST(Messages, CountByTheRulesOfTheLanguage) {
  const auto catalogue =
      catalogue_of(R"({"n": "{count, plural, =0 {nothing} one {# item} other {# items}}"})",
                   R"({"n": "{count, plural, one {# Artikel} other {# Artikel!}}"})");
  EXPECT_EQ(catalogue.english().text("n", {{"count", 0}}), "nothing");
  EXPECT_EQ(catalogue.english().text("n", {{"count", 1}}), "1 item");
  EXPECT_EQ(catalogue.english().text("n", {{"count", 1234}}), "1,234 items");
  EXPECT_EQ(catalogue.in(german).text("n", {{"count", 1234}}), "1.234 Artikel!");
  EXPECT_EQ(catalogue.english().text("n", {{"count", "many"}}), "{count}");
}

TEST(Messages, CountInEnglishRulesWhereEnglishStandsIn) {
  const Catalogue catalogue(
      {{Locale{}, "en.json", R"({"n": "{n, plural, one {one} other {other}}"})"},
       {*Locale::parse("ja"), "ja.json", "{}"}});
  EXPECT_EQ(catalogue.in(*Locale::parse("ja")).text("n", {{"n", 1}}), "one");
}

TEST(Messages, KnowOrdinalsOffsetsSelectsAndQuotes) {
  const auto catalogue = catalogue_of(R"json({
    "ordinal": "{n, selectordinal, one {#st} two {#nd} few {#rd} other {#th}}",
    "offset": "{n, plural, offset:1 =1 {you} one {you and # other} other {you and # others}}",
    "select": "{who, select, shop {by the shop} other {by {who}}}",
    "nested": "{n, plural, other {{who, select, a {{n} of a} other {{n} of others}}}}",
    "quotes": "don't say '{'this'}' it''s quoted"
  })json");
  const auto& english = catalogue.english();
  EXPECT_EQ(english.text("ordinal", {{"n", 22}}), "22nd");
  EXPECT_EQ(english.text("offset", {{"n", 1}}), "you");
  EXPECT_EQ(english.text("offset", {{"n", 3}}), "you and 2 others");
  EXPECT_EQ(english.text("select", {{"who", "shop"}}), "by the shop");
  EXPECT_EQ(english.text("select", {{"who", "you"}}), "by you");
  EXPECT_EQ(english.text("nested", {{"n", 2}, {"who", "a"}}), "2 of a");
  EXPECT_EQ(english.text("quotes"), "don't say {this} it's quoted");
}

TEST(Messages, SayWhichArgumentIsNotGiven) {
  const auto catalogue = catalogue_of(R"({"hello": "Hello {name}, {n, plural, other {#}}"})");
  EXPECT_EQ(catalogue.english().text("hello"), "Hello {name}, {n}");
  const auto& wanted = catalogue.arguments(*catalogue.find("hello"));
  ASSERT_EQ(wanted.size(), 2u);
  EXPECT_EQ(wanted[0].name, "name");
  EXPECT_FALSE(wanted[0].is_number);
  EXPECT_TRUE(wanted[1].is_number);
}

TEST(Messages, EscapeAllButVerbatimArguments) {
  const auto catalogue = catalogue_of(R"({"a": "a & {text} {markup}"})");
  std::string out;
  const std::vector<Argument> arguments = {{"text", "x&y"}, {"markup", "<b>", true}};
  catalogue.english().append(out, *catalogue.find("a"), arguments,
                             [](std::string& to, std::string_view text) {
                               for (const char c : text) c == '&' ? to += "&amp;" : to += c;
                             });
  EXPECT_EQ(out, "a &amp; x&amp;y <b>");
}

TEST(Messages, MissingInALanguageAreReported) {
  const auto catalogue = catalogue_of(R"({"a": "a", "b": "b"})", R"({"b": "b"})");
  const auto missing = catalogue.missing_keys();
  ASSERT_EQ(missing.size(), 1u);
  EXPECT_EQ(missing[0].locale, german);
  EXPECT_EQ(missing[0].key, "a");
}

TEST(Messages, OfALaterFileWin) {
  const Catalogue catalogue({{Locale{}, "en.json", R"({"a": "ours", "b": "ours"})"},
                             {Locale{}, "theme/en.json", R"({"a": "theirs"})"}});
  EXPECT_EQ(catalogue.english().text("a") + " " + catalogue.english().text("b"), "theirs ours");
}

TEST(Messages, RefuseFilesThatAreWrong) {
  using testing::HasSubstr;
  EXPECT_THAT(error_of("[]"), HasSubstr("texts/en.json:1: the file is no JSON object"));
  EXPECT_THAT(error_of("{\n\"a\": 1}"), HasSubstr("texts/en.json:2: 'a' is no string"));
  EXPECT_THAT(error_of(R"({"a": {"b": "c"}})"), HasSubstr("'a' is no string"));
  EXPECT_THAT(error_of(R"({"a": "x", "a": "y"})"), HasSubstr("'a' stands there twice"));
  EXPECT_THAT(error_of(R"({"a": "x"} x)"), HasSubstr("something follows"));
  EXPECT_THAT(error_of(R"({"a": "x")"), HasSubstr("texts/en.json:1"));
  EXPECT_THAT(error_of(R"({"a": "{count, plural, one {x}}"})"), HasSubstr("'a' is no message"));
  EXPECT_THAT(error_of(R"({"a": "{open"})"), HasSubstr("'a' is no message"));
  EXPECT_THAT(error_of(R"({"a": "{d, date}"})"), HasSubstr("may only be number"));
  EXPECT_THAT(error_of("{}", R"({"a": "x"})"), HasSubstr("de.json: 'a' has no English text"));
}

TEST(Messages, AreFoundAmongEmbeddedFilesByTheirName) {
  const std::vector<EmbeddedFile> files = {{"texts/de.json", "{}"}, {"cart.html", ""}};
  const auto found = text_files(files);
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].locale, german);
  const std::vector<EmbeddedFile> odd = {{"texts/package-lock-x.json", "{}"}};
  EXPECT_THROW((void)text_files(odd), TextsError);
}

TEST(Messages, AreReadByManyThreadsAtOnce) {
  const auto catalogue = catalogue_of(R"({"n": "{n, plural, one {# item} other {# items}}"})");
  std::vector<std::thread> threads;
  std::atomic<int> wrong = 0;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 500; ++i) {
        wrong += catalogue.english().text("n", {{"n", 5000}}) != "5,000 items";
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
}

}  // namespace osier::locale
