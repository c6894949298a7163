// Text as search and sorting compare it: without case, accents and punctuation.

#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace osier::catalog {

// Words parted by single spaces: case folded (Unicode TR 44, NFKC_Casefold: "Straße" is "strasse"),
// accents taken off
// ("Töpferei" is "topferei"), everything but letters and digits a break between words. Invalid
// UTF-8 breaks words too.
std::string fold(std::string_view text);

// The words of a query: at most query_words_max of them, from its first query_length_max
// characters.
std::vector<std::string> query_words(std::string_view query);

}  // namespace osier::catalog
