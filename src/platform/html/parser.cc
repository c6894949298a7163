#include "platform/html/parser.h"

#include <algorithm>
#include <utility>

#include "platform/html/phrases.h"

namespace osier::html {

using namespace ast;

namespace {

const std::vector<std::string_view> tag_names = {
    "if",      "elsif",   "else",       "endif", "unless",   "endunless", "case",    "when",
    "endcase", "for",     "endfor",     "break", "continue", "assign",    "capture", "endcapture",
    "render",  "comment", "endcomment", "raw",   "endraw",   "layout",    "block",   "endblock"};

std::size_t space_at_end(std::string_view text) {
  const auto last = text.find_last_not_of(" \t\r\n");
  return last == text.npos ? text.size() : text.size() - last - 1;
}

class Parser {
 public:
  explicit Parser(Template& made) : made_(made), text_(made.source.text) {}

  void run() { made_.nodes = nodes("", {}); }

 private:
  Spot spot(std::size_t at) const { return {&made_.source, at}; }

  // The nodes up to a tag that ends or divides the block `inside`; its name is then in closer_.
  Nodes nodes(std::string_view inside, Spot opened) {
    if (++depth_ > nesting_max) fail(opened, "tags are nested too deep");
    Nodes found;
    while (true) {
      read_text(found);
      if (at_ >= text_.size()) {
        if (inside.empty()) return found;
        fail(opened, "'" + std::string(inside) + "' is never closed: {% end" + std::string(inside) +
                         " %} is missing");
      }
      const auto start = at_;
      const bool is_output = text_.substr(at_, 2) == "{{";
      at_ += 2;
      if (at_ < text_.size() && text_[at_] == '-') ++at_;
      Lexer lexer(made_.source, at_, is_output ? "}}" : "%}");
      if (is_output) {
        Output output{expression_of(lexer)};
        finish(lexer);
        found.push_back({spot(start), std::move(output)});
      } else if (tag(lexer, start, found)) {
        if (inside.empty()) fail(closer_spot_, "'" + closer_ + "' closes nothing");
        --depth_;
        return found;
      }
    }
  }

  // Text up to the next braces, trimmed where tags say so.
  void read_text(Nodes& found) {
    auto end = at_;
    while (true) {
      end = std::min(text_.find('{', end), text_.size());
      if (end == text_.size() || text_.substr(end, 2) == "{{" || text_.substr(end, 2) == "{%")
        break;
      ++end;
    }
    auto text = text_.substr(at_, end - at_);
    auto from = at_;
    if (trims_) {
      const auto kept = std::min(text.find_first_not_of(" \t\r\n"), text.size());
      text.remove_prefix(kept);
      from += kept;
    }
    if (end + 2 < text_.size() && text_[end + 2] == '-') text.remove_suffix(space_at_end(text));
    at_ = end;
    trims_ = false;
    if (!text.empty()) found.push_back({spot(from), Text{std::string(text)}});
  }

  void finish(Lexer& lexer) {
    lexer.expect_end();
    at_ = lexer.after();
    trims_ = lexer.trims();
  }

  // Whether the tag was one that ends or divides the block around it.
  bool tag(Lexer& lexer, std::size_t start, Nodes& found) {
    const auto name_token = lexer.peek();
    const auto name = lexer.expect_name("a tag's name");
    const auto where = spot(start);
    const auto add = [&](auto what) { found.push_back({where, std::move(what)}); };
    if (name == "if" || name == "unless") {
      add(choice(lexer, name, where));
    } else if (name == "case") {
      add(case_of(lexer, where));
    } else if (name == "for") {
      add(loop(lexer, where));
    } else if (name == "break" || name == "continue") {
      finish(lexer);
      add(Jump{name == "break"});
    } else if (name == "assign") {
      add(assign(lexer));
    } else if (name == "capture") {
      add(capture(lexer, where));
    } else if (name == "render") {
      add(render(lexer));
    } else if (name == "block") {
      add(block(lexer, where));
    } else if (name == "layout") {
      layout(lexer, where, found);
    } else if (name == "comment" || name == "raw") {
      skip_to_end_of(lexer, name, where, found);
    } else if (std::ranges::find(tag_names, name) != tag_names.end()) {
      closer_ = name;
      closer_spot_ = name_token.spot;
      closer_lexer_ = std::make_unique<Lexer>(lexer);
      return true;
    } else {
      fail(name_token.spot, "unknown tag '" + name + "'" + did_you_mean(name, tag_names));
    }
    return false;
  }

