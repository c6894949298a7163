// Where in the HTML an output stands and whether two branches meet: the second half of PageState.

#include <algorithm>
#include <array>

#include "platform/html/markup.h"

namespace osier::html {

void PageState::settle(Spot spot) {
  switch (where_) {
    case Where::tag_name:
      tag_ = name_;
      where_ = Where::tag;
      needs_space_ = true;  // What follows may not go on with the name.
      is_closing_itself_ = false;
      is_refresh_ = false;
      content_output_ = {};
      script_type_.clear();
      return;
    case Where::attribute_name:
      commit_attribute_name();
      where_ = Where::tag;
      needs_space_ = true;
      return;
    case Where::after_attribute_name:
      where_ = Where::tag;
      return;
    case Where::end_tag_name:
    case Where::end_tag_rest:
      fail(spot, "an end tag is written in one piece");
    case Where::before_value:
      fail(spot,
           "the value of '" + attribute_ + "' stands in quotes: " + attribute_ + "=\"{{ ... }}\"");
    case Where::tag:
      if (is_closing_itself_) fail(spot, "'/' is followed by '>' and nothing else");
      return;
    case Where::comment:
      fail(spot, "no tag or output may stand in an HTML comment; use {% comment %}");
    case Where::declaration:
      fail(spot, "no tag or output may stand in <!...>");
    case Where::text:
    case Where::value:
    case Where::raw:
      return;
  }
}

Escaping PageState::output(Printed printed, Spot spot) {
  if (where_ == Where::tag_name) {
    fail(spot, "output may not be part of a tag's name");
  }
  settle(spot);
  is_after_line_break_ = false;
  switch (where_) {
    case Where::text:
      break;
    case Where::raw: {
      const auto& element = open_.back().name;
      if (element == "title" || element == "textarea") {
        if (printed.kind == Kind::html && !printed.is_tagless) {
          fail(spot, "markup cannot stand in <" + element + ">");
        }
        break;
      }
      const bool holds_json =
          script_type_ == "application/ld+json" || script_type_ == "application/json";
      if (element == "script" && holds_json && printed.kind == Kind::json) return Escaping::none;
      if (element == "script" && holds_json) {
        fail(spot, "a data block takes only values of type json, made by the shop");
      }
      fail(spot, "output may not stand in <" + element +
                     ">: no escaping is safe there; use an attribute such as data-...");
    }
    case Where::value:
      return value_output(printed, spot);
    default:
      fail(spot, "output in a tag stands in the quotes of an attribute's value");
  }
  if (printed.kind == Kind::json)
    fail(spot, "json only stands in <script type=\"application/ld+json\">");
  if (printed.kind == Kind::html) {
    if (!printed.is_tagless) is_tagless_ = false;
    return Escaping::none;
  }
  return Escaping::text;
}

Escaping PageState::value_output(Printed printed, Spot spot) {
  if (printed.kind == Kind::json) fail(spot, "json cannot stand in an attribute");
  if (printed.kind == Kind::html && (!printed.is_tagless || address_ != Address::none)) {
    fail(spot, "markup cannot stand in an attribute; only text can");
  }
  if (attribute_ == "style") {
    fail(spot, "output may not stand in 'style': no escaping is safe there; use classes");
  }
  if (tag_ == "script" && attribute_ == "type") fail(spot, "a script's type is written out");
  constexpr std::array<std::string_view, 4> animations = {"animate", "set", "animatemotion",
                                                          "animatetransform"};
  if (std::ranges::find(animations, tag_) != animations.end()) {
    fail(spot, "output may not stand in <" + tag_ + ">, which can change other attributes");
  }
  if (attribute_ == "http-equiv") fail(spot, "'http-equiv' is written out");
  if (tag_ == "meta" && attribute_ == "content") content_output_ = spot;
  if (address_ != Address::none) return address_output(spot);
  return printed.kind == Kind::html ? Escaping::markup_attribute : Escaping::text;
}

Escaping PageState::address_output(Spot spot) {
  switch (address_) {
    case Address::start:
      address_ = Address::open;
      return value_.empty() ? Escaping::url : Escaping::url_open;
    case Address::open:
      return Escaping::url_open;
    case Address::root:
      return Escaping::url_root;
    case Address::path:
      return Escaping::url_path;
    case Address::query:
      return Escaping::url_query;
    case Address::set:
      return Escaping::srcset;
    case Address::mixed:
    case Address::none:
      break;
  }
  fail(spot, "the branches before leave open which part of the address this is; write it in each");
}

bool PageState::is_same_place(const PageState& other) const {
  const auto same_element = [](const Element& left, const Element& right) {
    return left.name == right.name;
  };
  if (where_ != other.where_ || !std::ranges::equal(open_, other.open_, same_element)) return false;
  if (where_ == Where::tag || where_ == Where::value) {
    if (tag_ != other.tag_ || script_type_ != other.script_type_) return false;
    if (is_closing_itself_ != other.is_closing_itself_) return false;
  }
  if (where_ == Where::value) {
    if (tag_ == "script" && attribute_ == "type" && value_ != other.value_) return false;
    return attribute_ == other.attribute_ && quote_ == other.quote_ && address_ == other.address_;
  }
  return where_ != Where::raw || script_type_ == other.script_type_;
}

bool PageState::join(const PageState& other) {
  auto like_other = *this;
  like_other.address_ = other.address_;
  if (!like_other.is_same_place(other)) return false;
  const bool is_clear =
      address_ == other.address_ && (value_ == other.value_ || address_ == Address::path ||
                                     address_ == Address::query || address_ == Address::set);
  if (where_ == Where::value && address_ != Address::none && !is_clear) address_ = Address::mixed;
  needs_space_ |= other.needs_space_;
  is_refresh_ |= other.is_refresh_;
  if (content_output_.source == nullptr) content_output_ = other.content_output_;
  is_after_line_break_ &= other.is_after_line_break_;
  is_tagless_ &= other.is_tagless_;
  return true;
}

void PageState::expect_complete(Spot spot, const std::string& what) const {
  if (where_ != Where::text && where_ != Where::raw) {
    fail(spot, what + " ends " + describe());
  }
  if (!open_.empty()) {
    fail(open_.back().spot, "<" + open_.back().name + "> is not closed where " + what + " ends");
  }
}

std::string PageState::describe() const {
  const auto within = open_.empty() ? std::string("in the text") : "in <" + open_.back().name + ">";
  switch (where_) {
    case Where::value:
      return "in the attribute '" + attribute_ + "' of <" + tag_ + ">";
    case Where::comment:
      return "in a comment";
    case Where::text:
    case Where::raw:
      return within;
    default:
      return "within the tag <" + (where_ == Where::tag_name ? name_ : tag_) + ">";
  }
}

}  // namespace osier::html
