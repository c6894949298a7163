#include "platform/locale/pattern.h"

#include <unicode/messagepattern.h>

#include <algorithm>

#include "platform/locale/format.h"

namespace osier::locale {

using Piece = Pattern::Piece;

LanguageRules::LanguageRules(const Locale& of) : locale(of) {
  const auto icu = icu::Locale::createFromName(of.tag().c_str());
  UErrorCode status = U_ZERO_ERROR;
  cardinal.reset(icu::PluralRules::forLocale(icu, UPLURAL_TYPE_CARDINAL, status));
  ordinal.reset(icu::PluralRules::forLocale(icu, UPLURAL_TYPE_ORDINAL, status));
}

namespace {

std::string utf8(const icu::UnicodeString& text) {
  std::string out;
  text.toUTF8String(out);
  return out;
}

// Turns ICU's flat list of parts into a tree.
class Reader {
 public:
  explicit Reader(const icu::MessagePattern& parts) : parts_(parts) {}

  // The message that starts at part `index`, which is left at its end.
  std::vector<Piece> message(int& index) {
    std::vector<Piece> pieces;
    std::string literal;
    const auto flush = [&] {
      if (!literal.empty()) pieces.push_back({.text = std::move(literal), .branches = {}});
      literal.clear();
    };
    int from = parts_.getPart(index).getLimit();
    while (true) {
      const auto& part = parts_.getPart(++index);
      literal += utf8(parts_.getPatternString().tempSubStringBetween(from, part.getIndex()));
      from = part.getLimit();
      if (part.getType() == UMSGPAT_PART_TYPE_MSG_LIMIT) break;
      if (part.getType() == UMSGPAT_PART_TYPE_REPLACE_NUMBER) {
        flush();
        pieces.push_back({.kind = Piece::Kind::pound, .text = {}, .branches = {}});
      } else if (part.getType() == UMSGPAT_PART_TYPE_ARG_START) {
        flush();
        pieces.push_back(argument(index));
        from = parts_.getPart(index).getLimit();
      }
    }
    flush();
    return pieces;
  }

 private:
  Piece argument(int& index) {
    const auto type = parts_.getPart(index).getArgType();
    const int limit = parts_.getLimitPartIndex(index);
    Piece piece;
    piece.text = utf8(parts_.getSubstring(parts_.getPart(++index)));
    switch (type) {
      case UMSGPAT_ARG_TYPE_NONE:
        piece.kind = Piece::Kind::argument;
        break;
      case UMSGPAT_ARG_TYPE_SIMPLE:
        if (parts_.getSubstring(parts_.getPart(++index)) != u"number" || index + 1 != limit) {
          throw std::invalid_argument("{" + piece.text +
                                      ", ...} may only be number, plural, selectordinal or select");
        }
        piece.kind = Piece::Kind::number;
        break;
      case UMSGPAT_ARG_TYPE_PLURAL:
      case UMSGPAT_ARG_TYPE_SELECTORDINAL:
        piece.kind = type == UMSGPAT_ARG_TYPE_PLURAL ? Piece::Kind::plural : Piece::Kind::ordinal;
        read_branches(piece, index, limit);
        break;
      case UMSGPAT_ARG_TYPE_SELECT:
        piece.kind = Piece::Kind::select;
        read_branches(piece, index, limit);
        break;
      case UMSGPAT_ARG_TYPE_CHOICE:
        throw std::invalid_argument("choice is not known; use plural or select");
    }
    index = limit;
    return piece;
  }

  void read_branches(Piece& piece, int& index, int limit) {
    ++index;
    if (parts_.getPart(index).getType() != UMSGPAT_PART_TYPE_ARG_SELECTOR) {
      piece.offset = static_cast<std::int64_t>(parts_.getNumericValue(parts_.getPart(index)));
      ++index;
    }
    while (index < limit) {
      Pattern::Branch branch;
      branch.selector = utf8(parts_.getSubstring(parts_.getPart(index)));
      branch.keyword = icu::UnicodeString::fromUTF8(branch.selector);
      while (parts_.getPart(index).getType() != UMSGPAT_PART_TYPE_MSG_START) ++index;
      branch.body = message(index);
      piece.branches.push_back(std::move(branch));
      ++index;
    }
  }

  const icu::MessagePattern& parts_;
};

const Argument* find_argument(std::span<const Argument> arguments, std::string_view name) {
  const auto found = std::ranges::find(arguments, name, &Argument::name);
  return found == arguments.end() ? nullptr : &*found;
}

class Printer {
 public:
  Printer(std::string& out, const Pattern& pattern, std::span<const Argument> arguments,
          Escape escape)
      : out_(out), pattern_(pattern), arguments_(arguments), escape_(escape) {}

