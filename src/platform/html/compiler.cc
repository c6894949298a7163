#include "platform/html/compiler.h"

#include <algorithm>
#include <utility>

#include "platform/html/markup.h"
#include "platform/html/scope.h"

namespace osier::html {

using Op = Instruction::Op;

namespace {

class Compiler {
 public:
  Compiler(const Templates& templates, const locale::Catalogue& catalogue, Limits limits,
           const Shape& root, std::string_view extension)
      : templates_(templates), extension_(extension), is_html_(extension == ".html") {
    program_.root = &root;
    program_.catalogue = &catalogue;
    program_.limits = limits;
    scope_.root = &root;
  }

  void run(const ast::Template& page) {
    page_template(page);
    const Spot end{&page.source, page.source.text.size()};
    if (is_html_) state_.expect_complete(end, "the page");
  }
  std::shared_ptr<Program> finish() { return std::move(made_); }

 private:
  // What a page or a layout between sends into the blocks of the layout around it. A layout's own
  // block body is used where nobody below gave one.
  void page_template(const ast::Template& page) {
    if (page.layout.empty()) {
      nodes(page.nodes);
      return;
    }
    const auto& layout = resolve(page.layout, page.layout_spot);
    for (const auto& node : page.nodes) {
      if (const auto* block = std::get_if<ast::Block>(&node.what)) {
        const auto known = block_names(templates_, layout, program_.limits.render_depth);
        if (std::ranges::find(known, block->name) == known.end()) {
          fail(block->name_spot, "the layout '" + layout.source.name + "' has no block '" +
                                     block->name + "'" + did_you_mean(block->name, known));
        }
        blocks_.emplace(block->name, block);
        continue;
      }
      const auto* text = std::get_if<ast::Text>(&node.what);
      if (text != nullptr && text->text.find_first_not_of(" \t\r\n") == std::string::npos) continue;
      const bool is_silent = std::holds_alternative<ast::Assign>(node.what) ||
                             std::holds_alternative<ast::Capture>(node.what);
      if (!is_silent) fail(node.spot, "in a template with a layout, content stands in blocks");
      this->node(node);
    }
    within(page.layout_spot, [&] { page_template(layout); });
  }

  const ast::Template& resolve(const std::string& name, Spot spot) const {
    return resolve_template(templates_, name, extension_, spot);
  }

  // Compiles another template that `spot` calls for.
  template <class Work>
  void within(Spot spot, const Work& work) {
    if (++depth_ > program_.limits.render_depth) {
      fail(spot, "templates stand in each other deeper than " +
                     std::to_string(program_.limits.render_depth) + "; does one render itself?");
    }
    try {
      work();
    } catch (const TemplateError& error) {
      throw with_trail(error, spot);
    }
    --depth_;
  }

  // Whether what follows can be reached: not after break and continue.
  bool nodes(const ast::Nodes& list) {
    bool goes_on = true;
    for (const auto& each : list) {
      if (!goes_on) {
        const auto* text = std::get_if<ast::Text>(&each.what);
        if (text == nullptr || text->text.find_first_not_of(" \t\r\n") != std::string::npos) {
          fail(each.spot, "this is never reached");
        }
        continue;
      }
      goes_on = node(each);
    }
    return goes_on;
  }

  bool node(const ast::Node& node) {
    if (program_.code.size() > program_.limits.program_steps) {
      fail(node.spot, "the page with all its partials is too large");
    }
    spot_ = node.spot;
    return std::visit([&](const auto& what) { return compile(what); }, node.what);
  }

  std::uint32_t emit(Op op, std::uint32_t a = 0, std::uint32_t b = 0) {
    program_.code.push_back(
        {.op = op, .escaping = Escaping::none, .kind = Kind::nothing, .a = a, .b = b});
    return here() - 1;
  }
  std::uint32_t here() const { return static_cast<std::uint32_t>(program_.code.size()); }
  // A place that jumps lead to: text after it is an instruction of its own.
  std::uint32_t label() {
    barrier_ = here();
    return barrier_;
  }
  void land(std::uint32_t jump) { program_.code[jump].b = label(); }

