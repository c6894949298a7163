#include "platform/html/diagnostics.h"

#include <algorithm>

namespace osier::html {

struct LineAndColumn {
  std::size_t line = 1;
  std::size_t column = 1;
};

static LineAndColumn line_and_column(Spot spot) {
  const auto before = std::string_view(spot.source->text).substr(0, spot.at);
  const auto last_newline = before.rfind('\n');
  const auto line_start = last_newline == before.npos ? 0 : last_newline + 1;
  return {.line = 1 + static_cast<std::size_t>(std::ranges::count(before, '\n')),
          .column = 1 + spot.at - line_start};
}

std::string place_of(Spot spot) {
  const auto [line, column] = line_and_column(spot);
  return spot.source->name + ":" + std::to_string(line) + ":" + std::to_string(column);
}

// The line of the spot with a mark below it; of a very long line, the part around the spot.
static std::string excerpt(Spot spot, std::size_t line, std::size_t column) {
  constexpr std::size_t shown_max = 120;
  const std::string_view text = spot.source->text;
  const auto start = spot.at - (column - 1);
  auto shown = text.substr(start, std::min(text.find('\n', start), text.size()) - start);
  auto mark = column - 1;
  if (mark > shown_max / 2 && shown.size() > shown_max) {
    const auto cut = mark - shown_max / 2;
    shown.remove_prefix(cut);
    mark -= cut;
  }
  shown = shown.substr(0, shown_max);
  const auto number = std::to_string(line);
  std::string blank;  // Tabs stay tabs, so that the mark stands right.
  for (const char c : shown.substr(0, mark)) blank += c == '\t' ? '\t' : ' ';
  return "  " + number + " | " + std::string(shown) + "\n  " + std::string(number.size(), ' ') +
         " | " + blank + "^";
}

void fail(Spot spot, const std::string& message) {
  const auto [line, column] = line_and_column(spot);
  throw TemplateError(spot.source->name, line, column, message,
                      place_of(spot) + ": " + message + "\n" + excerpt(spot, line, column));
}

TemplateError with_trail(const TemplateError& error, Spot rendered_from) {
  return {error.file(), error.line(), error.column(), error.message(),
          std::string(error.what()) + "\n  rendered from " + place_of(rendered_from)};
}

// Letters to add, drop, change, or swap with their neighbour (Damerau and Levenshtein's distance).
static std::size_t distance(std::string_view left, std::string_view right) {
  std::vector<std::size_t> before_last(right.size() + 1);
  std::vector<std::size_t> last(right.size() + 1);
  std::vector<std::size_t> row(right.size() + 1);
  for (std::size_t j = 0; j <= right.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= left.size(); ++i) {
    before_last.swap(last);
    last.swap(row);
    row[0] = i;
    for (std::size_t j = 1; j <= right.size(); ++j) {
      const auto changed = last[j - 1] + (left[i - 1] == right[j - 1] ? 0 : 1);
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, changed});
      const bool is_swapped =
          i > 1 && j > 1 && left[i - 1] == right[j - 2] && left[i - 2] == right[j - 1];
      if (is_swapped) row[j] = std::min(row[j], before_last[j - 2] + 1);
    }
  }
  return row.back();
}

std::string did_you_mean(std::string_view word, const std::vector<std::string_view>& known) {
  constexpr std::size_t word_length_max = 80;
  if (word.size() > word_length_max) return "";
  std::size_t nearest = std::max<std::size_t>(1, word.size() / 3) + 1;
  std::string_view meant;
  for (const auto candidate : known) {
    if (candidate.size() > word_length_max) continue;
    const auto letters = distance(word, candidate);
    if (letters < nearest) {
      nearest = letters;
      meant = candidate;
    }
  }
  return meant.empty() ? "" : "; did you mean '" + std::string(meant) + "'?";
}

}  // namespace osier::html
