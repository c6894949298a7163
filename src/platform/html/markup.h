// Follows the HTML of a template, to know at each {{ output }} which escaping is safe there.
//
// The model is that of the HTML standard's tokenizer, cut down to what we allow: a template in
// which browsers and we could disagree about where we are is refused. Attribute values are quoted,
// tags are in balance, a tag's name and an attribute's name are written in one piece, event
// handlers do not exist, scripts and styles hold no output. A state is a value: branches of an `if`
// each go on from a copy, and must meet again.

#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "platform/html/diagnostics.h"
#include "platform/html/places.h"
#include "platform/html/view.h"

namespace osier::html {

// What an output prints; `is_tagless` for captured markup that holds text only.
struct Printed {
  Kind kind = Kind::text;
  bool is_tagless = false;
};

class PageState {
 public:
  // Reads template text that starts at `spot`, and appends it to `out` as it shall be sent: white
  // space with a line break becomes one line break where that shows no difference. Throws
  // TemplateError.
  void feed(std::string_view text, Spot spot, std::string& out);

  // Something that is not text follows: what was begun must be complete.
  void settle(Spot spot);

  // How a value is escaped that stands here. Throws TemplateError if it may not stand here.
  Escaping output(Printed printed, Spot spot);

  // Joins the state in which another branch ended. False if a browser would be somewhere else.
  [[nodiscard]] bool join(const PageState& other);
  // Whether a loop's body may start from here again: like join, and addresses have come equally
  // far.
  [[nodiscard]] bool is_same_place(const PageState& other) const;
  // A loop's body starts: what was sent just before is not known any more.
  void forget_line_break() { is_after_line_break_ = false; }

  // In text, with all elements closed; if not, says why.
  void expect_complete(Spot spot, const std::string& what) const;
  // Whether nothing but text and text outputs were seen.
  bool is_tagless() const { return is_tagless_; }
  // "in <p>", "in the attribute 'class' of <p>".
  std::string describe() const;

 private:
  enum class Where {
    text,
    tag_name,
    end_tag_name,
    end_tag_rest,
    tag,  // Between attributes.
    attribute_name,
    after_attribute_name,
    before_value,
    value,
    comment,
    declaration,
    raw,  // Up to the element's end tag: script, style, title, textarea.
  };
  // How far the address in an attribute has come.
  enum class Address { none, start, open, path, root, query, mixed, set };
  struct Element {
    std::string name;
    Spot spot;
  };

  void text(char c, std::string_view rest, std::string& out);
  void open_angle(std::string_view rest);
  void in_tag(char c);
  void in_attribute_name(char c);
  void in_value(char c);
  void in_raw(std::string_view rest, std::string& out);
  void commit_attribute_name();
  void end_start_tag();
  void end_end_tag();
  void end_value();
  void address(char c);
  bool keeps_space() const;
  bool is_foreign() const;
  Escaping value_output(Printed printed, Spot spot);
  Escaping address_output(Spot spot);

  Where where_ = Where::text;
  Spot spot_;  // Of the character being read.
  std::vector<Element> open_;
  std::string name_;  // Of the tag or attribute being read.
  std::string tag_;   // Whose attributes are read.
  Spot tag_spot_;
  std::string attribute_;
  std::string value_;  // Its literal part, where it matters: a script's type, an address's scheme.
  char quote_ = '"';
  Address address_ = Address::none;
  std::string script_type_;
  Spot content_output_;       // An output in a meta's content.
  bool is_refresh_ = false;   // The meta has http-equiv.
  bool needs_space_ = false;  // Before the next attribute.
  bool is_closing_itself_ = false;
  bool is_after_line_break_ = false;
  bool is_tagless_ = true;
};

}  // namespace osier::html
