// Which products have a word with a given beginning. Immutable; products that changed since it was
// made are the caller's to look at (ListingIndex does).

#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "catalog/snapshot.h"

namespace osier::catalog {

// One bit per product.
class ProductSet {
 public:
  explicit ProductSet(std::size_t products) : bits_((products + 63) / 64, 0) {}

  void add(std::size_t product) { bits_[product / 64] |= std::uint64_t{1} << (product % 64); }
  void remove(std::size_t product) { bits_[product / 64] &= ~(std::uint64_t{1} << (product % 64)); }
  bool has(std::size_t product) const { return (bits_[product / 64] >> (product % 64) & 1) != 0; }
  void keep_only(const ProductSet& other) {
    for (std::size_t i = 0; i < bits_.size(); ++i) bits_[i] &= other.bits_[i];
  }

 private:
  std::vector<std::uint64_t> bits_;
};

// The folded words of one product, each once.
struct ProductWords {
  struct Word {
    std::string text;
    bool in_title = false;
  };
  std::vector<Word> words;  // Sorted.

  static ProductWords of(const Product& product);
  // Whether a word begins so; in the title if only that counts.
  bool has(std::string_view beginning, bool in_title_only) const;
};

class WordIndex {
 public:
  explicit WordIndex(std::span<const std::shared_ptr<const Product>> products);

  // Adds the products with such a word to `anywhere`, those with it in the title to `in_title`.
  // Both are at least as large as the index.
  void find(std::string_view beginning, ProductSet& anywhere, ProductSet& in_title) const;
  std::size_t product_count() const { return product_count_; }

 private:
  struct Word {
    std::uint32_t text;      // Where it begins in texts_; it ends where the next one begins.
    std::uint32_t postings;  // Likewise in postings_.
  };
  std::string_view text(std::size_t word) const;

  std::size_t product_count_ = 0;
  std::string texts_;
  std::vector<Word> words_;              // Sorted by text, and one past the end.
  std::vector<std::uint32_t> postings_;  // Product × 2, + 1 if the word is in its title.
};

}  // namespace osier::catalog
