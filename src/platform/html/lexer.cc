#include "platform/html/lexer.h"

#include <array>
#include <charconv>

namespace osier::html {

static bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}
static bool is_digit(char c) { return c >= '0' && c <= '9'; }
static bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

Lexer::Lexer(const Source& source, std::size_t at, std::string_view closing)
    : source_(source), opened_at_(at), at_(at), closing_(closing) {
  advance();
}

Token Lexer::take() {
  const auto taken = token_;
  if (taken.kind != Token::Kind::end) advance();
  return taken;
}

bool Lexer::accept(std::string_view sign_or_word) {
  const bool is_it = (token_.kind == Token::Kind::sign || token_.kind == Token::Kind::name) &&
                     token_.text == sign_or_word;
  if (is_it) advance();
  return is_it;
}

void Lexer::expect(std::string_view sign, const std::string& where) {
  if (!accept(sign)) {
    fail(token_.spot, "expected '" + std::string(sign) + "' " + where + ", found " + describe());
  }
}

std::string Lexer::expect_name(const std::string& what) {
  if (token_.kind != Token::Kind::name) {
    fail(token_.spot, "expected " + what + ", found " + describe());
  }
  return std::string(take().text);
}

void Lexer::expect_end() {
  if (token_.kind != Token::Kind::end) {
    fail(token_.spot, "expected '" + std::string(closing_) + "', found " + describe());
  }
}

std::string Lexer::describe() const {
  if (token_.kind == Token::Kind::end) return "the end of the tag";
  return "'" + std::string(token_.text) + "'";
}

void Lexer::advance() {
  const std::string_view text = source_.text;
  while (at_ < text.size() && is_space(text[at_])) ++at_;
  token_ = {.kind = Token::Kind::end, .text = {}, .number = 0, .spot = {&source_, at_}};
  const auto rest = text.substr(at_);
  if (rest.empty()) {
    fail({&source_, opened_at_ - 2}, "'" + std::string(closing_) + "' is missing");
  }
  trims_ = rest.starts_with('-') && rest.substr(1).starts_with(closing_);
  if (trims_ || rest.starts_with(closing_)) {
    at_ += closing_.size() + (trims_ ? 1 : 0);
    return;
  }
  if (is_letter(rest[0])) {
    std::size_t length = 1;
    while (length < rest.size() && (is_letter(rest[length]) || is_digit(rest[length]))) ++length;
    token_.kind = Token::Kind::name;
    token_.text = rest.substr(0, length);
    at_ += length;
    return;
  }
  if (is_digit(rest[0]) || (rest[0] == '-' && rest.size() > 1 && is_digit(rest[1]))) {
    return read_number();
  }
  if (rest[0] == '\'' || rest[0] == '"') return read_text(rest[0]);
  constexpr std::array<std::string_view, 16> signs = {"==", "!=", "<>", "<=", ">=", "..", "<", ">",
                                                      "=",  "|",  ":",  ",",  ".",  "(",  ")", "["};
  for (const auto sign : signs) {
    if (!rest.starts_with(sign)) continue;
    token_.kind = Token::Kind::sign;
    token_.text = rest.substr(0, sign.size());
    at_ += sign.size();
    return;
  }
  if (rest[0] == ']') {
    token_.kind = Token::Kind::sign;
    token_.text = rest.substr(0, 1);
    ++at_;
    return;
  }
  fail(token_.spot, "this character means nothing here");
}

void Lexer::read_number() {
  const auto rest = std::string_view(source_.text).substr(at_);
  const auto result = std::from_chars(rest.data(), rest.data() + rest.size(), token_.number);
  if (result.ec != std::errc()) fail(token_.spot, "this number is too large");
  const auto length = static_cast<std::size_t>(result.ptr - rest.data());
  if (length + 1 < rest.size() && rest[length] == '.' && is_digit(rest[length + 1])) {
    fail(token_.spot, "numbers are whole; fractions come as ready text");
  }
  token_.kind = Token::Kind::number;
  token_.text = rest.substr(0, length);
  at_ += length;
}

void Lexer::read_text(char quote) {
  const auto end = source_.text.find(quote, at_ + 1);
  if (end == std::string::npos) fail(token_.spot, "this text is never closed by its quote");
  token_.kind = Token::Kind::text;
  token_.text = std::string_view(source_.text).substr(at_ + 1, end - at_ - 1);
  at_ = end + 1;
}

}  // namespace osier::html
