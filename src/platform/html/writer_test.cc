#include "platform/html/writer.h"

#include <gtest/gtest.h>

namespace osier::html {

TEST(Writer, MakesXml) {
  Writer writer(Markup::xml);
  writer.open("urlset", {{"xmlns", "http://www.sitemaps.org/schemas/sitemap/0.9"}});
  writer.open("url").element("loc", "https://a.example/?a=1&b=<2>").close();
  writer.empty("xhtml:link", {{"rel", "alternate"}, {"href", "https://a.example/?a=\"x\"&b"}});
  writer.element("n", std::string_view("a\x01\0b\n", 5)).close();
  EXPECT_EQ(writer.finish(),
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
            "<urlset xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\">"
            "<url><loc>https://a.example/?a=1&amp;b=&lt;2&gt;</loc></url>"
            "<xhtml:link rel=\"alternate\" href=\"https://a.example/?a=&quot;x&quot;&amp;b\"/>"
            "<n>ab\n</n></urlset>");
}

TEST(Writer, MakesHtml) {
  Writer writer(Markup::html);
  writer.open("td", {{"class", "a\"b"}})
      .text("<b>")
      .raw(Html::trusted("<i>x</i>"))
      .number(-3)
      .close();
  writer.element("a", "x", {{"href", "javascript:alert(1)"}}).empty("br");
  EXPECT_EQ(writer.finish_html().str(),
            "<td class=\"a&quot;b\">&lt;b&gt;<i>x</i>-3</td><a href=\"#\">x</a><br>");
}

TEST(WriterDeathTest, StopsAtBrokenPromises) {
  EXPECT_DEATH(Writer(Markup::html).close(), "only an open element is closed");
  EXPECT_DEATH((void)Writer(Markup::html).open("p").finish(), "no open element");
  EXPECT_DEATH(JsonWriter().key("a"), "keys stand in objects");
  EXPECT_DEATH((void)JsonWriter().begin_array().finish(), "no open bracket");
}

TEST(JsonWriter, MakesDataThatCannotEndItsBlock) {
  JsonWriter writer;
  writer.begin_object().member("@type", "Product").member("name", "</script><!-- & \"q\" \\ \n");
  writer.member("in_stock", true).member("count", 3);
  writer.key("offers")
      .begin_array()
      .begin_object()
      .member("price", std::string("12.30"))
      .end_object();
  writer.value("x").null().end_array();
  EXPECT_EQ(writer.end_object().finish().str(),
            "{\"@type\":\"Product\",\"name\":\"\\u003c/script\\u003e\\u003c!-- \\u0026 \\\"q\\\" "
            "\\\\ \\u000a\","
            "\"in_stock\":true,\"count\":3,\"offers\":[{\"price\":\"12.30\"},\"x\",null]}");
}

TEST(Html, IsMadeFromTextByEscaping) {
  EXPECT_EQ(Html::text("<b>&").str(), "&lt;b&gt;&amp;");
  EXPECT_EQ(escape("a'\"b"), "a&#39;&quot;b");
  EXPECT_EQ(url_encode("a/b c"), "a%2Fb%20c");
  EXPECT_TRUE(is_safe_url("/a:b"));
  EXPECT_FALSE(is_safe_url("javascript:x"));
}

}  // namespace osier::html
