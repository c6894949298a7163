// Typed writers for what no theme changes: sitemaps, feeds, JSON-LD, charts.
//
//   html::Writer writer(html::Markup::xml);
//   writer.open("urlset", {{"xmlns", "http://www.sitemaps.org/schemas/sitemap/0.9"}});
//   writer.open("url");
//   writer.element("loc", url);
//   writer.close().close();
//   return writer.finish();
//
// Names of elements, attributes and members are literals of our code; all values are escaped.
// Closing more than was opened, or finishing with something open, is a bug.

#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "platform/html/html.h"

namespace osier::html {

enum class Markup { html, xml };

struct Attribute {
  std::string_view name;
  std::string_view value;
};
using Attributes = std::initializer_list<Attribute>;

class Writer {
 public:
  // XML starts with its declaration.
  explicit Writer(Markup markup);

  Writer& open(std::string_view name, Attributes attributes = {});
  Writer& text(std::string_view text);
  Writer& number(std::int64_t number);
  // Markup as it is. In XML, only what an XML Writer made.
  Writer& raw(const Html& markup);
  // The innermost open element.
  Writer& close();

  // An element with text and nothing else; one without content.
  Writer& element(std::string_view name, std::string_view text, Attributes attributes = {});
  Writer& empty(std::string_view name, Attributes attributes = {});

  std::size_t size() const { return out_.size(); }
  // What was written; the writer is empty afterwards.
  std::string finish();
  Html finish_html() { return Html::trusted(finish()); }

 private:
  void start_tag(std::string_view name, Attributes attributes);

  Markup markup_;
  std::string out_;
  std::vector<std::string_view> open_;
};

// JSON for a <script type="application/ld+json"> block: strings are escaped so that nothing in them
// can end the block.
//
//   html::JsonWriter writer;
//   writer.begin_object().member("@context", "https://schema.org").member("@type", "Product");
//   writer.key("offers").begin_object().member("price", "12.30").end_object();
//   view.structured_data = writer.end_object().finish();
class JsonWriter {
 public:
  JsonWriter& begin_object();
  JsonWriter& end_object();
  JsonWriter& begin_array();
  JsonWriter& end_array();

  JsonWriter& key(std::string_view key);
  JsonWriter& value(std::string_view text);
  JsonWriter& value(const char* text) { return value(std::string_view(text)); }
  JsonWriter& value(std::int64_t number);
  JsonWriter& value(int number) { return value(static_cast<std::int64_t>(number)); }
  JsonWriter& value(bool truth);
  JsonWriter& null();

  template <class T>
  JsonWriter& member(std::string_view name, const T& content) {
    return key(name).value(content);
  }

  // The writer is empty afterwards.
  Json finish();

 private:
  void comma();
  void string(std::string_view text);

  std::string out_;
  std::string open_;  // '{' or '[' of each open bracket.
  bool needs_comma_ = false;
};

}  // namespace osier::html