  std::uint32_t add(Evaluation evaluation) {
    program_.evaluations.push_back(std::move(evaluation));
    return static_cast<std::uint32_t>(program_.evaluations.size() - 1);
  }

  void settle() {
    if (is_html_) state_.settle(spot_);
  }

  bool compile(const ast::Text& text) {
    const auto from = static_cast<std::uint32_t>(program_.literals.size());
    if (is_html_) {
      std::string sent;
      state_.feed(text.text, spot_, sent);
      program_.literals += sent;
    } else {
      program_.literals += text.text;
    }
    const auto to = static_cast<std::uint32_t>(program_.literals.size());
    if (from == to) return true;
    const bool joins = !program_.code.empty() && barrier_ != here() &&
                       program_.code.back().op == Op::text && program_.code.back().b == from;
    if (joins) {
      program_.code.back().b = to;
    } else {
      emit(Op::text, from, to);
    }
    return true;
  }

  bool compile(const ast::Output& output) {
    auto made = make_evaluation(output.expression, scope_, program_);
    const auto kind = made.type.kind;
    if (kind == Kind::record || kind == Kind::list) {
      fail(output.expression.base.spot, std::string(name_of(kind)) + " cannot be printed");
    }
    auto escaping = Escaping::none;
    if (is_html_) {
      const Spot opened = spot_;
      escaping = state_.output({.kind = kind, .is_tagless = made.type.is_tagless}, opened);
    } else if (kind == Kind::html || kind == Kind::json) {
      fail(spot_, std::string(name_of(kind)) + " cannot be printed in a plain-text template");
    }
    program_.code[emit(Op::print, add(std::move(made.evaluation)))].escaping = escaping;
    return true;
  }

  void join(PageState& state, const PageState& other, Spot spot) const {
    if (is_html_ && !state.join(other)) {
      fail(spot, "the branches of this tag end at different places: " + state.describe() +
                     ", and " + other.describe());
    }
  }

  bool compile(const ast::Choice& choice) {
    settle();
    const auto opened = spot_;
    const auto before = state_;
    std::optional<PageState> after;
    const auto arrive = [&](const PageState& state) {
      if (!after) {
        after = state;
      } else {
        join(*after, state, opened);
      }
    };
    std::vector<std::uint32_t> ends;
    bool has_else = false;
    for (const auto& branch : choice.branches) {
      state_ = before;
      std::optional<std::uint32_t> skip;
      if (branch.condition) {
        const auto test = make_test(*branch.condition, scope_, program_);
        skip = emit(Op::unless, test);
        if (branch.negated) {
          const auto over = emit(Op::jump);
          land(*skip);
          skip = over;
        }
      } else {
        has_else = true;
      }
      if (nodes(branch.body)) {
        settle();
        arrive(state_);
        if (&branch != &choice.branches.back()) ends.push_back(emit(Op::jump));
      }
      if (skip) land(*skip);
    }
    if (!has_else) arrive(before);
    for (const auto end : ends) land(end);
    if (after) state_ = *after;
    return after.has_value();
  }

  struct OpenLoop {
    PageState start;
    std::size_t captures = 0;
    std::vector<std::uint32_t> leaves;
    std::vector<std::uint32_t> continues;
  };

  Reader number_operand(const ast::Operand& operand, const char* what) {
    auto typed = read_operand(operand, scope_, program_);
    if (typed.type.kind != Kind::integer) {
      fail(operand.spot,
           std::string(what) + " is a number, not " + std::string(name_of(typed.type.kind)));
    }
    return std::move(typed.reader);
  }

  // The plan of the loop, and the type of its items.
  std::pair<LoopPlan, Type> plan_of(const ast::Loop& loop) {
    LoopPlan plan;
    Type item{.kind = Kind::integer};
    if (loop.range_end) {
      plan.list = number_operand(loop.list, "the start of a range");
      plan.range_end = number_operand(*loop.range_end, "the end of a range");
    } else {
      auto list = read_operand(loop.list, scope_, program_);
      if (list.type.kind != Kind::list) {
        fail(loop.list.spot,
             "a loop goes through a list, not " + std::string(name_of(list.type.kind)));
      }
      item = type_of(list.type.shape->inner());
      plan.list = std::move(list.reader);
    }
    if (loop.limit) plan.limit = number_operand(*loop.limit, "the limit");
    if (loop.offset) plan.offset = number_operand(*loop.offset, "the offset");
    plan.is_reversed = loop.reversed;
    plan.item_slot = program_.slot_count++;
    return {std::move(plan), item};
  }

