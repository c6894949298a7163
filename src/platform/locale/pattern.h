// A parsed message pattern. ICU's MessagePattern reads the syntax; printing is our own, because
// ICU's MessageFormat may not be shared by threads and takes microseconds where appending strings
// takes nanoseconds.

#pragma once

#include <unicode/plurrule.h>
#include <unicode/unistr.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "platform/locale/messages.h"

namespace osier::locale {

struct Pattern {
  struct Branch;
  struct Piece {
    enum class Kind { literal, argument, number, pound, plural, ordinal, select };
    Kind kind = Kind::literal;
    std::string text;  // The literal, or the argument's name.
    std::vector<Branch> branches;
    std::int64_t offset = 0;  // Of a plural.
  };
  struct Branch {
    std::string selector;        // "other", "one", or "=2" as text.
    icu::UnicodeString keyword;  // The same for comparing with what the plural rules say.
    std::vector<Piece> body;
  };

  std::vector<Piece> pieces;
  Locale locale;  // Whose rules count, also where it stands in for another.
  std::shared_ptr<const icu::PluralRules> cardinal;
  std::shared_ptr<const icu::PluralRules> ordinal;
};

// The plural rules of a language, made once per catalogue.
struct LanguageRules {
  explicit LanguageRules(const Locale& of);
  Locale locale;
  std::shared_ptr<const icu::PluralRules> cardinal;
  std::shared_ptr<const icu::PluralRules> ordinal;
};

// Throws std::invalid_argument with the reason if the text is no pattern or uses what we do not
// know.
Pattern parse_pattern(std::string_view text, const LanguageRules& rules);

// Adds the arguments that `pattern` uses and `wanted` lacks.
void collect_arguments(const Pattern& pattern, std::vector<Catalogue::Wanted>& wanted);

void append_pattern(std::string& out, const Pattern& pattern, std::span<const Argument> arguments,
                    Escape escape);

}  // namespace osier::locale
