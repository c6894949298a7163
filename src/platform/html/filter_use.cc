// Compiling values with filters: the second half of scope.h.

#include <algorithm>

#include "platform/html/filters.h"
#include "platform/html/scope.h"
#include "platform/locale/messages.h"

namespace osier::html {

static bool takes(unsigned kinds, Kind kind) {
  return (kinds >> static_cast<unsigned>(kind)) % 2 == 1;
}

static std::string kinds_of(unsigned kinds) {
  std::string names;
  for (const auto kind : {Kind::text, Kind::integer, Kind::boolean, Kind::list, Kind::html}) {
    if (!takes(kinds, kind)) continue;
    if (!names.empty()) names += " or ";
    names += name_of(kind);
  }
  return names;
}

static void check_message_arguments(const ast::Filter& filter, const std::string& key,
                                    const std::vector<locale::Catalogue::Wanted>& wanted,
                                    const std::vector<Type>& types) {
  for (const auto& want : wanted) {
    if (std::ranges::find(filter.named, want.name, &ast::NamedOperand::name) ==
        filter.named.end()) {
      fail(filter.spot,
           "the text '" + key + "' needs '" + want.name + "': | t: " + want.name + ": ...");
    }
  }
  std::vector<std::string_view> known;
  for (const auto& want : wanted) known.push_back(want.name);
  for (std::size_t i = 0; i < filter.named.size(); ++i) {
    const auto& named = filter.named[i];
    const auto want = std::ranges::find(wanted, named.name, &locale::Catalogue::Wanted::name);
    if (want == wanted.end()) {
      fail(named.spot,
           "the text '" + key + "' has no '" + named.name + "'" + did_you_mean(named.name, known));
    }
    const auto kind = types[i].kind;
    if (want->is_number && kind != Kind::integer) {
      fail(named.spot, "the text '" + key + "' counts by '" + named.name +
                           "', which must be a number and is " + std::string(name_of(kind)));
    }
    if (kind != Kind::integer && kind != Kind::text && kind != Kind::html) {
      fail(named.spot, std::string(name_of(kind)) + " cannot stand in a text");
    }
  }
}

// 'cart.items' | t: count: lines.size
static void translate(const ast::Expression& expression, const ast::Filter& filter, Scope& scope,
                      Program& program, TypedEvaluation& made) {
  const auto& base = expression.base;
  if (&filter != &expression.filters.front() || base.kind != ast::Operand::Kind::text) {
    fail(filter.spot, "'t' follows a text's key, written out: 'cart.title' | t");
  }
  const auto id = program.catalogue->find(base.text);
  if (!id) {
    fail(base.spot,
         "unknown text '" + base.text + "'" + did_you_mean(base.text, program.catalogue->keys()));
  }
  if (!filter.arguments.empty()) {
    fail(filter.arguments.front().spot, "a text's arguments have names: | t: count: 3");
  }
  Call call;
  call.message = *id;
  call.buffer = program.buffer_count++;
  std::vector<Type> types;
  for (const auto& named : filter.named) {
    auto argument = read_operand(named.operand, scope, program);
    call.is_markup |= argument.type.kind == Kind::html;
    types.push_back(argument.type);
    call.arguments.push_back(std::move(argument.reader));
    call.names.push_back(named.name);
  }
  check_message_arguments(filter, base.text, program.catalogue->arguments(*id), types);
  made.type = {.kind = call.is_markup ? Kind::html : Kind::text};
  made.is_borrowed = false;
  made.evaluation.calls.push_back(std::move(call));
}

static void check_filter(const ast::Filter& filter, const Filter& known, const Type& input) {
  const auto name = "'" + filter.name + "'";
  if (!takes(known.input, input.kind)) {
    fail(filter.spot,
         name + " takes " + kinds_of(known.input) + ", not " + std::string(name_of(input.kind)));
  }
  if (known.name == "join" && type_of(input.shape->inner()).kind != Kind::text) {
    fail(filter.spot, "'join' takes a list of texts");
  }
  if (!filter.named.empty()) {
    fail(filter.named.front().spot, name + " has no argument '" + filter.named.front().name + "'");
  }
  const auto given = filter.arguments.size();
  if (given < known.arguments_min || given > known.arguments.size()) {
    fail(filter.spot,
         name + " takes " +
             (known.arguments.empty() ? std::string("no argument")
                                      : std::to_string(known.arguments_min) + " to " +
                                            std::to_string(known.arguments.size()) + " arguments") +
             ", not " + std::to_string(given));
  }
}

static void apply_filter(const ast::Filter& filter, Scope& scope, Program& program,
                         TypedEvaluation& made) {
  const auto* known = find_filter(filter.name);
  if (known == nullptr) {
    const auto why = why_not(filter.name);
    fail(filter.spot,
         "unknown filter '" + filter.name + "'" +
             (why.empty() ? did_you_mean(filter.name, filter_names()) : ": " + std::string(why)));
  }
  check_filter(filter, *known, made.type);
  Call call;
  call.apply = known->apply;
  call.buffer = program.buffer_count++;
  for (std::size_t i = 0; i < filter.arguments.size(); ++i) {
    const auto& operand = filter.arguments[i];
    auto argument = read_operand(operand, scope, program);
    const auto kind = argument.type.kind;
    const bool is_default = known->result == Kind::maybe;
    const bool has_shape = kind == Kind::record || kind == Kind::list;
    const bool suits_default =
        !is_default ||
        (made.type.kind == kind && (!has_shape || made.type.shape == argument.type.shape));
    if (!takes(known->arguments[i], kind) || !suits_default) {
      fail(operand.spot,
           "'" + filter.name + "' cannot take " + std::string(name_of(kind)) + " here" +
               (is_default ? ", the value is " + std::string(name_of(made.type.kind)) : ""));
    }
    if (is_default) made.type.is_tagless &= argument.type.is_tagless;
    call.arguments.push_back(std::move(argument.reader));
  }
  if (known->result != Kind::maybe) made.type = {.kind = known->result};
  made.is_borrowed = false;
  made.evaluation.calls.push_back(std::move(call));
}

TypedEvaluation make_evaluation(const ast::Expression& expression, Scope& scope, Program& program) {
  TypedEvaluation made;
  auto base = read_operand(expression.base, scope, program);
  made.evaluation.base = std::move(base.reader);
  made.type = base.type;
  made.is_borrowed = base.is_borrowed;
  for (const auto& filter : expression.filters) {
    if (filter.name == "t") {
      translate(expression, filter, scope, program, made);
    } else {
      apply_filter(filter, scope, program, made);
    }
  }
  return made;
}

}  // namespace osier::html