  bool compile(const ast::Loop& loop) {
    settle();
    const auto opened = spot_;
    auto [plan, item] = plan_of(loop);
    const auto item_slot = plan.item_slot;
    const auto number = static_cast<std::uint32_t>(program_.loops.size());
    program_.loops.push_back(std::move(plan));

    const auto begin = emit(Op::loop_begin, number);
    const auto before = state_;
    state_.forget_line_break();
    open_loops_.push_back(
        {.start = state_, .captures = open_captures_, .leaves = {}, .continues = {}});
    const auto position = scope_.variables.size();
    scope_.variables.push_back({loop.name, item, item_slot, false, true});
    scope_.loops.push_back(number);

    const auto body = label();
    if (nodes(loop.body)) {
      settle();
      expect_start(opened);
    }
    const auto open = std::move(open_loops_.back());
    open_loops_.pop_back();
    scope_.loops.pop_back();
    scope_.variables.erase(scope_.variables.begin() + static_cast<std::ptrdiff_t>(position));

    for (const auto jump : open.continues) land(jump);
    emit(Op::loop_next, number, body);
    finish_loop(loop, begin, open, before, opened);
    return true;
  }

  void finish_loop(const ast::Loop& loop, std::uint32_t begin, const OpenLoop& open,
                   const PageState& before, Spot opened) {
    // The state after the last round is that of the start, give or take a line break.
    auto after = open.start;
    if (loop.otherwise.empty()) {
      land(begin);
    } else {
      const auto end = emit(Op::jump);
      land(begin);
      state_ = before;
      if (nodes(loop.otherwise)) {
        settle();
        join(after, state_, opened);
      }
      land(end);
    }
    for (const auto jump : open.leaves) land(jump);
    after.forget_line_break();
    state_ = after;
  }

  // A round ends here: the next one must find the page as the first one did.
  void expect_start(Spot spot) {
    auto& start = open_loops_.back().start;
    if (is_html_ && !start.is_same_place(state_)) {
      fail(spot, "a round of this loop starts " + start.describe() + " and ends " +
                     state_.describe() + ", or elsewhere in the same address");
    }
    join(start, state_, spot);
  }

  bool compile(const ast::Jump& jump) {
    settle();
    if (open_loops_.empty()) fail(spot_, "'break' and 'continue' stand in loops");
    auto& loop = open_loops_.back();
    if (loop.captures != open_captures_) fail(spot_, "a loop is not left from within a capture");
    expect_start(spot_);
    (jump.leaves ? loop.leaves : loop.continues).push_back(emit(Op::jump));
    return false;
  }

  // The slot of a name that is assigned to; declares it the first time.
  std::uint32_t slot_for(const std::string& name, Spot spot, const Type& type) {
    auto* known = scope_.find(name);
    const auto is_field = [&](const Field& field) { return field.name == name; };
    if (known == nullptr) {
      const bool is_taken =
          name == "view" || name == "forloop" || name == "locale" ||
          (scope_.root != nullptr && std::ranges::any_of(scope_.root->fields, is_field));
      if (is_taken) fail(spot, "'" + name + "' is taken; choose another name");
      scope_.variables.push_back({name, type, program_.slot_count++, true, false});
      return scope_.variables.back().slot;
    }
    if (!known->is_assigned) fail(spot, "'" + name + "' is taken; choose another name");
    if (known->type.kind != type.kind || known->type.shape != type.shape) {
      fail(spot, "'" + name + "' was " + std::string(name_of(known->type.kind)) +
                     " and cannot become " + std::string(name_of(type.kind)));
    }
    // What was compiled before may have relied on it, in a loop's next round too.
    if (known->type.kind == Kind::html && known->type.is_tagless && !type.is_tagless) {
      fail(spot, "'" + name + "' held text only and cannot take markup with tags");
    }
    return known->slot;
  }

