#include "catalog/fold.h"

#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>

#include <algorithm>
#include <array>

#include "catalog/listing.h"
#include "platform/base/require.h"

namespace osier::catalog {

namespace {

void append_break(std::string& out) {
  if (!out.empty() && out.back() != ' ') out += ' ';
}

bool is_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return (c & 0x80) == 0; });
}

// Most of a catalogue is ASCII, and ICU costs a microsecond per text.
std::string fold_ascii(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) {
      out += c;
    } else if (c >= 'A' && c <= 'Z') {
      out += static_cast<char>(c - 'A' + 'a');
    } else if (c != '\'') {
      append_break(out);
    }
  }
  return out;
}

const icu::Normalizer2& normalizer(const icu::Normalizer2* (*get)(UErrorCode&)) {
  UErrorCode error = U_ZERO_ERROR;
  const icu::Normalizer2* found = get(error);
  require(U_SUCCESS(error) != 0 && found != nullptr, "ICU has its normalisation data");
  return *found;
}

std::string fold_unicode(std::string_view text) {
  static const icu::Normalizer2& casefold = normalizer(&icu::Normalizer2::getNFKCCasefoldInstance);
  static const icu::Normalizer2& decompose = normalizer(&icu::Normalizer2::getNFDInstance);
  UErrorCode error = U_ZERO_ERROR;
  const auto source =
      icu::UnicodeString::fromUTF8({text.data(), static_cast<std::int32_t>(text.size())});
  const icu::UnicodeString folded = decompose.normalize(casefold.normalize(source, error), error);
  if (U_FAILURE(error) != 0) return {};

  std::string out;
  for (std::int32_t i = 0; i < folded.length(); i = folded.moveIndex32(i, 1)) {
    const UChar32 c = folded.char32At(i);
    if (u_isalnum(c) != 0 && c != 0xFFFD) {
      icu::UnicodeString(c).toUTF8String(out);
    } else if (u_charType(c) != U_NON_SPACING_MARK && c != U'\'' && c != U'’') {
      append_break(out);
    }
  }
  return out;
}

// The first `characters` of UTF-8, never cut within one.
std::string_view first_characters(std::string_view text, std::size_t characters) {
  std::size_t at = 0;
  while (at < text.size()) {
    const bool begins = (text[at] & 0xC0) != 0x80;
    if (begins && characters-- == 0) break;
    ++at;
  }
  return text.substr(0, at);
}

}  // namespace

std::string fold(std::string_view text) {
  std::string out = is_ascii(text) ? fold_ascii(text) : fold_unicode(text);
  if (!out.empty() && out.back() == ' ') out.pop_back();
  return out;
}

std::vector<std::string> query_words(std::string_view query) {
  const std::string folded = fold(first_characters(query, query_length_max));
  std::vector<std::string> words;
  std::size_t at = 0;
  while (at < folded.size() && words.size() < query_words_max) {
    const std::size_t end = std::min(folded.find(' ', at), folded.size());
    words.push_back(folded.substr(at, end - at));
    at = end + 1;
  }
  return words;
}

}  // namespace osier::catalog
