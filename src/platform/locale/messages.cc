#include "platform/locale/messages.h"

#include <algorithm>
#include <boost/json/basic_parser_impl.hpp>

#include "platform/base/require.h"
#include "platform/locale/pattern.h"

namespace osier::locale {

namespace {

// Takes a flat object of strings and nothing else, and sees a key that comes twice (a Boost.JSON
// object would not).
struct FlatObject {
  static constexpr std::size_t max_object_size = std::size_t(-1);
  static constexpr std::size_t max_array_size = std::size_t(-1);
  static constexpr std::size_t max_key_size = std::size_t(-1);
  static constexpr std::size_t max_string_size = std::size_t(-1);
  using View = boost::json::string_view;
  using Error = boost::json::error_code;

  std::map<std::string, std::string> texts;
  std::string key;
  std::string text;
  std::string problem;
  int depth = 0;

  bool refuse(Error& error, std::string why) {
    problem = std::move(why);
    error = make_error_code(boost::json::error::syntax);
    return false;
  }
  bool not_a_string(Error& error) {
    return refuse(error, depth == 0 ? "the file is no JSON object" : "'" + key + "' is no string");
  }

  bool on_document_begin(Error&) { return true; }
  bool on_document_end(Error&) { return true; }
  bool on_object_begin(Error& error) { return depth++ == 0 || not_a_string(error); }
  bool on_object_end(std::size_t, Error&) { return true; }
  bool on_array_begin(Error& error) { return not_a_string(error); }
  bool on_array_end(std::size_t, Error&) { return true; }
  bool on_key_part(View part, std::size_t, Error&) { return key_more(part); }
  bool key_more(View part) {
    text.append(part.data(), part.size());
    return true;
  }
  bool on_key(View part, std::size_t, Error& error) {
    key_more(part);
    key = std::exchange(text, {});
    if (key.empty()) return refuse(error, "a key is empty");
    return !texts.contains(key) || refuse(error, "'" + key + "' stands there twice");
  }
  bool on_string_part(View part, std::size_t, Error&) { return key_more(part); }
  bool on_string(View part, std::size_t, Error& error) {
    if (depth == 0) return not_a_string(error);
    key_more(part);
    texts[key] = std::exchange(text, {});
    return true;
  }
  bool on_number_part(View, Error& error) { return not_a_string(error); }
  bool on_int64(std::int64_t, View, Error& error) { return not_a_string(error); }
  bool on_uint64(std::uint64_t, View, Error& error) { return not_a_string(error); }
  bool on_double(double, View, Error& error) { return not_a_string(error); }
  bool on_bool(bool, Error& error) { return not_a_string(error); }
  bool on_null(Error& error) { return not_a_string(error); }
  bool on_comment_part(View, Error&) { return true; }
  bool on_comment(View, Error&) { return true; }
};

std::map<std::string, std::string> parse_file(const TextFile& file) {
  boost::json::basic_parser<FlatObject> parser(boost::json::parse_options{});
  boost::json::error_code error;
  const auto read = parser.write_some(false, file.json.data(), file.json.size(), error);
  auto& found = parser.handler();
  const bool rest_is_blank = file.json.find_first_not_of(" \t\r\n", read) == std::string::npos;
  if (error || !rest_is_blank) {
    const auto line = 1 + std::count(file.json.data(), file.json.data() + read, '\n');
    const auto why = !found.problem.empty() ? found.problem
                     : error                ? error.message()
                                            : "something follows the object";
    throw TextsError(file.name + ":" + std::to_string(line) + ": " + why);
  }
  return std::move(found.texts);
}

}  // namespace

std::string Messages::text(std::string_view key, std::initializer_list<Argument> arguments) const {
  const auto id = catalogue_->find(key);
  if (!id) return std::string(key);
  std::string out;
  append(out, *id, arguments);
  return out;
}

void Messages::append(std::string& out, MessageId id, std::span<const Argument> arguments,
                      Escape escape) const {
  const auto& message = messages_[static_cast<std::size_t>(id)];
  if (message.pattern) return append_pattern(out, *message.pattern, arguments, escape);
  if (escape != nullptr) return escape(out, message.plain);
  out += message.plain;
}

Catalogue::Catalogue(std::vector<TextFile> files) {
  texts_[Locale{}];  // English is always there, even if it is empty.
  for (const auto& file : files) add_file(file);
  for (const auto& [key, text] : texts_[Locale{}]) {
    ids_.emplace(key, static_cast<MessageId>(ids_.size()));
  }
  arguments_.resize(ids_.size());
  for (const auto& file : files) {
    for (const auto& [key, text] : texts_[file.locale]) {
      if (!ids_.contains(key)) {
        throw TextsError(file.name + ": '" + key + "' has no English text");
      }
    }
  }
  for (const auto& [locale, texts] : texts_) {
    if (locale != Locale{}) locales_.push_back(locale);
  }
  locales_.insert(locales_.begin(), Locale{});
  build(texts_);
}

Catalogue::~Catalogue() = default;

void Catalogue::add_file(const TextFile& file) {
  auto& texts = texts_[file.locale];
  for (auto& [key, text] : parse_file(file)) {
    try {
      parse_pattern(text, LanguageRules(file.locale));
    } catch (const std::invalid_argument& error) {
      throw TextsError(file.name + ": '" + key + "' " + error.what());
    }
    texts[key] = text;
  }
}

void Catalogue::build(const std::map<Locale, std::map<std::string, std::string>>& texts) {
  // Plain languages come before their variants ("de" before "de-AT") in the order of tags, so a
  // variant can take over what its language has. English is first in any case.
  for (const auto& locale : locales_) {
    const LanguageRules rules(locale);
    auto& messages = messages_[locale];
    messages.locale_ = locale;
    messages.catalogue_ = this;
    messages.messages_.resize(ids_.size());
    const auto language = Locale::parse(locale.language());
    const bool has_parent = *language != locale && messages_.contains(*language);
    const auto& fallback = has_parent ? messages_.at(*language) : messages_.at(Locale{});
    for (const auto& [key, id] : ids_) {
      const auto index = static_cast<std::size_t>(id);
      auto& message = messages.messages_[index];
      const auto own = texts.at(locale).find(key);
      if (own == texts.at(locale).end()) {
        message = fallback.messages_[index];
        continue;
      }
      auto pattern = std::make_shared<Pattern>(parse_pattern(own->second, rules));
      collect_arguments(*pattern, arguments_[index]);
      if (pattern->pieces.empty()) continue;
      if (pattern->pieces.size() == 1 && pattern->pieces[0].kind == Pattern::Piece::Kind::literal) {
        message.plain = pattern->pieces[0].text;
      } else {
        message.pattern = std::move(pattern);
      }
    }
  }
}

const Messages& Catalogue::in(const Locale& wanted) const {
  if (const auto same = messages_.find(wanted); same != messages_.end()) return same->second;
  // "de" sorts before "de-AT", so the plain language is met first.
  for (const auto& [locale, messages] : messages_) {
    if (locale.language() == wanted.language()) return messages;
  }
  return messages_.at(Locale{});
}

std::optional<MessageId> Catalogue::find(std::string_view key) const {
  const auto found = ids_.find(key);
  if (found == ids_.end()) return std::nullopt;
  return found->second;
}

std::vector<std::string_view> Catalogue::keys() const {
  std::vector<std::string_view> keys;
  for (const auto& [key, id] : ids_) keys.push_back(key);
  return keys;
}

const std::vector<Catalogue::Wanted>& Catalogue::arguments(MessageId id) const {
  return arguments_[static_cast<std::size_t>(id)];
}

std::vector<Catalogue::Missing> Catalogue::missing_keys() const {
  std::vector<Missing> missing;
  for (const auto& [locale, texts] : texts_) {
    for (const auto& [key, id] : ids_) {
      if (!texts.contains(key)) missing.push_back({locale, key});
    }
  }
  return missing;
}

std::vector<TextFile> text_files(std::span<const EmbeddedFile> files) {
  std::vector<TextFile> found;
  for (const auto& file : files) {
    if (!file.path.ends_with(".json")) continue;
    auto name = file.path.substr(file.path.rfind('/') + 1);
    name.remove_suffix(std::string_view(".json").size());
    const auto locale = Locale::parse(name);
    if (!locale)
      throw TextsError(std::string(file.path) + ": '" + std::string(name) +
                       "' is no language tag such as de or de-AT");
    found.push_back({*locale, std::string(file.path), std::string(file.bytes)});
  }
  return found;
}

}  // namespace osier::locale
