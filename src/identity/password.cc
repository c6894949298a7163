#include "identity/password.h"

#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>
#include <zxcvbn.h>

#include <algorithm>
#include <array>
#include <memory>

#include "platform/base/require.h"
#include "platform/http/message.h"

namespace osier::identity {

std::string_view to_string(PasswordRefusal refusal) {
  switch (refusal) {
    case PasswordRefusal::too_short:
      return "too_short";
    case PasswordRefusal::too_long:
      return "too_long";
    case PasswordRefusal::control_character:
      return "control_character";
    case PasswordRefusal::common:
      return "common";
    case PasswordRefusal::own_words:
      return "own_words";
    case PasswordRefusal::easily_guessed:
      return "easily_guessed";
  }
}

std::string_view to_string(PasswordPart part) {
  switch (part) {
    case PasswordPart::common_word:
      return "common_word";
    case PasswordPart::own_word:
      return "own_word";
    case PasswordPart::repetition:
      return "repetition";
    case PasswordPart::sequence:
      return "sequence";
    case PasswordPart::keyboard_row:
      return "keyboard_row";
    case PasswordPart::date:
      return "date";
  }
}

namespace {

// Four bytes to a character at most, and NFC may put three in place of one.
constexpr std::size_t typed_bytes_max = std::size_t{4} * 3 * password_length_max;
constexpr double bits_min = 26.6;  // 10^8 tries.

std::optional<icu::UnicodeString> nfc(std::string_view typed) {
  if (typed.size() > typed_bytes_max || !http::is_valid_utf8(typed)) return std::nullopt;
  UErrorCode error = U_ZERO_ERROR;
  const icu::Normalizer2* normalizer = icu::Normalizer2::getNFCInstance(error);
  require(U_SUCCESS(error) != 0 && normalizer != nullptr, "ICU has its normalisation data");
  auto text = normalizer->normalize(
      icu::UnicodeString::fromUTF8({typed.data(), static_cast<std::int32_t>(typed.size())}), error);
  if (U_FAILURE(error) != 0) return std::nullopt;
  return text;
}

Secret secret_of(const icu::UnicodeString& text) {
  std::string utf8;
  text.toUTF8String(utf8);
  return Secret(std::move(utf8));
}

bool has_control_character(const icu::UnicodeString& text) {
  for (std::int32_t i = 0; i < text.length(); i = text.moveIndex32(i, 1)) {
    if (u_charType(text.char32At(i)) == U_CONTROL_CHAR) return true;
  }
  return false;
}

std::string lower(std::string text) {
  std::ranges::transform(text, text.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return text;
}

// Words of an e-mail address or a name: what stands between signs, from three letters on.
void add_words(std::vector<std::string>& words, const std::string& text) {
  const std::string folded = lower(text);
  std::string word;
  const auto end_word = [&] {
    if (word.size() >= 3) words.push_back(word);
    word.clear();
  };
  for (const char c : folded) {
    const bool is_sign =
        static_cast<unsigned char>(c) < 0x80 && !(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9');
    if (is_sign) {
      end_word();
    } else {
      word += c;
    }
  }
  end_word();
  if (folded.size() >= 3) words.push_back(folded);
}

std::optional<PasswordPart> part_of(int type) {
  switch (type & ~MULTIPLE_MATCH) {
    case DICTIONARY_MATCH:
    case DICT_LEET_MATCH:
      return PasswordPart::common_word;
    case USER_MATCH:
    case USER_LEET_MATCH:
      return PasswordPart::own_word;
    case REPEATS_MATCH:
      return PasswordPart::repetition;
    case SEQUENCE_MATCH:
      return PasswordPart::sequence;
    case SPATIAL_MATCH:
      return PasswordPart::keyboard_row;
    case DATE_MATCH:
    case YEAR_MATCH:
      return PasswordPart::date;
    default:
      return std::nullopt;
  }
}

int score_of(double bits) {
  constexpr std::array<double, 4> bounds{13.3, 19.9, bits_min, 33.2};  // 10^4, 10^6, 10^8, 10^10.
  return static_cast<int>(
      std::ranges::count_if(bounds, [&](double bound) { return bits >= bound; }));
}

}  // namespace

std::optional<Secret> normalised_password(std::string_view typed) {
  const auto text = nfc(typed);
  if (!text || text->countChar32() > password_length_max) return std::nullopt;
  return secret_of(*text);
}

PasswordStrength strength_of(const Secret& normalised, const std::vector<std::string>& own_words) {
  std::vector<std::string> words;
  for (const std::string& text : own_words) add_words(words, text);
  std::vector<const char*> pointers;
  pointers.reserve(words.size() + 1);
  for (const std::string& word : words) pointers.push_back(word.c_str());
  pointers.push_back(nullptr);

  ZxcMatch_t* first = nullptr;
  PasswordStrength strength;
  strength.bits = ZxcvbnMatch(normalised.reveal().c_str(), pointers.data(), &first);
  const std::unique_ptr<ZxcMatch_t, decltype(&ZxcvbnFreeInfo)> matches(first, &ZxcvbnFreeInfo);
  strength.score = score_of(strength.bits);
  strength.is_one_part =
      first != nullptr && first->Next == nullptr && part_of(first->Type).has_value();
  for (const ZxcMatch_t* match = first; match != nullptr; match = match->Next) {
    const auto part = part_of(match->Type);
    if (part && std::ranges::find(strength.parts, *part) == strength.parts.end())
      strength.parts.push_back(*part);
  }
  std::ranges::sort(strength.parts);
  return strength;
}

Result<Secret, PasswordRefusal> accept_new_password(std::string_view typed, OtherFactor other,
                                                    const std::vector<std::string>& own_words) {
  const auto text = nfc(typed);
  if (!text) return refuse(PasswordRefusal::too_long);
  const int length_min = other == OtherFactor::none ? password_length_alone_min
                                                    : password_length_with_second_factor_min;
  if (text->countChar32() > password_length_max) return refuse(PasswordRefusal::too_long);
  if (text->countChar32() < length_min) return refuse(PasswordRefusal::too_short);
  if (has_control_character(*text)) return refuse(PasswordRefusal::control_character);

  Secret normalised = secret_of(*text);
  const auto strength = strength_of(normalised, own_words);
  const bool is_weak = strength.is_one_part || strength.bits < bits_min;
  if (is_weak) {
    const auto has = [&](PasswordPart part) {
      return std::ranges::find(strength.parts, part) != strength.parts.end();
    };
    if (has(PasswordPart::own_word)) return refuse(PasswordRefusal::own_words);
    if (has(PasswordPart::common_word)) return refuse(PasswordRefusal::common);
    return refuse(PasswordRefusal::easily_guessed);
  }
  return normalised;
}

}  // namespace osier::identity
