// The words within one {{ }} or {% %}.

#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "platform/html/diagnostics.h"

namespace osier::html {

struct Token {
  enum class Kind { name, number, text, sign, end };
  Kind kind = Kind::end;
  std::string_view text;  // The name, the literal without its quotes, or the sign.
  std::int64_t number = 0;
  Spot spot;
};

class Lexer {
 public:
  // `at` is the first byte after the opening braces; `closing` is "}}" or "%}". Everything throws
  // TemplateError.
  Lexer(const Source& source, std::size_t at, std::string_view closing);

  const Token& peek() const { return token_; }
  Token take();

  // Takes the sign or word if it comes next.
  bool accept(std::string_view sign_or_word);
  void expect(std::string_view sign, const std::string& where);
  std::string expect_name(const std::string& what);
  // Nothing may follow but the closing braces.
  void expect_end();

  // After the end: the first byte after the closing braces, and whether they trim what follows
  // ("-%}").
  std::size_t after() const { return at_; }
  bool trims() const { return trims_; }

 private:
  void advance();
  void read_number();
  void read_text(char quote);
  std::string describe() const;

  const Source& source_;
  std::size_t opened_at_;
  std::size_t at_;
  std::string_view closing_;
  bool trims_ = false;
  Token token_;
};

}  // namespace osier::html
