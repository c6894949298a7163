// Tags, filters and what a page looks like. Escaping is in escaping_test.cc, refusals in
// refusal_test.cc.

#include "platform/html/engine.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <thread>

#include "platform/html/test_page.h"

namespace osier::html {

using test::render;
using test::ShopView;

TEST(Template, PrintsFieldsOfTheView) {
  EXPECT_EQ(render("{{ title }} {{ count }} {{ on_sale }} {{ view.title }}"), "Mugs 3 true Mugs");
  EXPECT_EQ(render("{{ hero.name }} {{ hero.price.text }}"), "Hero €9");
  EXPECT_EQ(render("[{{ subtitle }}]"), "[]");
  EXPECT_EQ(render("{{ products[1].name }} {{ products.first.name }} {{ products.last.name }} "
                   "{{ products[9].name }}"),
            "Bowl Mug Vase ");
  EXPECT_EQ(render("{{ products.size }} {{ title.size }} {{ none.size }}"), "3 4 0");
  EXPECT_EQ(render("{{ intro }}"), "<b>Hello</b>");
  EXPECT_EQ(render("{{ 'a' }}{{ 12 }}{{ -3 }}{{ true }}{{ nil }}"), "a12-3true");
  EXPECT_EQ(render("{{ locale }}"), "en");
}

TEST(Template, ReadsThroughPointersAndOptionals) {
  ShopView view;
  EXPECT_EQ(render("[{{ hero.name }}{{ shell.shop }}]", view), "[]");
  view.shell = std::make_shared<const test::Shell>(test::Shell{.shop = "Osier", .parts = {}});
  EXPECT_EQ(render("{{ shell.shop }}", view), "Osier");
  EXPECT_EQ(render("{% if shell %}a{% else %}b{% endif %}", view), "a");
}

TEST(Template, ShowsTreesOfViews) {
  ShopView view;
  view.tree.name = "root";
  view.tree.children.resize(2);
  view.tree.children[1].name = "leaf";
  EXPECT_EQ(
      render("{% for c in tree.children %}[{{ c.name }}{{ c.children.size }}]{% endfor %}", view),
      "[0][leaf0]");
}

TEST(If, TakesTheFirstBranchThatHolds) {
  EXPECT_EQ(render("{% if count == 2 %}a{% elsif count == 3 %}b{% else %}c{% endif %}"), "b");
  EXPECT_EQ(render("{% if count > 3 %}a{% else %}c{% endif %}"), "c");
  EXPECT_EQ(render("{% if count > 3 %}a{% endif %}"), "");
  EXPECT_EQ(render("{% unless on_sale %}a{% else %}b{% endunless %}"), "b");
  EXPECT_EQ(render("{% unless count > 5 %}a{% endunless %}"), "a");
  EXPECT_EQ(render("{% unless on_sale %}a{% elsif count == 3 %}b{% endunless %}"), "b");
}

TEST(If, ComparesNumbersAndTexts) {
  const auto holds = [](const std::string& condition) {
    return render("{% if " + condition + " %}yes{% else %}no{% endif %}") == "yes";
  };
  EXPECT_TRUE(holds("count <= 3"));
  EXPECT_TRUE(holds("count >= 3"));
  EXPECT_FALSE(holds("count < 3"));
  EXPECT_TRUE(holds("count != 4"));
  EXPECT_TRUE(holds("count <> 4"));
  EXPECT_TRUE(holds("title == 'Mugs'"));
  EXPECT_TRUE(holds("title < 'Nugs'"));
  EXPECT_TRUE(holds("title contains 'ug'"));
  EXPECT_FALSE(holds("title contains 'gu'"));
  EXPECT_TRUE(holds("tags contains 'blue'"));
  EXPECT_FALSE(holds("tags contains 'red'"));
  EXPECT_TRUE(holds("on_sale == true"));
  EXPECT_TRUE(holds("subtitle == nil"));
  EXPECT_TRUE(holds("subtitle == blank"));
  EXPECT_TRUE(holds("none == empty"));
  EXPECT_TRUE(holds("blank_text == blank"));
  EXPECT_TRUE(holds("title != blank"));
  EXPECT_FALSE(holds("subtitle == 'x'"));
  EXPECT_TRUE(holds("subtitle != 'x'"));
}

// Nothing, false, and empty texts and lists are not true; the last two differ from Liquid on
// purpose.
TEST(If, TakesWhatIsEmptyForFalse) {
  const auto holds = [](const std::string& name) {
    return render("{% if " + name + " %}yes{% else %}no{% endif %}") == "yes";
  };
  EXPECT_TRUE(holds("title"));
  EXPECT_TRUE(holds("products"));
  EXPECT_TRUE(holds("intro"));
  EXPECT_FALSE(holds("subtitle"));
  EXPECT_FALSE(holds("blank_text"));
  EXPECT_FALSE(holds("none"));
  EXPECT_FALSE(holds("missing"));
}

TEST(If, JoinsConditionsFromTheRight) {
  const auto holds = [](const std::string& condition) {
    return render("{% if " + condition + " %}yes{% else %}no{% endif %}") == "yes";
  };
  EXPECT_TRUE(holds("on_sale and count == 3"));
  EXPECT_FALSE(holds("on_sale and count == 4"));
  EXPECT_TRUE(holds("missing or on_sale"));
  EXPECT_TRUE(holds("on_sale or missing and missing"));
  EXPECT_FALSE(holds("missing and on_sale or on_sale"));  // missing and (on_sale or on_sale)
}

TEST(Case, TakesTheBranchOfTheValue) {
  const std::string when =
      "{% case title %} {% when 'Bowls', 'Plates' %}a{% when 'Cups' or 'Mugs' %}b{% else %}c{% "
      "endcase %}";
  EXPECT_EQ(render(when), "b");
  EXPECT_EQ(render("{% case count %}{% when 1 %}a{% else %}c{% endcase %}"), "c");
  EXPECT_EQ(render("{% case count %}{% when 3 %}a{% endcase %}"), "a");
}

TEST(For, GoesThroughListsAndRanges) {
  EXPECT_EQ(render("{% for p in products %}{{ p.name }},{% endfor %}"), "Mug,Bowl,Vase,");
  EXPECT_EQ(render("{% for p in products limit: 2 %}{{ p.name }},{% endfor %}"), "Mug,Bowl,");
  EXPECT_EQ(render("{% for p in products offset:1 limit:count %}{{ p.name }},{% endfor %}"),
            "Bowl,Vase,");
  EXPECT_EQ(render("{% for p in products reversed %}{{ p.name }},{% endfor %}"), "Vase,Bowl,Mug,");
  EXPECT_EQ(render("{% for p in products reversed limit: 2 %}{{ p.name }},{% endfor %}"),
            "Bowl,Mug,");
  EXPECT_EQ(render("{% for i in (1..count) %}{{ i }}{% endfor %}"), "123");
  EXPECT_EQ(render("{% for i in (2..1) %}{{ i }}{% else %}none{% endfor %}"), "none");
  EXPECT_EQ(render("{% for p in none %}a{% else %}none{% endfor %}"), "none");
  EXPECT_EQ(render("{% for p in products limit: 0 %}a{% else %}none{% endfor %}"), "none");
  EXPECT_EQ(render("{% for tag in tags %}{{ tag }} {% endfor %}"), "blue large ");
}

TEST(For, KnowsItsPlace) {
  EXPECT_EQ(render("{% for p in products %}{{ forloop.index }}{{ forloop.index0 }}"
                   "{{ forloop.rindex }}{{ forloop.rindex0 }}{{ forloop.length }} {% endfor %}"),
            "10323 21213 32103 ");
  EXPECT_EQ(render("{% for p in products %}{% if forloop.first %}a{% endif %}"
                   "{% unless forloop.last %},{% endunless %}{% endfor %}"),
            "a,,");
  EXPECT_EQ(render("{% for p in products %}{% for i in (1..2) %}{{ forloop.index }}{% endfor %}"
                   "{{ forloop.index }} {% endfor %}"),
            "121 122 123 ");
}

TEST(For, BreaksAndContinues) {
  EXPECT_EQ(render("{% for i in (1..9) %}{% if i == 3 %}{% continue %}{% endif %}"
                   "{% if i > 5 %}{% break %}{% endif %}{{ i }}{% endfor %}."),
            "1245.");
  EXPECT_EQ(
      render(
          "{% for i in (1..2) %}{% for j in (1..9) %}{% break %}{% endfor %}{{ i }}{% endfor %}"),
      "12");
}

TEST(Assign, KeepsValues) {
  EXPECT_EQ(render("{% assign a = title | upcase %}{{ a }}{% assign a = a | append: '!' %}{{ a }}"),
            "MUGSMUGS!");
  EXPECT_EQ(render("{% assign n = count | plus: 1 %}{{ n }}"), "4");
  EXPECT_EQ(render("{% assign p = products.last %}{{ p.name }}"), "Vase");
  EXPECT_EQ(render("{% assign list = products %}{{ list.size }}"), "3");
  EXPECT_EQ(render("{% if missing %}{% assign a = 'x' %}{% endif %}[{{ a }}]"), "[]");
  EXPECT_EQ(render("{% assign n = 0 %}{% for p in products %}{% assign n = n | plus: 2 %}{% endfor "
                   "%}{{ n }}"),
            "6");
}

TEST(Capture, KeepsMarkup) {
  EXPECT_EQ(render("{% capture a %}<b>{{ evil }}</b>{% endcapture %}{{ a }}{{ a }}"),
            "<b>&lt;i&gt;&amp;&quot;</b><b>&lt;i&gt;&amp;&quot;</b>");
  EXPECT_EQ(
      render(
          "{% for p in products %}{% capture a %}{{ p.name }}{% endcapture %}{{ a }}{% endfor %}"),
      "MugBowlVase");
}

TEST(Render, GivesPartialsTheirArguments) {
  const test::Files files = {
      {"partials/card.html", "<p>{{ product.name }}{{ extra }}{% assign seen = 'x' %}</p>"},
      {"plain.html", "{% assign a = 'inner' %}{{ a }}"}};
  EXPECT_EQ(render("{% for p in products %}{% render 'card', product: p, extra: '!' %}{% endfor %}",
                   files),
            "<p>Mug!</p><p>Bowl!</p><p>Vase!</p>");
  EXPECT_EQ(render("{% render 'partials/card.html', product: products[0], extra: title | upcase %}",
                   files),
            "<p>MugMUGS</p>");
  EXPECT_EQ(render("{% assign a = 'outer' %}{% render 'plain' %}{{ a }}", files), "innerouter");
}

TEST(Render, ForgetsWhatAPartialAssigned) {
  const test::Files files = {{"p.html", "{% if first %}{% assign a = 'x' %}{% endif %}[{{ a }}]"}};
  EXPECT_EQ(
      render("{% for i in (1..2) %}{% render 'p', first: forloop.first %}{% endfor %}", files),
      "[x][]");
}

TEST(Layout, TakesBlocksOfThePage) {
  const test::Files files = {{"layout.html",
                              "<title>{% block title %}Osier{% endblock %}</title><main>{% block "
                              "main %}{% endblock %}</main>"},
                             {"wide.html",
                              "{% layout 'layout' %}{% block main %}<div>{% block inner %}-{% "
                              "endblock %}</div>{% endblock %}"}};
  EXPECT_EQ(
      render("{% layout 'layout.html' %}\n{% block main %}{{ title }}{% endblock %}\n", files),
      "<title>Osier</title><main>Mugs</main>");
  EXPECT_EQ(
      render("{% layout 'layout' %}{% assign a = 'x' %}{% block title %}{{ a }}{% endblock %}",
             files),
      "<title>x</title><main></main>");
  EXPECT_EQ(render("{% layout 'wide' %}{% block inner %}deep{% endblock %}", files),
            "<title>Osier</title><main><div>deep</div></main>");
  EXPECT_EQ(render("{% layout 'wide' %}{% block main %}all{% endblock %}", files),
            "<title>Osier</title><main>all</main>");
}

TEST(Comment, IsNotShown) {
  EXPECT_EQ(render("a{% comment %} {{ nonsense }} {% if %} {% endcomment %}b"), "ab");
  EXPECT_EQ(render("a{% raw %}{{ title }}{% if %}{% endraw %}b"), "a{{ title }}{% if %}b");
}

TEST(WhiteSpace, IsTrimmedWhereTagsSaySo) {
  EXPECT_EQ(render("a {{- title -}} b"), "aMugsb");
  EXPECT_EQ(render("a {%- if on_sale -%} b {%- endif -%} c"), "abc");
  EXPECT_EQ(render("a {{ title }} b"), "a Mugs b");
}

TEST(WhiteSpace, WithLineBreaksBecomesOneLineBreak) {
  EXPECT_EQ(render("<p>\n\n   a\n   b  c</p>\n\n  <p>d</p>"), "<p>\na\nb  c</p>\n<p>d</p>");
  EXPECT_EQ(render("<pre>\n  a\n</pre>"), "<pre>\n  a\n</pre>");
  EXPECT_EQ(render("<p   class=\"a\n  b\"\n  id='c'>x</p>"), "<p class=\"a\n  b\" id='c'>x</p>");
  EXPECT_EQ(render("<p>a\n  {% if on_sale %}\n  b\n {% endif %}\n</p>"), "<p>a\nb\n</p>");
}

TEST(Filter, ChangesTexts) {
  EXPECT_EQ(render("{{ title | upcase }} {{ title | downcase }} {{ 'über' | capitalize }}"),
            "MUGS mugs Über");
  EXPECT_EQ(render("{{ 'a long sentence' | truncate: 8 }}|{{ 'short' | truncate: 8 }}"),
            "a long…|short");
  EXPECT_EQ(render("{{ 'äöüäöü' | truncate: 4, '' }}"), "äöüä");
  EXPECT_EQ(render("{{ 'b' | append: 'c' | prepend: 'a' }}"), "abc");
  EXPECT_EQ(render("{{ 'a-b-c' | replace: '-', '+' }} {{ '  x ' | strip }}"), "a+b+c x");
  EXPECT_EQ(render("{{ 'a b&c/ä' | url_encode }}"), "a%20b%26c%2F%C3%A4");
  EXPECT_EQ(render("{{ tags | join: ', ' }} {{ tags | size }} {{ 'äö' | size }}"),
            "blue, large 2 2");
  EXPECT_EQ(render("{{ subtitle | default: 'none' }} {{ title | default: 'none' }}"), "none Mugs");
  EXPECT_EQ(render("{{ lines | newline_to_br }}"), "a&lt;<br>\nb");
  EXPECT_EQ(render("[{{ subtitle | upcase }}]"), "[]");
}

TEST(Filter, Calculates) {
  EXPECT_EQ(
      render(
          "{{ count | plus: 4 }} {{ count | minus: 4 }} {{ count | times: 2 }} "
          "{{ 7 | divided_by: 2 }} {{ 7 | modulo: 4 }} {{ 7 | at_most: 5 }} {{ 7 | at_least: 9 }}"),
      "7 -1 6 3 3 5 9");
  EXPECT_EQ(render("[{{ 1 | divided_by: 0 }}{{ 9223372036854775807 | plus: 1 }}]"), "[]");
  EXPECT_EQ(render("{{ 12345 | number }}"), "12,345");
  EXPECT_EQ(render("{{ 12345 | number }}", {}, "de"), "12.345");
}

TEST(Translate, ReadsTextsInTheReadersLanguage) {
  EXPECT_EQ(render("{{ 'cart.title' | t }}"), "Your cart &amp; more");
  EXPECT_EQ(render("{{ 'cart.title' | t }}", {}, "de"), "Warenkorb");
  EXPECT_EQ(render("{{ 'cart.items' | t: count: products.size }}"), "3 items");
  EXPECT_EQ(render("{{ 'cart.items' | t: count: 1 | upcase }}"), "1 ITEM");
  EXPECT_EQ(render("{{ 'hello' | t: name: evil }}"), "Hello &lt;i&gt;&amp;&quot;");
}

TEST(Translate, TakesMarkupAndEscapesTheRest) {
  EXPECT_EQ(render("{% capture link %}<a href=\"/terms\">terms</a>{% endcapture %}"
                   "{{ 'agree' | t: link: link, who: evil }}"),
            "&lt;i&gt;&amp;&quot; agrees to the <a href=\"/terms\">terms</a> &amp; all");
}

TEST(PlainText, IsNotEscapedAndKeepsItsSpace) {
  const test::Files files = {{"mail.txt", "{{ evil }}\n\n  <{{ title }}{% render 'line' %}\n"},
                             {"line.txt", " {{ 'a<b' }}"}};
  EXPECT_EQ(test::render_named("mail.txt", files), "<i>&\"\n\n  <Mugs a<b\n");
}

TEST(Engine, LetsADirectoryReplaceFiles) {
  const auto directory =
      std::filesystem::temp_directory_path() / ("osier_theme_" + std::to_string(::getpid()));
  std::filesystem::create_directories(directory / "partials");
  std::ofstream(directory / "partials/card.html") << "theirs";
  std::ofstream(directory / "notes.md") << "no template";
  Sources sources;
  sources.add("page.html", "{% render 'card' %}");
  sources.add("partials/card.html", "ours");
  sources.override_from(directory);
  std::filesystem::remove_all(directory);
  Engine engine(std::move(sources), test::catalogue());
  const auto page = engine.page<ShopView>("page.html");
  EXPECT_EQ(page.render({}, test::catalogue().english()), "theirs");
  EXPECT_EQ(engine.names().size(), 2u);
}

TEST(Engine, RendersOnManyThreadsAtOnce) {
  Sources sources;
  sources.add("page.html",
              "{% for p in products %}{{ p.name | upcase }}{{ 'cart.items' | t: count: 2000 }}{% "
              "endfor %}");
  Engine engine(std::move(sources), test::catalogue());
  std::atomic<int> wrong = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      const auto page = engine.page<ShopView>("page.html");
      const auto view = test::shop_view();
      for (int i = 0; i < 200; ++i) {
        wrong += page.render(view, test::catalogue().english()) !=
                 "MUG2,000 itemsBOWL2,000 itemsVASE2,000 items";
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
}

TEST(Engine, EndsRunawayPages) {
  Limits limits;
  limits.output_bytes = 10'000;
  limits.loop_rounds = 5'000;
  const auto run = [&](const std::string& body) {
    Sources sources;
    sources.add("page.html", body);
    Engine engine(std::move(sources), test::catalogue(), limits);
    return engine.page<ShopView>("page.html")
        .render(test::shop_view(), test::catalogue().english());
  };
  EXPECT_THROW(run("{% for i in (1..4000) %}0123456789{% endfor %}"), OutputTooLong);
  EXPECT_THROW(run("{% for i in (1..9000000000000000000) %}{% endfor %}"), OutputTooLong);
  EXPECT_THROW(run("{% for i in (1..100) %}{% for j in (1..100) %}{% endfor %}{% endfor %}"),
               OutputTooLong);
  EXPECT_THROW(run("{% assign a = 'xxxxxxxx' %}{% for i in (1..60) %}{% assign a = a | append: a "
                   "%}{% endfor %}"),
               OutputTooLong);
  EXPECT_THROW(run("{% capture a %}{% for i in (1..4000) %}0123456789{% endfor %}{% endcapture %}"),
               OutputTooLong);
  EXPECT_THROW(run("{% assign a = 'aaaaaaaa' %}{% for i in (1..9) %}{% assign a = a | replace: "
                   "'a', a %}{% endfor %}"),
               OutputTooLong);
}

// A category page of 24 products, as the storefront's. Printed so that a slower engine is noticed;
// the bound is loose, since tests also run unoptimised and beside others.
TEST(Engine, RendersACategoryPageQuickly) {
  const auto measured = test::measure_category_page();
  std::printf("24-product page: %zu bytes, %ld ns each\n", measured.bytes, measured.nanoseconds);
  EXPECT_GT(measured.bytes, 20'000u);
  EXPECT_LT(measured.nanoseconds, 20'000'000);
}

}  // namespace osier::html
