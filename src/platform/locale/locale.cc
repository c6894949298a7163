#include "platform/locale/locale.h"

#include <unicode/locid.h>

#include <algorithm>
#include <cctype>

namespace osier::locale {

static bool is_well_formed(std::string_view tag) {
  constexpr std::size_t tag_length_max = 35;  // RFC 5646 section 4.4.1.
  if (tag.empty() || tag.size() > tag_length_max) return false;
  std::size_t part = 0;
  bool first = true;
  for (std::size_t i = 0; i <= tag.size(); ++i) {
    if (i < tag.size() && tag[i] != '-') {
      const auto letter = static_cast<unsigned char>(tag[i]);
      if (first ? !std::isalpha(letter) : !std::isalnum(letter)) return false;
      ++part;
      continue;
    }
    if (first ? part < 2 || part > 3 : part < 1 || part > 8) return false;
    first = false;
    part = 0;
  }
  return true;
}

std::optional<Locale> Locale::parse(std::string_view tag) {
  if (!is_well_formed(tag)) return std::nullopt;
  UErrorCode status = U_ZERO_ERROR;
  const auto icu = icu::Locale::forLanguageTag({tag.data(), static_cast<int>(tag.size())}, status);
  auto canonical = icu.toLanguageTag<std::string>(status);
  if (U_FAILURE(status) || canonical.starts_with("und")) return std::nullopt;
  return Locale(std::move(canonical));
}

bool Locale::is_right_to_left() const {
  return icu::Locale::createFromName(tag_.c_str()).isRightToLeft() != 0;
}

// One language range with its weight in thousandths; negative if it cannot be read.
struct Range {
  std::string_view tag;
  int weight = -1;
};

static std::string_view trimmed(std::string_view text) {
  const auto from = text.find_first_not_of(" \t");
  if (from == text.npos) return {};
  return text.substr(from, text.find_last_not_of(" \t") - from + 1);
}

static Range parse_range(std::string_view entry) {
  const auto semicolon = entry.find(';');
  Range range{.tag = trimmed(entry.substr(0, semicolon)), .weight = 1000};
  if (semicolon == entry.npos) return range;
  auto weight = trimmed(entry.substr(semicolon + 1));
  range.weight = -1;
  if (!weight.starts_with("q=") || weight.size() < 3 || weight.size() > 7) return range;
  weight.remove_prefix(2);
  if (weight[0] != '0' && weight[0] != '1') return range;
  if (weight.size() > 1 && weight[1] != '.') return range;
  int thousandths = (weight[0] - '0') * 1000;
  int unit = 100;
  for (const char digit : weight.substr(std::min<std::size_t>(2, weight.size()))) {
    if (digit < '0' || digit > '9') return range;
    thousandths += (digit - '0') * unit;
    unit /= 10;
  }
  range.weight = std::min(thousandths, 1000);
  return range;
}

static const Locale* find_match(std::string_view tag, std::span<const Locale> available) {
  if (tag == "*") return available.empty() ? nullptr : &available.front();
  const auto wanted = Locale::parse(tag);
  if (!wanted) return nullptr;
  const auto same = std::ranges::find(available, *wanted);
  if (same != available.end()) return &*same;
  const auto related = std::ranges::find(available, wanted->language(), &Locale::language);
  return related == available.end() ? nullptr : &*related;
}

std::optional<Locale> best_match(std::string_view accept_language,
                                 std::span<const Locale> available) {
  constexpr int ranges_max = 32;  // More than any browser sends.
  const Locale* best = nullptr;
  int best_weight = 0;
  for (int i = 0; i < ranges_max && !accept_language.empty(); ++i) {
    const auto comma = std::min(accept_language.find(','), accept_language.size());
    const auto range = parse_range(accept_language.substr(0, comma));
    accept_language.remove_prefix(std::min(comma + 1, accept_language.size()));
    if (range.weight <= best_weight) continue;
    if (const auto* match = find_match(range.tag, available)) {
      best = match;
      best_weight = range.weight;
    }
  }
  if (best == nullptr) return std::nullopt;
  return *best;
}

}  // namespace osier::locale