  // Ends the tag that closed the block `opener`, which was opened at `opened`.
  void close(std::string_view opener, Spot opened) {
    if (closer_ != "end" + std::string(opener)) {
      fail(closer_spot_, "'" + closer_ + "' stands in '" + std::string(opener) + "' of " +
                             place_of(opened) + ", which ends with {% end" + std::string(opener) +
                             " %}");
    }
    finish(*closer_lexer_);
  }

  Choice choice(Lexer& lexer, const std::string& name, Spot opened) {
    Choice made;
    Branch first{.condition = condition_of(lexer), .negated = name == "unless", .body = {}};
    finish(lexer);
    first.body = nodes(name, opened);
    made.branches.push_back(std::move(first));
    while (closer_ == "elsif") {
      auto inner = *closer_lexer_;
      Branch branch{.condition = condition_of(inner), .negated = false, .body = {}};
      finish(inner);
      branch.body = nodes(name, opened);
      made.branches.push_back(std::move(branch));
    }
    read_else(name, opened, made);
    close(name, opened);
    return made;
  }

  void read_else(const std::string& name, Spot opened, Choice& made) {
    if (closer_ != "else") return;
    finish(*closer_lexer_);
    made.branches.push_back(
        {.condition = std::nullopt, .negated = false, .body = nodes(name, opened)});
  }

  Choice case_of(Lexer& lexer, Spot opened) {
    const auto subject = operand_of(lexer);
    finish(lexer);
    for (const auto& node : nodes("case", opened)) {
      const auto* text = std::get_if<Text>(&node.what);
      if (text == nullptr || space_at_end(text->text) != text->text.size()) {
        fail(node.spot, "nothing may stand between 'case' and the first 'when'");
      }
    }
    Choice made;
    while (closer_ == "when") {
      auto inner = *closer_lexer_;
      Branch branch;
      do {
        Condition is{.kind = Condition::Kind::comparison,
                     .comparison = Comparison::equal,
                     .left = subject,
                     .right = operand_of(inner),
                     .first = {},
                     .second = {}};
        if (!branch.condition) {
          branch.condition = std::move(is);
          continue;
        }
        Condition either;
        either.kind = Condition::Kind::either;
        either.first = std::make_unique<Condition>(std::move(*branch.condition));
        either.second = std::make_unique<Condition>(std::move(is));
        branch.condition = std::move(either);
      } while (inner.accept(",") || inner.accept("or"));
      finish(inner);
      branch.body = nodes("case", opened);
      made.branches.push_back(std::move(branch));
    }
    if (made.branches.empty()) fail(opened, "this 'case' has no 'when'");
    read_else("case", opened, made);
    close("case", opened);
    return made;
  }

  Loop loop(Lexer& lexer, Spot opened) {
    Loop made;
    made.name_spot = lexer.peek().spot;
    made.name = lexer.expect_name("the name of the loop's item");
    lexer.expect("in", "after the item's name");
    if (lexer.accept("(")) {
      made.list = operand_of(lexer);
      lexer.expect("..", "between the ends of the range");
      made.range_end = operand_of(lexer);
      lexer.expect(")", "after the range");
    } else {
      made.list = operand_of(lexer);
    }
    while (lexer.peek().kind == Token::Kind::name) {
      if (lexer.accept("reversed")) {
        made.reversed = true;
        continue;
      }
      const auto option = lexer.take();
      if (option.text != "limit" && option.text != "offset") {
        fail(option.spot,
             "a loop knows limit, offset and reversed, not '" + std::string(option.text) + "'");
      }
      lexer.expect(":", "after '" + std::string(option.text) + "'");
      (option.text == "limit" ? made.limit : made.offset) = operand_of(lexer);
      lexer.accept(",");
    }
    finish(lexer);
    made.body = nodes("for", opened);
    if (closer_ == "else") {
      finish(*closer_lexer_);
      made.otherwise = nodes("for", opened);
    }
    close("for", opened);
    return made;
  }

