// What may stand in a page as it is, and making everything else harmless.
//
// Html is trusted markup, std::string is text and gets escaped. There is no way from the one to the
// other but the named functions here, so every trusted piece can be found by searching for
// `Html::trusted`.

#pragma once

#include <string>
#include <string_view>
#include <utility>

namespace osier::html {

// Markup that is printed as it is.
class Html {
 public:
  Html() = default;

  // `markup` is ours or was made by a sanitizer. Never call this with anything a person typed.
  static Html trusted(std::string markup) { return Html(std::move(markup)); }
  // Text, escaped.
  static Html text(std::string_view text);

  const std::string& str() const { return markup_; }
  bool empty() const { return markup_.empty(); }

  Html& operator+=(const Html& other) {
    markup_ += other.markup_;
    return *this;
  }
  friend bool operator==(const Html&, const Html&) = default;

 private:
  explicit Html(std::string markup) : markup_(std::move(markup)) {}

  std::string markup_;
};

// A JSON text that is safe inside a <script type="application/ld+json"> block: it holds no '<', '>'
// or '&'.
class Json {
 public:
  Json() = default;

  // `json` is valid JSON. Characters that could end the script block can only stand in its strings,
  // and are written as
  // \u escapes there.
  static Json from(std::string_view json);

  const std::string& str() const { return json_; }
  bool empty() const { return json_.empty(); }

 private:
  std::string json_;
};

// & < > " ' become character references: for text and for quoted attribute values.
std::string escape(std::string_view text);
void append_escaped(std::string& out, std::string_view text);

// Whether an address may be followed: relative, or http, https, mailto, tel or sms. Control
// characters and spaces before or within the scheme are refused, since browsers drop them.
bool is_safe_url(std::string_view url);

// The address itself, percent-encoded where it holds characters no address may hold, or "#" if it
// is not safe; then escaped for an attribute.
void append_url(std::string& out, std::string_view url);

// Percent-encodes all but letters, digits and "-._~" (RFC 3986 section 2.3): for one value within a
// query.
std::string url_encode(std::string_view text);

}  // namespace osier::html