  bool compile(const ast::Assign& assign) {
    settle();
    auto made = make_evaluation(assign.expression, scope_, program_);
    auto type = made.type;
    if (type.kind == Kind::maybe || type.kind == Kind::nothing) {
      fail(assign.name_spot, "'nil' and 'blank' are for comparing; assign '' or false");
    }
    if (type.kind != Kind::record && type.kind != Kind::list) type.shape = nullptr;
    const auto slot = slot_for(assign.name, assign.name_spot, type);
    emit(Op::assign, add(std::move(made.evaluation)), slot);
    return true;
  }

  bool compile(const ast::Capture& capture) {
    settle();
    const auto opened = spot_;
    const auto around = std::exchange(state_, {});
    emit(Op::capture_begin);
    ++open_captures_;
    if (!nodes(capture.body)) fail(opened, "a loop is not left from within a capture");
    --open_captures_;
    if (is_html_) {
      spot_ = opened;
      settle();
      state_.expect_complete(opened, "the capture");
    }
    const Type type{.kind = is_html_ ? Kind::html : Kind::text,
                    .shape = nullptr,
                    .is_tagless = state_.is_tagless()};
    state_ = around;
    const auto slot = slot_for(capture.name, capture.name_spot, type);
    const auto end = emit(Op::capture_end, 0, slot);
    program_.code[end].kind = type.kind;
    return true;
  }

  bool compile(const ast::Render& render) {
    settle();
    const auto opened = spot_;
    const auto& partial = resolve(render.name, render.name_spot);
    if (!partial.layout.empty()) fail(render.name_spot, "a partial has no layout");
    Scope inner;
    for (const auto& argument : render.arguments) {
      auto made = make_evaluation(argument.expression, scope_, program_);
      if (made.type.kind == Kind::maybe || made.type.kind == Kind::nothing) {
        fail(argument.spot, "an argument has a value; leave it out, or pass '' or false");
      }
      const auto slot = program_.slot_count++;
      emit(made.is_borrowed ? Op::bind : Op::assign, add(std::move(made.evaluation)), slot);
      inner.variables.push_back({argument.name, made.type, slot, false, made.is_borrowed});
    }
    const auto outer = std::exchange(scope_, std::move(inner));
    auto outer_loops = std::exchange(open_loops_, {});
    const auto clear = emit(Op::clear, program_.slot_count, program_.slot_count);
    within(opened, [&] {
      ++partials_;
      nodes(partial.nodes);
      --partials_;
    });
    // Names the partial assigned are forgotten when it is rendered again, in a loop's next round.
    program_.code[clear].b = program_.slot_count;
    scope_ = outer;
    open_loops_ = std::move(outer_loops);
    return true;
  }

  bool compile(const ast::Block& block) {
    settle();
    if (partials_ > 0) fail(spot_, "a block stands in a page or layout, not in a partial");
    const auto found = blocks_.find(block.name);
    const auto* body = found == blocks_.end() ? &block : found->second;
    if (++depth_ > program_.limits.render_depth) fail(spot_, "blocks stand too deep in each other");
    const bool goes_on = nodes(body->body);
    --depth_;
    return goes_on;
  }

  const Templates& templates_;
  std::string_view extension_;
  bool is_html_;
  std::shared_ptr<Program> made_ = std::make_shared<Program>();
  Program& program_ = *made_;
  Scope scope_;
  PageState state_;
  Spot spot_;                                                     // Of the node being compiled.
  std::map<std::string, const ast::Block*, std::less<>> blocks_;  // The most derived of each name.
  std::vector<OpenLoop> open_loops_;
  std::size_t open_captures_ = 0;
  std::size_t depth_ = 0;
  std::size_t partials_ = 0;
  std::uint32_t barrier_ = 0;
};

}  // namespace

std::shared_ptr<const Program> compile_template(const Templates& templates,
                                                const ast::Template& page, const Shape& root,
                                                const locale::Catalogue& catalogue, Limits limits) {
  Compiler compiler(templates, catalogue, limits, root, extension_of(page.source.name));
  compiler.run(page);
  return compiler.finish();
}

}  // namespace osier::html