  Assign assign(Lexer& lexer) {
    Assign made;
    made.name_spot = lexer.peek().spot;
    made.name = lexer.expect_name("the name to assign to");
    lexer.expect("=", "after the name");
    made.expression = expression_of(lexer);
    finish(lexer);
    return made;
  }

  Capture capture(Lexer& lexer, Spot opened) {
    Capture made;
    made.name_spot = lexer.peek().spot;
    made.name = lexer.expect_name("the name to capture into");
    finish(lexer);
    made.body = nodes("capture", opened);
    close("capture", opened);
    return made;
  }

  std::string template_name(Lexer& lexer) {
    const auto name = lexer.take();
    if (name.kind != Token::Kind::text) fail(name.spot, "expected a template's name in quotes");
    return std::string(name.text);
  }

  Render render(Lexer& lexer) {
    Render made;
    made.name_spot = lexer.peek().spot;
    made.name = template_name(lexer);
    while (lexer.accept(",")) {
      RenderArgument argument;
      argument.spot = lexer.peek().spot;
      argument.name = lexer.expect_name("an argument's name");
      lexer.expect(":", "after the argument's name");
      argument.expression = expression_of(lexer);
      made.arguments.push_back(std::move(argument));
    }
    finish(lexer);
    return made;
  }

  Block block(Lexer& lexer, Spot opened) {
    Block made;
    made.name_spot = lexer.peek().spot;
    made.name = lexer.expect_name("the block's name");
    finish(lexer);
    made.body = nodes("block", opened);
    close("block", opened);
    return made;
  }

  void layout(Lexer& lexer, Spot where, const Nodes& before) {
    if (depth_ != 1 || !made_.layout.empty()) {
      fail(where, "'layout' stands once, and outside of other tags");
    }
    for (const auto& node : before) {
      const auto* text = std::get_if<Text>(&node.what);
      if (text == nullptr || space_at_end(text->text) != text->text.size()) {
        fail(where, "'layout' comes first in its template");
      }
    }
    made_.layout_spot = lexer.peek().spot;
    made_.layout = template_name(lexer);
    finish(lexer);
  }

  // comment and raw: everything up to the matching end tag is not read.
  void skip_to_end_of(Lexer& lexer, const std::string& name, Spot opened, Nodes& found) {
    finish(lexer);
    const auto from = at_;
    auto tag_at = from;
    while (true) {
      tag_at = text_.find("{%", tag_at);
      if (tag_at == text_.npos) fail(opened, "'" + name + "' is never closed");
      auto after = tag_at + 2;
      if (after < text_.size() && text_[after] == '-') ++after;
      after = std::min(text_.find_first_not_of(" \t\r\n", after), text_.size());
      if (text_.substr(after).starts_with("end" + name)) {
        Lexer end(made_.source, after, "%}");
        if (end.take().text == "end" + name) {
          auto text = text_.substr(from, tag_at - from);
          if (text_[tag_at + 2] == '-') text.remove_suffix(space_at_end(text));
          if (name == "raw" && !text.empty()) {
            found.push_back({spot(from), Text{std::string(text)}});
          }
          return finish(end);
        }
      }
      tag_at += 2;
    }
  }

  Template& made_;
  std::string_view text_;
  std::size_t at_ = 0;
  bool trims_ = false;  // The tag before ended with "-%}".
  int depth_ = 0;
  std::string closer_;
  Spot closer_spot_;
  std::unique_ptr<Lexer> closer_lexer_;
};

}  // namespace

std::unique_ptr<Template> parse_template(std::string name, std::string text) {
  auto made = std::make_unique<Template>();
  made->source = {std::move(name), std::move(text)};
  Parser(*made).run();
  return made;
}

}  // namespace osier::html
