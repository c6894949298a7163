#include "platform/html/markup.h"

#include <algorithm>
#include <array>

namespace osier::html {

static bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f';
}
static bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
static char lower(char c) { return static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c); }

template <std::size_t N>
static bool is_one_of(std::string_view name, const std::array<std::string_view, N>& names) {
  return std::ranges::find(names, name) != names.end();
}

static bool is_void(std::string_view name) {
  constexpr std::array<std::string_view, 13> names = {"area",   "base",  "br",    "col",  "embed",
                                                      "hr",     "img",   "input", "link", "meta",
                                                      "source", "track", "wbr"};
  return is_one_of(name, names);
}

// Elements whose content is not markup to a browser.
static bool is_raw(std::string_view name) {
  constexpr std::array<std::string_view, 9> names = {
      "script", "style", "title", "textarea", "xmp", "iframe", "noembed", "noframes", "plaintext"};
  return is_one_of(name, names);
}

static bool is_address(std::string_view name) {
  constexpr std::array<std::string_view, 19> names = {
      "href",    "src",      "action",     "formaction", "poster", "cite", "data",
      "ping",    "manifest", "background", "longdesc",   "usemap", "icon", "codebase",
      "classid", "archive",  "profile",    "xlink:href", "itemid"};
  if (is_one_of(name, names)) return true;
  return name.ends_with("src") || name.ends_with("href") || name.ends_with("url") ||
         name.ends_with("uri");
}

void PageState::feed(std::string_view text, Spot spot, std::string& out) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    spot_ = {spot.source, spot.at + i};
    const char c = text[i];
    const auto rest = text.substr(i);
    const auto before = out.size();
    switch (where_) {
      case Where::text:
        this->text(c, rest, out);
        continue;
      case Where::raw:
        in_raw(rest, out);
        break;
      case Where::comment:
        if (rest.starts_with("--!>")) fail(spot_, "a comment ends with '-->'");
        if (rest.starts_with("-->")) {
          where_ = Where::text;
          out += "-->";
          i += 2;
          continue;
        }
        break;
      case Where::declaration:
        if (c == '>') where_ = Where::text;
        break;
      case Where::value:
        in_value(c);
        break;
      default:
        in_tag(c);
        if (is_space(c)) {  // Any white space between attributes is one space.
          if (!out.empty() && out.back() == ' ') continue;
          out += ' ';
          continue;
        }
        break;
    }
    if (out.size() == before) out += c;
    is_after_line_break_ = false;
  }
}

void PageState::text(char c, std::string_view rest, std::string& out) {
  if (c == '<') {
    open_angle(rest);
    out += c;
    is_after_line_break_ = false;
    return;
  }
  if (!is_space(c) || keeps_space()) {
    out += c;
    is_after_line_break_ = false;
    return;
  }
  // The first of a run of white space decides for all of it.
  const bool continues = !out.empty() && is_space(out.back()) && is_after_line_break_;
  if (continues || (out.empty() && is_after_line_break_)) return;
  const auto run = rest.substr(0, rest.find_first_not_of(" \t\r\n\f"));
  if (run.find('\n') == run.npos) {
    out += c;
    return;
  }
  out += '\n';
  is_after_line_break_ = true;
}

void PageState::open_angle(std::string_view rest) {
  is_tagless_ = false;
  if (rest.starts_with("<!--")) {
    where_ = Where::comment;
    return;
  }
  if (rest.starts_with("<!")) {
    if (rest.starts_with("<![")) fail(spot_, "'<![' is not HTML");
    where_ = Where::declaration;
    return;
  }
  name_.clear();
  tag_spot_ = spot_;
  if (rest.starts_with("</") && rest.size() > 2 && is_letter(rest[2])) {
    where_ = Where::end_tag_name;
  } else if (rest.size() > 1 && is_letter(rest[1])) {
    where_ = Where::tag_name;
  } else {
    fail(spot_, "'<' starts no tag here; write &lt; for the sign, and a tag's name in one piece");
  }
}

void PageState::in_tag(char c) {
  switch (where_) {
    case Where::tag_name:
      if (!is_space(c) && c != '/' && c != '>') {
        if (c == '<') fail(spot_, "the tag before is not closed by '>'");
        name_ += lower(c);
        return;
      }
      settle(spot_);
      needs_space_ = false;
      break;
    case Where::end_tag_name:
      if (c == '/' && name_.empty()) return;
      if (is_letter(c) || (!name_.empty() && !is_space(c) && c != '>')) {
        name_ += lower(c);
        return;
      }
      where_ = Where::end_tag_rest;
      break;
    case Where::attribute_name:
    case Where::after_attribute_name:
    case Where::before_value:
      return in_attribute_name(c);
    default:
      break;
  }
  if (where_ == Where::end_tag_rest) {
    if (c == '>') return end_end_tag();
    if (!is_space(c)) fail(spot_, "an end tag has a name and nothing else");
    return;
  }
  if (c == '>') return end_start_tag();
  if (is_closing_itself_) fail(spot_, "'/' is followed by '>' and nothing else");
  if (is_space(c)) {
    needs_space_ = false;
    return;
  }
  if (c == '/') {
    is_closing_itself_ = true;
    return;
  }
  if (needs_space_) {
    fail(spot_, "a space is missing before this attribute, or a name is put together of pieces");
  }
  if (c == '"' || c == '\'' || c == '<' || c == '=') {
    fail(spot_, "an attribute's name cannot hold this character");
  }
  where_ = Where::attribute_name;
  name_.assign(1, lower(c));
}

