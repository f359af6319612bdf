// Greedy CTC.
#include "workers/reader/ctc.h"

#include <algorithm>

#include "base/check.h"
#include "base/text.h"

namespace sensorium::reader {

Alphabet::Alphabet(std::string characters) : characters_(std::move(characters)) {
  texts_.emplace_back();  // blank
  std::string_view all = characters_;
  if (all.ends_with('\n')) all.remove_suffix(1);
  for (auto line : text::split(all, '\n')) {
    if (line.ends_with('\r')) line.remove_suffix(1);
    texts_.push_back(line);
  }
  texts_.emplace_back(" ");
}

std::vector<Glyph> decode(std::span<const float> likelihoods, std::size_t columns, const Alphabet& alphabet) {
  const auto classes = alphabet.classes();
  SN_CHECK(likelihoods.size() >= columns * classes);
  std::vector<Glyph> glyphs;
  std::size_t last = 0;
  float space = 0;
  for (std::size_t column = 0; column < columns; ++column) {
    const auto row = likelihoods.subspan(column * classes, classes);
    const auto best = static_cast<std::size_t>(std::ranges::max_element(row) - row.begin());
    const float likelihood = row[best];
    space = std::max(space, row.back());
    if (best != 0 && best == last && likelihood > glyphs.back().likelihood) {
      glyphs.back().likelihood = likelihood;
      glyphs.back().column = static_cast<int>(column);
    } else if (best != 0 && best != last) {
      glyphs.push_back({alphabet.text(best), likelihood, static_cast<int>(column), space});
      // A space that was decoded still stands before the next glyph.
      if (best != classes - 1) space = 0;
    }
    last = best;
  }
  return glyphs;
}

}  // namespace sensorium::reader
