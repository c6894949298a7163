#include "catalog/word_index.h"

#include <algorithm>
#include <numeric>
#include <unordered_map>
#include <utility>

#include "catalog/fold.h"

namespace osier::catalog {

namespace {

template <class Take>
void for_each_word(std::string_view folded, Take&& take) {
  std::size_t at = 0;
  while (at < folded.size()) {
    const std::size_t end = std::min(folded.find(' ', at), folded.size());
    take(folded.substr(at, end - at));
    at = end + 1;
  }
}

// Calls `take(word, in_title)` for every word that search finds the product by; words may come more
// than once.
template <class Take>
void for_each_word_of(const Product& product, Take&& take) {
  const auto take_texts = [&take](const Texts& texts, bool in_title) {
    for (const auto& [locale, text] : texts.all()) {
      const std::string folded = fold(text);
      for_each_word(folded, [&](std::string_view word) { take(word, in_title); });
    }
  };
  const auto take_plain = [&take](std::string_view text) {
    const std::string folded = fold(text);
    for_each_word(folded, [&](std::string_view word) { take(word, false); });
  };
  take_texts(product.title, true);
  take_texts(product.subtitle, false);
  take_texts(product.materials, false);
  take_plain(product.handle);
  for (const Variant& variant : product.variants) {
    take_plain(variant.sku);
    take_plain(variant.barcode);
  }
}

struct TextHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const {
    return std::hash<std::string_view>{}(text);
  }
};

// The postings of one word, found while reading the products one after the other.
struct Found {
  std::uint32_t word;
  std::uint32_t posting;
};

}  // namespace

ProductWords ProductWords::of(const Product& product) {
  ProductWords made;
  for_each_word_of(product, [&made](std::string_view word, bool in_title) {
    made.words.push_back({std::string(word), in_title});
  });
  std::sort(made.words.begin(), made.words.end(), [](const Word& left, const Word& right) {
    return std::pair(std::string_view(left.text), !left.in_title) <
           std::pair(std::string_view(right.text), !right.in_title);
  });
  const auto end =
      std::unique(made.words.begin(), made.words.end(),
                  [](const Word& left, const Word& right) { return left.text == right.text; });
  made.words.erase(end, made.words.end());
  return made;
}

bool ProductWords::has(std::string_view beginning, bool in_title_only) const {
  auto word = std::lower_bound(
      words.begin(), words.end(), beginning,
      [](const Word& entry, std::string_view wanted) { return entry.text < wanted; });
  for (; word != words.end() && word->text.starts_with(beginning); ++word) {
    if (word->in_title || !in_title_only) return true;
  }
  return false;
}

// Words get numbers as they come; the postings are then counted and dealt out in the order of the
// words' texts.
WordIndex::WordIndex(std::span<const std::shared_ptr<const Product>> products)
    : product_count_(products.size()) {
  std::unordered_map<std::string, std::uint32_t, TextHash, std::equal_to<>> numbers;
  std::vector<Found> found;
  for (std::size_t product = 0; product < products.size(); ++product) {
    const std::size_t first = found.size();
    for_each_word_of(*products[product], [&](std::string_view word, bool in_title) {
      auto number = numbers.find(word);
      if (number == numbers.end()) {
        number =
            numbers.emplace(std::string(word), static_cast<std::uint32_t>(numbers.size())).first;
      }
      const auto posting = static_cast<std::uint32_t>(product * 2 + (in_title ? 1 : 0));
      for (std::size_t i = first; i < found.size(); ++i) {
        if (found[i].word != number->second) continue;
        found[i].posting |= posting;
        return;
      }
      found.push_back({number->second, posting});
    });
  }

  std::vector<std::pair<std::string_view, std::uint32_t>> sorted(numbers.begin(), numbers.end());
  std::sort(sorted.begin(), sorted.end());
  std::vector<std::uint32_t> places(sorted.size());
  words_.resize(sorted.size() + 1);
  for (std::size_t place = 0; place < sorted.size(); ++place) {
    words_[place].text = static_cast<std::uint32_t>(texts_.size());
    texts_ += sorted[place].first;
    places[sorted[place].second] = static_cast<std::uint32_t>(place);
  }
  words_.back().text = static_cast<std::uint32_t>(texts_.size());

  for (const Found& entry : found) ++words_[places[entry.word] + 1].postings;
  for (std::size_t i = 1; i < words_.size(); ++i) words_[i].postings += words_[i - 1].postings;
  postings_.resize(found.size());
  std::vector<std::uint32_t> next(sorted.size());
  for (std::size_t i = 0; i < next.size(); ++i) next[i] = words_[i].postings;
  for (const Found& entry : found) postings_[next[places[entry.word]]++] = entry.posting;
}

std::string_view WordIndex::text(std::size_t word) const {
  return std::string_view(texts_).substr(words_[word].text,
                                         words_[word + 1].text - words_[word].text);
}

void WordIndex::find(std::string_view beginning, ProductSet& anywhere, ProductSet& in_title) const {
  std::size_t low = 0;
  std::size_t high = words_.empty() ? 0 : words_.size() - 1;
  const std::size_t end = high;
  while (low < high) {
    const std::size_t middle = std::midpoint(low, high);
    if (text(middle) < beginning) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  for (; low < end && text(low).starts_with(beginning); ++low) {
    for (std::uint32_t i = words_[low].postings; i < words_[low + 1].postings; ++i) {
      const std::uint32_t posting = postings_[i];
      anywhere.add(posting / 2);
      if (posting % 2 != 0) in_title.add(posting / 2);
    }
  }
}

}  // namespace osier::catalog