void PageState::in_attribute_name(char c) {
  if (where_ == Where::before_value) {
    if (is_space(c)) return;
    if (c != '"' && c != '\'') {
      fail(spot_, "the value of '" + attribute_ + "' stands in quotes: " + attribute_ + "=\"...\"");
    }
    quote_ = c;
    where_ = Where::value;
    value_.clear();
    address_ = attribute_.ends_with("srcset") ? Address::set
               : is_address(attribute_)       ? Address::start
                                              : Address::none;
    return;
  }
  if (where_ == Where::attribute_name && !is_space(c) && c != '=' && c != '>' && c != '/') {
    if (c == '"' || c == '\'' || c == '<') {
      fail(spot_, "an attribute's name cannot hold this character");
    }
    name_ += lower(c);
    return;
  }
  if (where_ == Where::attribute_name) commit_attribute_name();
  if (c == '=') {
    where_ = Where::before_value;
    return;
  }
  if (is_space(c)) {
    where_ = Where::after_attribute_name;
    return;
  }
  where_ = Where::tag;
  in_tag(c);
}

void PageState::commit_attribute_name() {
  attribute_ = name_;
  if (attribute_.starts_with("on")) {
    fail(tag_spot_, "'" + attribute_ + "' is an event handler; scripts belong into modules");
  }
  if (attribute_ == "srcdoc") fail(tag_spot_, "'srcdoc' is not allowed");
  if (tag_ == "meta" && attribute_ == "http-equiv") is_refresh_ = true;
}

void PageState::in_value(char c) {
  if (c == quote_) return end_value();
  if (address_ != Address::none && address_ != Address::set) {
    address(c);
  } else if (attribute_ == "type") {
    value_ += lower(c);
  }
}

void PageState::end_value() {
  if (tag_ == "script" && attribute_ == "type") script_type_ = value_;
  where_ = Where::tag;
  needs_space_ = true;
  address_ = Address::none;
}

// A literal character of an address. Until its scheme is known, value_ collects what could become
// one.
void PageState::address(char c) {
  const bool is_settled =
      address_ == Address::path || address_ == Address::root || address_ == Address::query;
  if (c == '?' || c == '#') {
    address_ = Address::query;
  } else if (c == '/') {
    if (address_ == Address::query || address_ == Address::root) return;
    address_ = address_ == Address::start && value_.empty() ? Address::root : Address::path;
  } else if (is_settled) {
    if (address_ == Address::root) address_ = Address::path;
  } else if (c == ':') {
    constexpr std::array<std::string_view, 6> schemes = {"https", "http", "mailto",
                                                         "tel",   "sms",  "data"};
    const bool is_image = value_ != "data" || tag_ == "img" || tag_ == "source" || tag_ == "link";
    if (address_ != Address::start || !is_one_of(value_, schemes) || !is_image) {
      fail(spot_,
           "an address starts with https:, http:, mailto:, tel:, sms: or no scheme, written out");
    }
    address_ = Address::path;
  } else if (c == '&' && address_ != Address::mixed) {
    fail(spot_, "no character reference may stand before an address's scheme is clear");
  } else {
    value_ += lower(c);
  }
}

void PageState::in_raw(std::string_view rest, std::string&) {
  const auto& name = open_.back().name;
  if (rest == "<") fail(spot_, "an end tag is written in one piece");
  if (name == "script" && rest.starts_with("<!")) {
    fail(spot_, "'<!' may not stand in a script: browsers then end it elsewhere");
  }
  if (!rest.starts_with("</")) return;
  std::size_t same = 0;
  while (same < name.size() && same + 2 < rest.size() && lower(rest[same + 2]) == name[same]) {
    ++same;
  }
  if (same == name.size()) {
    where_ = Where::end_tag_name;
    name_.clear();
    tag_spot_ = spot_;
  } else if (same + 2 == rest.size()) {
    fail(spot_, "an end tag is written in one piece");
  }
}

void PageState::end_start_tag() {
  where_ = Where::text;
  is_after_line_break_ = false;
  if (is_refresh_ && content_output_.source != nullptr) {
    fail(content_output_, "no output may stand in the content of a meta with http-equiv");
  }
  const bool closes_itself = std::exchange(is_closing_itself_, false);
  if (is_void(tag_) && !is_foreign()) return;
  if (closes_itself) {
    if (is_foreign() || tag_ == "svg" || tag_ == "math") return;
    fail(tag_spot_, "<" + tag_ + "> does not close itself; write </" + tag_ + ">");
  }
  if (tag_ == "plaintext") fail(tag_spot_, "<plaintext> is not allowed");
  const bool is_in_svg = is_foreign();
  if (is_in_svg && is_raw(tag_) && tag_ != "title") {
    fail(tag_spot_,
         "<" + tag_ + "> may not stand in <svg> or <math>, where browsers read it otherwise");
  }
  if (is_raw(tag_) && !is_in_svg) where_ = Where::raw;
  open_.push_back({tag_, tag_spot_});
}

void PageState::end_end_tag() {
  where_ = Where::text;
  if (open_.empty()) fail(tag_spot_, "</" + name_ + "> closes nothing");
  if (open_.back().name != name_) {
    fail(tag_spot_, "</" + name_ + "> stands where <" + open_.back().name + "> of " +
                        place_of(open_.back().spot) + " is open");
  }
  open_.pop_back();
}

bool PageState::keeps_space() const {
  return std::ranges::any_of(open_, [](const Element& element) { return element.name == "pre"; });
}

bool PageState::is_foreign() const {
  return std::ranges::any_of(open_, [](const Element& element) {
    return element.name == "svg" || element.name == "math";
  });
}

}  // namespace osier::html
