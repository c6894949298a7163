#include "privacy/email.h"

#include <unicode/idna.h>
#include <unicode/locid.h>
#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>

#include <memory>

#include "platform/base/require.h"

namespace osier::privacy {

namespace {

const icu::IDNA& idna() {
  static const std::unique_ptr<icu::IDNA> instance = [] {
    UErrorCode error = U_ZERO_ERROR;
    std::unique_ptr<icu::IDNA> made(
        icu::IDNA::createUTS46Instance(UIDNA_NONTRANSITIONAL_TO_ASCII, error));
    require(U_SUCCESS(error), "ICU knows internationalised domain names");
    return made;
  }();
  return *instance;
}

icu::UnicodeString composed(const icu::UnicodeString& text) {
  UErrorCode error = U_ZERO_ERROR;
  const icu::Normalizer2* nfc = icu::Normalizer2::getNFCInstance(error);
  auto done = nfc->normalize(text, error);
  require(U_SUCCESS(error), "every text has a composed form");
  return done;
}

icu::UnicodeString lowered(icu::UnicodeString text) {
  return composed(text.toLower(icu::Locale::getRoot()));
}

// Without any white space around it, no-break spaces included.
icu::UnicodeString trimmed(const icu::UnicodeString& text) {
  std::int32_t from = 0, to = text.length();
  while (from < to && u_isUWhiteSpace(text.charAt(from))) ++from;
  while (to > from && u_isUWhiteSpace(text.charAt(to - 1))) --to;
  return {text, from, to - from};
}

// A domain that is none (an address literal, a slip) stays as it is, in lower case.
icu::UnicodeString domain_of(const icu::UnicodeString& text) {
  UErrorCode error = U_ZERO_ERROR;
  icu::IDNAInfo info;
  icu::UnicodeString ascii;
  idna().nameToASCII(text, ascii, info, error);
  return U_FAILURE(error) || info.hasErrors() ? lowered(text) : ascii;
}

}  // namespace

std::string normalised_email(std::string_view email) {
  auto text = composed(trimmed(
      icu::UnicodeString::fromUTF8({email.data(), static_cast<std::int32_t>(email.size())})));
  const std::int32_t at = text.lastIndexOf(u'@');
  std::string normalised;
  if (at < 0) {
    lowered(std::move(text)).toUTF8String(normalised);
  } else {
    lowered(text.tempSubString(0, at)).toUTF8String(normalised);
    normalised += '@';
    domain_of(text.tempSubString(at + 1)).toUTF8String(normalised);
  }
  return normalised;
}

}  // namespace osier::privacy