  void print(const std::vector<Piece>& pieces, std::int64_t pound) {
    for (const auto& piece : pieces) print(piece, pound);
  }

 private:
  void print(const Piece& piece, std::int64_t pound) {
    switch (piece.kind) {
      case Piece::Kind::literal:
        return put(piece.text);
      case Piece::Kind::pound:
        return put(format_number(pound, pattern_.locale));
      case Piece::Kind::argument:
      case Piece::Kind::number:
        return print_argument(piece.text);
      case Piece::Kind::plural:
      case Piece::Kind::ordinal:
        return print_plural(piece);
      case Piece::Kind::select: {
        const auto* argument = find_argument(arguments_, piece.text);
        const auto* text = argument ? std::get_if<std::string_view>(&argument->value) : nullptr;
        return print(chosen(piece, text ? *text : std::string_view()), pound);
      }
    }
  }

  void put(std::string_view text) {
    if (escape_ != nullptr) {
      escape_(out_, text);
    } else {
      out_ += text;
    }
  }

  void print_argument(const std::string& name) {
    const auto* argument = find_argument(arguments_, name);
    if (argument == nullptr) return put("{" + name + "}");
    if (const auto* number = std::get_if<std::int64_t>(&argument->value)) {
      return put(format_number(*number, pattern_.locale));
    }
    const auto text = std::get<std::string_view>(argument->value);
    if (argument->verbatim) {
      out_ += text;
    } else {
      put(text);
    }
  }

  void print_plural(const Piece& piece) {
    const auto* argument = find_argument(arguments_, piece.text);
    const auto* given = argument ? std::get_if<std::int64_t>(&argument->value) : nullptr;
    if (given == nullptr) return put("{" + piece.text + "}");
    const auto exact =
        std::ranges::find(piece.branches, "=" + std::to_string(*given), &Pattern::Branch::selector);
    const std::int64_t counted = *given - piece.offset;
    if (exact != piece.branches.end()) return print(exact->body, counted);

    const auto& rules = piece.kind == Piece::Kind::plural ? pattern_.cardinal : pattern_.ordinal;
    const auto keyword = rules->select(static_cast<double>(counted < 0 ? -counted : counted));
    const auto found = std::ranges::find(piece.branches, keyword, &Pattern::Branch::keyword);
    print(found == piece.branches.end() ? chosen(piece, "other") : found->body, counted);
  }

  static const std::vector<Piece>& chosen(const Piece& piece, std::string_view selector) {
    const Pattern::Branch* other = &piece.branches.back();
    for (const auto& branch : piece.branches) {
      if (branch.selector == selector) return branch.body;
      if (branch.selector == "other") other = &branch;
    }
    return other->body;  // ICU refuses a pattern without one.
  }

  std::string& out_;
  const Pattern& pattern_;
  std::span<const Argument> arguments_;
  Escape escape_;
};

void collect(const std::vector<Piece>& pieces, std::vector<Catalogue::Wanted>& wanted) {
  for (const auto& piece : pieces) {
    if (piece.kind != Piece::Kind::literal && piece.kind != Piece::Kind::pound) {
      const bool is_number =
          piece.kind != Piece::Kind::argument && piece.kind != Piece::Kind::select;
      const auto known = std::ranges::find(wanted, piece.text, &Catalogue::Wanted::name);
      if (known == wanted.end()) {
        wanted.push_back({piece.text, is_number});
      } else {
        known->is_number |= is_number;
      }
    }
    for (const auto& branch : piece.branches) collect(branch.body, wanted);
  }
}

}  // namespace

Pattern parse_pattern(std::string_view text, const LanguageRules& rules) {
  constexpr std::size_t bytes_max = 16 * 1024;  // Bounds the nesting too.
  if (text.size() > bytes_max) throw std::invalid_argument("is longer than 16 KiB");
  UErrorCode status = U_ZERO_ERROR;
  UParseError where{};
  const auto wide = icu::UnicodeString::fromUTF8({text.data(), static_cast<int>(text.size())});
  const icu::MessagePattern parts(wide, &where, status);
  if (U_FAILURE(status)) {
    throw std::invalid_argument("is no message pattern (" + std::string(u_errorName(status)) +
                                " near \"" + utf8(icu::UnicodeString(where.preContext)) + "\")");
  }
  int index = 0;
  return {.pieces = Reader(parts).message(index),
          .locale = rules.locale,
          .cardinal = rules.cardinal,
          .ordinal = rules.ordinal};
}

void collect_arguments(const Pattern& pattern, std::vector<Catalogue::Wanted>& wanted) {
  collect(pattern.pieces, wanted);
}

void append_pattern(std::string& out, const Pattern& pattern, std::span<const Argument> arguments,
                    Escape escape) {
  Printer(out, pattern, arguments, escape).print(pattern.pieces, 0);
}

}  // namespace osier::locale
