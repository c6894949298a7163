// Every way a template can be wrong is said at load, with its place.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "platform/html/test_page.h"

namespace osier::html {

using test::refusal;
using testing::HasSubstr;
using testing::StartsWith;

TEST(Refusal, ShowsPlaceLineAndWhatWasMeant) {
  EXPECT_EQ(refusal("<h1>{{ title }}</h1>\n<p>{{ titel }}</p>\n"),
            "page.html:2:7: unknown name 'titel'; did you mean 'title'?\n"
            "  2 | <p>{{ titel }}</p>\n"
            "    |       ^");
  try {
    (void)test::render("\n {{ products.first.nam }}");
    FAIL() << "an unknown field was taken";
  } catch (const TemplateError& error) {
    EXPECT_EQ(error.file(), "page.html");
    EXPECT_EQ(error.line(), 2u);
    EXPECT_EQ(error.column(), 20u);
    EXPECT_EQ(error.message(), "unknown field 'nam'; did you mean 'name'?");
  }
}

TEST(Refusal, FollowsPartialsAndLayouts) {
  const auto error = refusal("<p>{% render 'card', p: hero %}</p>",
                             {{"partials/card.html", "{% render 'price', price: p.price %}"},
                              {"partials/price.html", "{{ price.txt }}"}});
  EXPECT_THAT(error,
              StartsWith("partials/price.html:1:10: unknown field 'txt'; did you mean 'text'?"));
  EXPECT_THAT(error, HasSubstr("\n  rendered from partials/card.html:1:1"));
  EXPECT_THAT(error, HasSubstr("\n  rendered from page.html:1:4"));
}

TEST(Refusal, OfUnknownNames) {
  EXPECT_THAT(refusal("{{ hero.prise }}"),
              HasSubstr("unknown field 'prise'; did you mean 'price'?"));
  EXPECT_THAT(refusal("{{ title | upcas }}"),
              HasSubstr("unknown filter 'upcas'; did you mean 'upcase'?"));
  EXPECT_THAT(refusal("{% iff title %}"), HasSubstr("unknown tag 'iff'; did you mean 'if'?"));
  EXPECT_THAT(refusal("{% include 'a' %}"), HasSubstr("unknown tag 'include'"));
  EXPECT_THAT(refusal("{% render 'crad' %}", {{"card.html", ""}}),
              HasSubstr("unknown template 'crad'"));
  EXPECT_THAT(refusal("{{ 'cart.titel' | t }}"),
              HasSubstr("unknown text 'cart.titel'; did you mean 'cart.title'?"));
  EXPECT_THAT(refusal("{% for p in products %}{{ forloop.indx }}{% endfor %}"),
              HasSubstr("did you mean 'index'?"));
  EXPECT_THAT(refusal("{% layout 'l' %}{% block mian %}{% endblock %}",
                      {{"l.html", "{% block main %}{% endblock %}"}}),
              HasSubstr("no block 'mian'; did you mean 'main'?"));
  EXPECT_THAT(refusal("{% for p in products %}{% endfor %}{{ p.name }}"),
              HasSubstr("unknown name 'p'"));
  EXPECT_THAT(refusal("{% render 'c' %}", {{"c.html", "{{ title }}"}}),
              HasSubstr("a partial knows only the arguments it is given"));
  EXPECT_THAT(refusal("{{ forloop.index }}"), HasSubstr("only in a loop"));
}

TEST(Refusal, OfUnsafeFilters) {
  EXPECT_THAT(refusal("{{ title | escape }}"), HasSubstr("escaped by its place already"));
  EXPECT_THAT(refusal("{{ title | raw }}"), HasSubstr("no filter makes text into markup"));
  EXPECT_THAT(refusal("{{ title | json }}"), HasSubstr("no filter makes text into markup"));
  EXPECT_THAT(refusal("{{ count | money }}"), HasSubstr("ready text"));
}

TEST(Refusal, OfWrongTypes) {
  EXPECT_THAT(refusal("{{ products }}"), HasSubstr("a list cannot be printed"));
  EXPECT_THAT(refusal("{{ hero }}"), HasSubstr("an object cannot be printed"));
  EXPECT_THAT(refusal("{% for p in title %}{% endfor %}"),
              HasSubstr("goes through a list, not a text"));
  EXPECT_THAT(refusal("{% for p in products limit: title %}{% endfor %}"),
              HasSubstr("the limit is a number"));
  EXPECT_THAT(refusal("{% if count %}{% endif %}"), HasSubstr("a number is always true"));
  EXPECT_THAT(refusal("{% if count == title %}{% endif %}"),
              HasSubstr("a number cannot be compared with a text"));
  EXPECT_THAT(refusal("{% if products == tags %}{% endif %}"), HasSubstr("cannot be compared"));
  EXPECT_THAT(refusal("{% if on_sale > true %}{% endif %}"), HasSubstr("have no order"));
  EXPECT_THAT(refusal("{% if count contains 1 %}{% endif %}"), HasSubstr("'contains' looks for"));
  EXPECT_THAT(refusal("{% if tags contains 1 %}{% endif %}"), HasSubstr("'contains' looks for"));
  EXPECT_THAT(refusal("{% if count < nil %}{% endif %}"), HasSubstr("cannot be compared"));
  EXPECT_THAT(refusal("{{ title.name }}"), HasSubstr("a text has no field 'name'"));
  EXPECT_THAT(refusal("{{ products.name }}"), HasSubstr("first, last, size"));
  EXPECT_THAT(refusal("{{ title[0] }}"), HasSubstr("a text has no index"));
  EXPECT_THAT(refusal("{{ title.size.size }}"), HasSubstr("a size is a number"));
  EXPECT_THAT(refusal("{{ count | upcase }}"), HasSubstr("'upcase' takes a text, not a number"));
  EXPECT_THAT(refusal("{{ nil | upcase }}"), HasSubstr("not nothing"));
  EXPECT_THAT(refusal("{{ products | join }}"), HasSubstr("'join' takes a list of texts"));
  EXPECT_THAT(refusal("{{ title | append }}"), HasSubstr("takes 1 to 1 arguments, not 0"));
  EXPECT_THAT(refusal("{{ title | upcase: 1 }}"), HasSubstr("takes no argument, not 1"));
  EXPECT_THAT(refusal("{{ title | append: 1 }}"), HasSubstr("'append' cannot take a number here"));
  EXPECT_THAT(refusal("{{ title | default: 1 }}"), HasSubstr("the value is a text"));
  EXPECT_THAT(refusal("{{ intro | default: title }}"), HasSubstr("the value is markup"));
  EXPECT_THAT(refusal("{{ intro | append: 'x' }}"), HasSubstr("not markup"));
  EXPECT_THAT(refusal("{% assign a = 1 %}{% assign a = 'x' %}"),
              HasSubstr("was a number and cannot become a text"));
  EXPECT_THAT(refusal("{% assign a = nil %}"), HasSubstr("for comparing"));
  EXPECT_THAT(refusal("{% assign title = 'x' %}"), HasSubstr("'title' is taken"));
  EXPECT_THAT(refusal("{% render 'c', a: nil %}", {{"c.html", ""}}),
              HasSubstr("an argument has a value"));
  EXPECT_THAT(test::render_named("m.txt", {{"m.txt", "{{ title }}"}}), "Mugs");
  EXPECT_THROW((void)test::render_named("m.txt", {{"m.txt", "{{ intro }}"}}), TemplateError);
  EXPECT_THAT(refusal("{% render 'm.txt' %}", {{"m.txt", "x"}}),
              HasSubstr("cannot stand in a .html template"));
}

// A loop's second round must not see tags where the first saw text.
TEST(Refusal, OfMarkupWhereTextWasHeld) {
  EXPECT_THAT(
      refusal("{% capture a %}x{% endcapture %}{% for t in tags %}<p title=\"{{ a }}\">x</p>"
              "{% capture a %}<b>x</b>{% endcapture %}{% endfor %}"),
      HasSubstr("cannot take markup with tags"));
}

TEST(Refusal, OfTextsWithoutTheirArguments) {
  EXPECT_THAT(refusal("{{ 'cart.items' | t }}"), HasSubstr("needs 'count'"));
  EXPECT_THAT(refusal("{{ 'cart.items' | t: cuont: 1, count: 1 }}"),
              HasSubstr("has no 'cuont'; did you mean 'count'?"));
  EXPECT_THAT(refusal("{{ 'cart.items' | t: count: title }}"),
              HasSubstr("must be a number and is a text"));
  EXPECT_THAT(refusal("{{ 'cart.items' | t: 3 }}"), HasSubstr("arguments have names"));
  EXPECT_THAT(refusal("{{ title | t }}"), HasSubstr("written out"));
  EXPECT_THAT(refusal("{{ 'hello' | upcase | t }}"), HasSubstr("written out"));
  EXPECT_THAT(refusal("{{ 'hello' | t: name: products }}"),
              HasSubstr("a list cannot stand in a text"));
}

TEST(Refusal, OfUnbalancedTags) {
  EXPECT_THAT(refusal("{% if on_sale %}x"), HasSubstr("page.html:1:1: 'if' is never closed"));
  EXPECT_THAT(refusal("{% for p in products %}{% if on_sale %}{% endfor %}{% endif %}"),
              HasSubstr("'endfor' stands in 'if' of page.html:1:24"));
  EXPECT_THAT(refusal("x{% endif %}"), HasSubstr("'endif' closes nothing"));
  EXPECT_THAT(refusal("{% else %}"), HasSubstr("'else' closes nothing"));
  EXPECT_THAT(refusal("{% if on_sale %}{% else %}{% elsif on_sale %}{% endif %}"),
              HasSubstr("'elsif' stands in 'if'"));
  EXPECT_THAT(refusal("{% raw %}x"), HasSubstr("'raw' is never closed"));
  EXPECT_THAT(refusal("{% comment %}x"), HasSubstr("'comment' is never closed"));
  EXPECT_THAT(refusal("{% case title %}x{% when 'a' %}{% endcase %}"),
              HasSubstr("between 'case' and"));
  EXPECT_THAT(refusal("{% case title %}{% endcase %}"), HasSubstr("no 'when'"));
  EXPECT_THAT(refusal("{% break %}"), HasSubstr("stand in loops"));
  EXPECT_THAT(refusal("{% for p in tags %}{% break %}x{% endfor %}"), HasSubstr("never reached"));
  EXPECT_THAT(refusal("{% for p in tags %}{% capture a %}{% break %}{% endcapture %}{% endfor %}"),
              HasSubstr("not left from within a capture"));
}

TEST(Refusal, OfUnbalancedElements) {
  EXPECT_THAT(refusal("<div><p>x</div>"),
              HasSubstr("</div> stands where <p> of page.html:1:6 is open"));
  EXPECT_THAT(refusal("x</div>"), HasSubstr("</div> closes nothing"));
  EXPECT_THAT(refusal("<div>x"), HasSubstr("<div> is not closed where the page ends"));
  EXPECT_THAT(refusal("<div/>"), HasSubstr("does not close itself"));
  EXPECT_THAT(refusal("<p title=\"x"), HasSubstr("the page ends in the attribute 'title' of <p>"));
  EXPECT_THAT(refusal("<p title=\"a\"id=\"b\">x</p>"), HasSubstr("space is missing"));
  EXPECT_EQ(refusal("<br><br/><img alt=\"\" src=\"/a\"><input disabled><hr>"), "");
}

TEST(Refusal, OfBadSyntax) {
  EXPECT_THAT(refusal("{{ title"), HasSubstr("page.html:1:1: '}}' is missing"));
  EXPECT_THAT(refusal("{% if on_sale"), HasSubstr("'%}' is missing"));
  EXPECT_THAT(refusal("{{ }}"), HasSubstr("expected a name"));
  EXPECT_THAT(refusal("{{ title title }}"), HasSubstr("expected '}}', found 'title'"));
  EXPECT_THAT(refusal("{{ title | }}"), HasSubstr("expected a filter's name"));
  EXPECT_THAT(refusal("{{ 'abc }}"), HasSubstr("never closed by its quote"));
  EXPECT_THAT(refusal("{{ 1.5 }}"), HasSubstr("numbers are whole"));
  EXPECT_THAT(refusal("{{ 99999999999999999999 }}"), HasSubstr("too large"));
  EXPECT_THAT(refusal("{{ a ? b }}"), HasSubstr("means nothing here"));
  EXPECT_THAT(refusal("{{ products[x] }}"), HasSubstr("an index is a number"));
  EXPECT_THAT(refusal("{% assign = 1 %}"), HasSubstr("the name to assign to"));
  EXPECT_THAT(refusal("{% render card %}"), HasSubstr("in quotes"));
  EXPECT_THAT(refusal("{% for p of products %}"), HasSubstr("expected 'in'"));
  EXPECT_THAT(refusal("{% for p in products sorted %}{% endfor %}"), HasSubstr("not 'sorted'"));
  EXPECT_THAT(refusal("{% %}"), HasSubstr("a tag's name"));
}

TEST(Refusal, OfDeepNesting) {
  std::string deep;
  for (int i = 0; i < 200; ++i) deep += "{% if on_sale %}";
  EXPECT_THAT(refusal(deep), HasSubstr("nested too deep"));
  std::string condition = "{% if on_sale";
  for (int i = 0; i < 200; ++i) condition += " and on_sale";
  EXPECT_THAT(refusal(condition + " %}{% endif %}"), HasSubstr("too long"));
  EXPECT_THAT(refusal("{% render 'a' %}", {{"a.html", "{% render 'a' %}"}}),
              HasSubstr("does one render itself?"));
  EXPECT_THAT(refusal("{% layout 'a' %}", {{"a.html", "{% layout 'a' %}"}}),
              HasSubstr("does one render itself?"));
  EXPECT_THAT(refusal("{% layout 'l' %}{% block a %}{% block a %}{% endblock %}{% endblock %}",
                      {{"l.html", "{% block a %}{% endblock %}"}}),
              HasSubstr("too deep"));
}

// Ten partials that each render the next ten times are ten thousand million pieces.
TEST(Refusal, OfExplodingPartials) {
  test::Files files;
  for (int level = 0; level < 10; ++level) {
    std::string body;
    for (int i = 0; i < 10; ++i) body += "{% render 'p" + std::to_string(level + 1) + "' %}";
    files.emplace_back("p" + std::to_string(level) + ".html", body);
  }
  files.emplace_back("p10.html", "x");
  EXPECT_THAT(refusal("{% render 'p0' %}", files), HasSubstr("too large"));
}

TEST(Refusal, OfMisplacedLayoutsAndBlocks) {
  const test::Files files = {{"l.html", "{% block a %}{% endblock %}"}};
  EXPECT_THAT(refusal("x{% layout 'l' %}", files), HasSubstr("comes first"));
  EXPECT_THAT(refusal("{% layout 'l' %}{% layout 'l' %}", files), HasSubstr("stands once"));
  EXPECT_THAT(refusal("{% if on_sale %}{% layout 'l' %}{% endif %}", files),
              HasSubstr("outside of other tags"));
  EXPECT_THAT(refusal("{% layout 'l' %}x", files), HasSubstr("content stands in blocks"));
  EXPECT_THAT(refusal("{% render 'l' %}", files), HasSubstr("not in a partial"));
  EXPECT_THAT(refusal("{% render 'm' %}", {{"l.html", ""}, {"m.html", "{% layout 'l' %}"}}),
              HasSubstr("a partial has no layout"));
}

TEST(Refusal, OfATemplateThatIsNotThere) {
  Sources sources;
  sources.add("cart.html", "");
  Engine engine(std::move(sources), test::catalogue());
  try {
    (void)engine.page<test::ShopView>("card.html");
    FAIL() << "a page was made of nothing";
  } catch (const TemplateError& error) {
    EXPECT_STREQ(error.what(),
                 "card.html: there is no template of this name; did you mean 'cart.html'?");
  }
}

// No text, however mangled, may do anything but compile or be refused.
TEST(Refusal, NeverCrashes) {
  const std::string whole =
      "{% layout 'l' %}{% assign a = title | append: 'x' %}{% block a %}<p class=\"{{ a }}\">{% "
      "for p in products "
      "limit: 2 %}{{ p.name | truncate: 3, '' }}{% else %}none{% endfor %}{% case title %}{% when "
      "'a' %}1{% endcase %}"
      "<a href=\"/p/{{ title }}?q={{ 'cart.items' | t: count: count }}\">x</a></p>{% endblock %}";
  const test::Files files = {{"l.html", "<div>{% block a %}{% endblock %}</div>"}};
  EXPECT_EQ(refusal(whole, files), "");
  for (std::size_t cut = 0; cut < whole.size(); ++cut) {
    (void)refusal(whole.substr(0, cut), files);
    (void)refusal(whole.substr(cut), files);
    for (const char c : {'{', '%', '"', '<', '}', '\'', '|', '.', '\0'}) {
      auto changed = whole;
      changed[cut] = c;
      (void)refusal(changed, files);
    }
  }
}

}  // namespace osier::html
