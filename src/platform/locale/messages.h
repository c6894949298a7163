// The texts people read, by key and language.
//
// A text file is a flat JSON object of ICU MessageFormat patterns:
//
//   {"cart.title": "Your cart", "cart.items": "{count, plural, one {# item} other {# items}}"}
//
// Patterns know {name}, {n, number}, plural, selectordinal and select, nested as one likes; dates
// and money come ready made as text. An apostrophe is written as it is, '{' in quotes is a brace
// (ICU's rules). All patterns are parsed at load; after that everything here is immutable and may
// be used by any number of threads.

#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "platform/base/embedded_file.h"
#include "platform/locale/locale.h"

namespace osier::locale {

class Catalogue;
struct Pattern;

// A text file that cannot be used: names the file, the key and what is wrong.
class TextsError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// A key's number within one Catalogue: looking up by it is one array access.
enum class MessageId : std::uint32_t {};

// What a pattern's {name} stands for. The name and the text must outlive the call.
struct Argument {
  std::string_view name;
  std::variant<std::int64_t, std::string_view> value;
  // The text is markup already and is not escaped by `Escape`.
  bool verbatim = false;
};

// Appends `text`, made harmless for the place it goes to, to `out`.
using Escape = void (*)(std::string& out, std::string_view text);

// The texts of one locale. A key that is missing in it reads as in its language ("de" for "de-AT"),
// else as in English.
class Messages {
 public:
  const Locale& locale() const { return locale_; }
  const Catalogue& catalogue() const { return *catalogue_; }

  // The text of `key`. An unknown key is returned itself, so that a page is never lost for it; an
  // argument that is not given prints as {name}.
  std::string text(std::string_view key, std::initializer_list<Argument> arguments = {}) const;

  // The same by number, appended to `out`; with `escape`, everything except verbatim arguments goes
  // through it.
  void append(std::string& out, MessageId id, std::span<const Argument> arguments,
              Escape escape = nullptr) const;

 private:
  friend class Catalogue;
  struct Message {
    std::string plain;                       // If there is no pattern.
    std::shared_ptr<const Pattern> pattern;  // Shared by the locales that fall back to it.
  };

  Locale locale_;
  const Catalogue* catalogue_ = nullptr;
  std::vector<Message> messages_;  // By MessageId.
};

// A text file: `locale` is its language, `name` what errors call it ("texts/de.json").
struct TextFile {
  Locale locale;
  std::string name;
  std::string json;
};

// The texts of all locales. Keeps its address for life; Messages point into it.
class Catalogue {
 public:
  // Files of one locale are merged; a later file wins, so a theme's texts go last. A locale other
  // than English may be partial. Throws TextsError on a file or pattern that is wrong, a key twice
  // in one file, or a key that English lacks.
  explicit Catalogue(std::vector<TextFile> files);
  ~Catalogue();
  Catalogue(const Catalogue&) = delete;
  Catalogue& operator=(const Catalogue&) = delete;

  // The texts for `wanted`: the same tag, else the same language, else English.
  const Messages& in(const Locale& wanted) const;
  const Messages& english() const { return in(Locale{}); }
  // The locales that have a file, English first, then by tag.
  const std::vector<Locale>& locales() const { return locales_; }

  std::optional<MessageId> find(std::string_view key) const;
  // Every key, sorted.
  std::vector<std::string_view> keys() const;

  // What a text asks for: the names its patterns use in any locale, and whether one of them counts
  // by it (plural, selectordinal, number), so that it must be an integer.
  struct Wanted {
    std::string name;
    bool is_number = false;
  };
  const std::vector<Wanted>& arguments(MessageId id) const;

  // Keys that English has and a locale with a file lacks, for checks and the build's tests.
  struct Missing {
    Locale locale;
    std::string key;
  };
  std::vector<Missing> missing_keys() const;

 private:
  void add_file(const TextFile& file);
  void build(const std::map<Locale, std::map<std::string, std::string>>& texts);

  std::map<std::string, MessageId, std::less<>> ids_;
  std::vector<std::vector<Wanted>> arguments_;  // By MessageId.
  std::vector<Locale> locales_;
  std::map<Locale, Messages> messages_;
  std::map<Locale, std::map<std::string, std::string>> texts_;  // As given: locale, key, pattern.
};

// The text files among embedded ones: every "<tag>.json", in whatever folder ("texts/de.json").
// Throws TextsError on a .json file whose name is no tag.
std::vector<TextFile> text_files(std::span<const EmbeddedFile> files);

}  // namespace osier::locale
