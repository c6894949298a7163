#include <boost/json/parse.hpp>

#include "catalog/catalog_store.h"
#include "platform/json/value.h"

namespace osier::catalog {

namespace {

// Reads the next quoted string without escapes at `at`, or gives up.
std::optional<std::string_view> take_plain_string(std::string_view json, std::size_t& at) {
  if (at >= json.size() || json[at] != '"') return std::nullopt;
  const std::size_t end = json.find('"', at + 1);
  if (end == std::string_view::npos) return std::nullopt;
  const std::string_view text = json.substr(at + 1, end - at - 1);
  at = end + 1;
  return text;
}

bool take(std::string_view json, std::size_t& at, std::string_view expected) {
  if (!json.substr(at).starts_with(expected)) return false;
  at += expected.size();
  return true;
}

// The form nearly all texts have: jsonb's own spelling, without an escape in it.
std::optional<Texts::ByLocale> read_plain(std::string_view json) {
  if (json.find('\\') != std::string_view::npos) return std::nullopt;
  Texts::ByLocale texts;
  std::size_t at = 0;
  if (!take(json, at, "{")) return std::nullopt;
  do {
    const auto locale = take_plain_string(json, at);
    if (!locale || !take(json, at, ": ")) return std::nullopt;
    const auto text = take_plain_string(json, at);
    if (!text) return std::nullopt;
    texts.emplace_back(*locale, *text);
  } while (take(json, at, ", "));
  if (json.substr(at) != "}") return std::nullopt;
  return texts;
}

Texts::ByLocale read_any(const std::string& json) {
  Texts::ByLocale texts;
  boost::json::error_code error;
  const auto value = boost::json::parse(json, error);
  const auto* object = error ? nullptr : value.if_object();
  if (object == nullptr) return texts;
  for (const auto& [locale, text] : *object) {
    if (text.is_string()) texts.emplace_back(locale, text.as_string());
  }
  return texts;
}

}  // namespace

Texts Texts::from_json(const std::string& json) {
  if (json.size() <= 2) return {};
  auto plain = read_plain(json);
  return Texts(plain ? std::move(*plain) : read_any(json));
}

Texts TextPool::read(const std::string& json) {
  constexpr std::size_t shared_length_max = 256;
  if (json.size() > shared_length_max) return Texts::from_json(json);
  const auto known = pool_.find(json);
  if (known != pool_.end()) return known->second;
  Texts texts = Texts::from_json(json);
  pool_.emplace(json, texts);
  return texts;
}

}  // namespace osier::catalog
