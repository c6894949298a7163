// Each place of a page and what a hostile value becomes there.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "platform/html/test_page.h"

namespace osier::html {

using test::render;
using test::ShopView;

static std::string with(const std::string& value, const std::string& page) {
  auto view = test::shop_view();
  view.evil = value;
  return render(page, view);
}

TEST(Escaping, OfTextAndQuotedAttributes) {
  EXPECT_EQ(with("<script>alert('x')</script>&", "<p>{{ evil }}</p>"),
            "<p>&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;&amp;</p>");
  EXPECT_EQ(with("\" onclick=\"x", "<p title=\"{{ evil }}\">a</p>"),
            "<p title=\"&quot; onclick=&quot;x\">a</p>");
  EXPECT_EQ(with("' x='", "<p title='a {{ evil }} b'>a</p>"), "<p title='a &#39; x=&#39; b'>a</p>");
  EXPECT_EQ(with("</title><script>", "<title>{{ evil }}</title>"),
            "<title>&lt;/title&gt;&lt;script&gt;</title>");
  EXPECT_EQ(with("</textarea>", "<textarea>{{ evil }}</textarea>"),
            "<textarea>&lt;/textarea&gt;</textarea>");
  EXPECT_EQ(with("{{ title }}{% if %}", "{{ evil }}"), "{{ title }}{% if %}");
}

TEST(Escaping, OfMarkupOnlyWhereMarkupStands) {
  EXPECT_EQ(render("<div>{{ intro }}</div>"), "<div><b>Hello</b></div>");
  EXPECT_THAT(test::refusal("<p title=\"{{ intro }}\">a</p>"),
              testing::HasSubstr("markup cannot stand in an attribute"));
  EXPECT_THAT(test::refusal("<title>{{ intro }}</title>"),
              testing::HasSubstr("markup cannot stand in <title>"));
}

TEST(Escaping, OfCapturedTextInAnAttribute) {
  EXPECT_EQ(
      with("a\"<b",
           "{% capture c %}\"{{ evil }}\" & 'x'{% endcapture %}<p title=\"{{ c }}\">{{ c }}</p>"),
      "<p title=\"&quot;a&quot;&lt;b&quot; & &#39;x&#39;\">\"a&quot;&lt;b\" & 'x'</p>");
  EXPECT_THAT(test::refusal("{% capture c %}<b>x</b>{% endcapture %}<p title=\"{{ c }}\">a</p>"),
              testing::HasSubstr("markup cannot stand in an attribute"));
  EXPECT_THAT(test::refusal("{% capture c %}/x{% endcapture %}<a href=\"{{ c }}\">a</a>"),
              testing::HasSubstr("markup cannot stand in an attribute"));
}

static std::string href(const std::string& value, const std::string& before = "",
                        const std::string& after = "") {
  const auto page = with(value, "<a href=\"" + before + "{{ evil }}" + after + "\">x</a>");
  return page.substr(9, page.size() - 9 - std::string("\">x</a>").size());
}

TEST(Escaping, OfAddressesRefusesOtherSchemes) {
  for (const auto* bad : {"javascript:alert(1)", "JaVaScRiPt:alert(1)", " javascript:alert(1)",
                          "java\tscript:alert(1)", "\x01javascript:x", "java\nscript:x",
                          "vbscript:x", "data:text/html,<script>", "blob:x", "file:///etc/passwd",
                          "javascript&colon;x:y", "\xef\xbb\xbfjavascript:x", "x:y"}) {
    EXPECT_EQ(href(bad), "#") << bad;
  }
  EXPECT_EQ(href("https://a.example/p?a=1&b=2#c"), "https://a.example/p?a=1&amp;b=2#c");
  EXPECT_EQ(href("HTTP://a.example"), "HTTP://a.example");
  EXPECT_EQ(href("mailto:a@example.org"), "mailto:a@example.org");
  EXPECT_EQ(href("tel:+49123"), "tel:+49123");
  EXPECT_EQ(href("/p/mug"), "/p/mug");
  EXPECT_EQ(href("/p/a:b"), "/p/a:b");
  EXPECT_EQ(href("?q=a:b"), "?q=a:b");
  EXPECT_EQ(href(""), "");
  EXPECT_EQ(href("/a b\"'<>`\\{ä%20"), "/a%20b%22%27%3C%3E%60%5C%7B%C3%A4%20");
}

TEST(Escaping, OfPartsOfAddresses) {
  EXPECT_EQ(href("a/b?c&d'", "/p/"), "/p/a/b?c&amp;d%27");
  EXPECT_EQ(href("javascript:x", "/p/"), "/p/javascript:x");
  EXPECT_EQ(href("/evil.example", "/"), "/evil.example");
  EXPECT_EQ(href("\\\\evil.example", "/"), "/evil.example");
  EXPECT_EQ(href("a&b=c#d", "/search?q="), "/search?q=a%26b%3Dc%23d");
  EXPECT_EQ(href("a b", "#"), "#a%20b");
  EXPECT_EQ(href("script:alert(1)", "java"), "javascript%3Aalert(1)");
  EXPECT_EQ(href("x", "https://a.example/", "/y?z=1"), "https://a.example/x/y?z=1");
  EXPECT_EQ(with("script:x", "<a href=\"{{ title }}{{ evil }}\">x</a>"),
            "<a href=\"Mugsscript%3Ax\">x</a>");
  EXPECT_EQ(with("a:b", "<a href=\"{{ url }}/{{ evil }}\">x</a>"), "<a href=\"/p/mug/a:b\">x</a>");
  EXPECT_EQ(with("a&b", "<a href=\"{{ url }}?{{ evil }}\">x</a>"),
            "<a href=\"/p/mug?a%26b\">x</a>");
}

TEST(Escaping, OfAddressesInEveryAttributeThatTakesOne) {
  for (const auto* attribute : {"href", "SRC", "action", "formaction", "poster", "cite", "data",
                                "ping", "xlink:href", "data-url", "data-image-src", "longdesc"}) {
    const auto page = "<p " + std::string(attribute) + "='{{ evil }}'>x</p>";
    EXPECT_THAT(with("javascript:x", page), testing::HasSubstr("='#'")) << attribute;
  }
  EXPECT_EQ(with("javascript:x", "<p data-name=\"{{ evil }}\">x</p>"),
            "<p data-name=\"javascript:x\">x</p>");
}

TEST(Escaping, OfLiteralAddresses) {
  for (const auto* bad : {"javascript:x", "JAVASCRIPT:x", "java{{ title }}script:x",
                          "{{ title }}:x", "&#106;avascript:x", "data:text/html,x", " javascript:x",
                          "{% if on_sale %}java{% else %}x{% endif %}script:x",
                          "{% for i in (1..2) %}a{% endfor %}:x"}) {
    EXPECT_NE(test::refusal("<a href=\"" + std::string(bad) + "\">x</a>"), "") << bad;
  }
  EXPECT_EQ(test::refusal("<img alt=\"\" src=\"data:image/png;base64,AA==\">"), "");
  EXPECT_EQ(test::refusal("<a href=\"https://a.example/?a=1&amp;b=2\">x</a>"), "");
  EXPECT_EQ(
      test::refusal("<a href=\"{% if on_sale %}/a{% else %}/b{% endif %}/{{ title }}\">x</a>"), "");
  EXPECT_THAT(
      test::refusal("<a href=\"{% if on_sale %}/a?{% else %}/b{% endif %}{{ title }}\">x</a>"),
      testing::HasSubstr("which part of the address"));
  EXPECT_THAT(test::refusal("<a href=\"{% for t in tags %}{{ t }}?{% endfor %}\">x</a>"),
              testing::HasSubstr("elsewhere in the same address"));
}

TEST(Escaping, OfSrcset) {
  EXPECT_EQ(render("<img alt=\"\" srcset=\"{{ srcset }}\">"),
            "<img alt=\"\" srcset=\"/a.webp 400w, /b.webp 800w\">");
  EXPECT_EQ(with("/a.webp 1x, javascript:x 2x", "<img alt=\"\" srcset=\"{{ evil }}\">"),
            "<img alt=\"\" srcset=\"\">");
  EXPECT_EQ(with("/a.webp,javascript:x", "<img alt=\"\" srcset=\"{{ evil }} 2x\">"),
            "<img alt=\"\" srcset=\"/a.webp,javascript:x 2x\">");  // One relative address to a
                                                                   // browser too.
  EXPECT_EQ(with("/a.webp?b=\"", "<source srcset=\"{{ evil }} 1x, {{ url }} 2x\">"),
            "<source srcset=\"/a.webp?b=&quot; 1x, /p/mug 2x\">");
}

TEST(Escaping, OfDataBlocks) {
  EXPECT_EQ(
      render("<script type=\"application/ld+json\">{{ data }}</script>"),
      "<script type=\"application/ld+json\">{\"name\": \"\\u003c/script\\u003e\\u0026\"}</script>");
  using testing::HasSubstr;
  EXPECT_THAT(test::refusal("<script type=\"application/ld+json\">{{ title }}</script>"),
              HasSubstr("takes only values of type json"));
  EXPECT_THAT(test::refusal("<p>{{ data }}</p>"), HasSubstr("json only stands in"));
  EXPECT_THAT(test::refusal("<p title=\"{{ data }}\">x</p>"), HasSubstr("json cannot stand"));
}

TEST(Escaping, IsRefusedWhereNoneIsSafe) {
  using testing::HasSubstr;
  EXPECT_THAT(test::refusal("<script>var x = '{{ title }}';</script>"),
              HasSubstr("may not stand in <script>"));
  EXPECT_THAT(test::refusal("<script type=\"module\">{{ data }}</script>"), HasSubstr("<script>"));
  EXPECT_THAT(test::refusal("<script type=\"{{ title }}\"></script>"),
              HasSubstr("type is written out"));
  EXPECT_THAT(
      test::refusal("<script type=\"{% if on_sale %}a{% else %}application/ld+json{% endif %}\">"
                    "{{ data }}</script>"),
      HasSubstr("different places"));
  EXPECT_THAT(test::refusal("<style>p { color: {{ title }} }</style>"),
              HasSubstr("may not stand in <style>"));
  EXPECT_THAT(test::refusal("<p style=\"color: {{ title }}\">x</p>"),
              HasSubstr("may not stand in 'style'"));
  EXPECT_THAT(test::refusal("<p onclick=\"f({{ title }})\">x</p>"), HasSubstr("event handler"));
  EXPECT_THAT(test::refusal("<p OnClick=\"f()\">x</p>"), HasSubstr("event handler"));
  EXPECT_THAT(test::refusal("<p class={{ title }}>x</p>"),
              HasSubstr("stands in quotes: class=\"{{ ... }}\""));
  EXPECT_THAT(test::refusal("<p class=a{{ title }}>x</p>"), HasSubstr("stands in quotes"));
  EXPECT_THAT(test::refusal("<p class=a>x</p>"), HasSubstr("stands in quotes"));
  EXPECT_THAT(test::refusal("<p {{ title }}>x</p>"),
              HasSubstr("in the quotes of an attribute's value"));
  EXPECT_THAT(test::refusal("<p {{ title }}=\"x\">x</p>"), HasSubstr("in the quotes"));
  EXPECT_THAT(test::refusal("<p data-{{ title }}=\"x\">x</p>"), HasSubstr("in the quotes"));
  EXPECT_THAT(test::refusal("<{{ title }}>x"), HasSubstr("name in one piece"));
  EXPECT_THAT(test::refusal("<h{{ count }}>x"), HasSubstr("part of a tag's name"));
  EXPECT_THAT(test::refusal("<p>x</{{ title }}>"), HasSubstr("name in one piece"));
  EXPECT_THAT(test::refusal("<p>x</p{{ title }}>"), HasSubstr("end tag is written in one piece"));
  EXPECT_THAT(test::refusal("<!-- {{ title }} -->"), HasSubstr("HTML comment"));
  EXPECT_THAT(test::refusal("<!doctype {{ title }}>"), HasSubstr("<!...>"));
  EXPECT_THAT(test::refusal("<iframe>{{ title }}</iframe>"),
              HasSubstr("may not stand in <iframe>"));
  EXPECT_THAT(test::refusal("<iframe srcdoc=\"{{ title }}\"></iframe>"), HasSubstr("srcdoc"));
  EXPECT_THAT(test::refusal("<svg><animate to=\"{{ title }}\"/></svg>"), HasSubstr("<animate>"));
  EXPECT_THAT(test::refusal("<meta content=\"0;url={{ title }}\" http-equiv=\"refresh\">"),
              HasSubstr("http-equiv"));
  EXPECT_THAT(test::refusal("<meta http-equiv=\"refresh\" content=\"0;url={{ title }}\">"),
              HasSubstr("http-equiv"));
  EXPECT_EQ(test::refusal("<meta name=\"description\" content=\"{{ title }}\">"), "");
}

TEST(Escaping, FollowsTagsPutTogetherByBranches) {
  EXPECT_EQ(render("<p{% if on_sale %} class=\"{{ title }}\"{% endif %}>x</p>"),
            "<p class=\"Mugs\">x</p>");
  EXPECT_EQ(render("<option value=\"1\"{% if missing %} selected{% endif %}>x</option>"),
            "<option value=\"1\">x</option>");
  EXPECT_EQ(render("<p class=\"a{% if on_sale %} b{% endif %}\">x</p>"), "<p class=\"a b\">x</p>");
  EXPECT_EQ(render("<p class=\"{% for t in tags %}{{ t }} {% endfor %}\">x</p>"),
            "<p class=\"blue large \">x</p>");
  using testing::HasSubstr;
  EXPECT_THAT(test::refusal("<p{% if on_sale %}x{% endif %} y>a</p>"),
              HasSubstr("space is missing"));
  EXPECT_THAT(test::refusal("<p {% if on_sale %}title=\"{% endif %}x\">a</p>"),
              HasSubstr("different places"));
  EXPECT_THAT(test::refusal("{% if on_sale %}<b>{% endif %}x"),
              HasSubstr("different places: in <b>, and in the text"));
  EXPECT_THAT(test::refusal("{% for t in tags %}<b>{% endfor %}"),
              HasSubstr("starts in the text and ends in <b>"));
  EXPECT_THAT(test::refusal("{% for t in tags %}<b>{% break %}{% endfor %}"),
              HasSubstr("ends in <b>"));
  EXPECT_THAT(test::refusal("{% capture a %}<b>{% endcapture %}"), HasSubstr("<b> is not closed"));
  EXPECT_THAT(test::refusal("{% capture a %}<b {% endcapture %}"), HasSubstr("within the tag <b>"));
  EXPECT_THAT(test::refusal("<script>a</scr{% if on_sale %}ipt>{% endif %}</script>"),
              HasSubstr("one piece"));
  EXPECT_THAT(test::refusal("<script><{% if on_sale %}/script>{% endif %}</script>"),
              HasSubstr("one piece"));
}

TEST(Escaping, RefusesWhatBrowsersReadOtherwise) {
  using testing::HasSubstr;
  EXPECT_THAT(test::refusal("<script><!-- <script> </script>{{ title }}"), HasSubstr("'<!'"));
  EXPECT_THAT(test::refusal("<!-- a --!> <b>x</b> -->"), HasSubstr("ends with '-->'"));
  EXPECT_EQ(test::refusal("<!--><p>{{ title }}</p>"), "");
  EXPECT_EQ(test::refusal("<!-- a > b --><p>{{ title }}</p>"), "");
  EXPECT_THAT(test::refusal("<svg><style>{{ title }}</style></svg>"),
              HasSubstr("<style> may not stand"));
  EXPECT_THAT(test::refusal("<svg><textarea></textarea></svg>"),
              HasSubstr("<textarea> may not stand"));
  EXPECT_EQ(test::refusal("<svg><title>{{ title }}</title><path d=\"M0 0\"/></svg>"), "");
  EXPECT_THAT(test::refusal("<plaintext>"), HasSubstr("plaintext"));
  EXPECT_THAT(test::refusal("a < b"), HasSubstr("write &lt;"));
  EXPECT_THAT(test::refusal("<p a\"b>x</p>"), HasSubstr("cannot hold"));
  EXPECT_THAT(test::refusal("<p <b>x</b></p>"), HasSubstr("cannot hold"));
}

// Whatever a value holds, the page's own tags stay as they are.
TEST(Escaping, HoldsForEveryByte) {
  const std::string page =
      "<p title=\"{{ evil }}\" data-x='{{ evil }}'>{{ evil }}</p><a href=\"{{ evil }}\" "
      "ping='/x?{{ evil }}'>x</a>";
  for (int first = 1; first < 256; ++first) {
    for (const char second : {'<', '"', '\'', '>', '&', 'a', ':', '\\'}) {
      const auto made = with({static_cast<char>(first), second, 'j', ':'}, page);
      EXPECT_EQ(std::ranges::count(made, '<'), 4) << made;
      EXPECT_EQ(std::ranges::count(made, '>'), 4) << made;
      EXPECT_EQ(std::ranges::count(made, '"'), 4) << made;
      EXPECT_EQ(std::ranges::count(made, '\''), 4) << made;
    }
  }
}

}  // namespace osier::html
