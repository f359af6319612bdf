// Alignment of two readings by edit distance, then one decision per character.
#include "workers/reader/fuse.h"

#include <algorithm>
#include <array>
#include <span>

#include "base/text.h"
#include "workers/reader/script.h"

namespace sensorium::reader {
namespace {

constexpr float trusted_alone = 0.8F;  // a reading that the other does not support at all
constexpr float glyph_sure = 0.9F;     // PP-OCR keeps a character against Tesseract
constexpr float likelier_than_not = 0.5F;
constexpr float same_line = 0.5F;     // share of equal characters from which two readings are one line
constexpr std::size_t longest = 400;  // characters; longer lines are not aligned

/// A character with who is sure of it how much; `starts_word` says that a space comes before it.
struct Mark {
  std::string_view text;
  float confidence = 0;
  bool starts_word = false;
};

using Marks = std::vector<Mark>;

/// Hyphens, quotes and dots have many shapes that look alike.
std::string_view folded(std::string_view c) {
  struct Pair {
    std::string_view from, to;
  };
  static constexpr std::array<Pair, 15> pairs{{{"‘", "'"},
                                               {"’", "'"},
                                               {"“", "\""},
                                               {"”", "\""},
                                               {"—", "-"},
                                               {"–", "-"},
                                               {"，", ","},
                                               {"。", "."},
                                               {"：", ":"},
                                               {"；", ";"},
                                               {"（", "("},
                                               {"）", ")"},
                                               {"！", "!"},
                                               {"？", "?"},
                                               {"·", "."}}};
  const auto* found = std::ranges::find(pairs, c, &Pair::from);
  return found == pairs.end() ? c : found->to;
}

bool is_letter_or_digit(std::string_view c) noexcept {
  const auto value = code_point(c);
  return (value >= '0' && value <= '9') || ((value | 32U) >= 'a' && (value | 32U) <= 'z') ||
         (value >= 0xC0 && value <= 0x24F);
}

Marks from_glyphs(const std::vector<Glyph>& glyphs) {
  Marks marks;
  bool space = false;
  for (const auto& glyph : glyphs) {
    if (glyph.text == " " || glyph.text == "\u3000") {
      space = !marks.empty();
      continue;
    }
    marks.push_back({glyph.text, glyph.likelihood, std::exchange(space, false)});
  }
  return marks;
}

Marks from_words(const std::vector<LatinWord>& words) {
  Marks marks;
  for (const auto& word : words) {
    bool first = !marks.empty();
    for (const auto c : characters(word.text))
      marks.push_back({c, word.confidence, std::exchange(first, false)});
  }
  return marks;
}

float mean(const Marks& marks) {
  float sum = 0;
  for (const auto& mark : marks) sum += mark.confidence;
  return marks.empty() ? 0 : sum / static_cast<float>(marks.size());
}

std::string text_of(const Marks& marks) {
  std::string out;
  for (const auto& mark : marks) {
    if (mark.starts_word) out += ' ';
    out += mark.text;
  }
  return out;
}

/// One step of an alignment; a null side has no character there.
struct Step {
  const Mark* network = nullptr;
  const Mark* latin = nullptr;
};

std::vector<Step> aligned(const Marks& network, const Marks& latin) {
  const auto rows = network.size() + 1, columns = latin.size() + 1;
  std::vector<int> cost(rows * columns);
  const auto at = [&cost, columns](std::size_t i, std::size_t j) -> int& { return cost[i * columns + j]; };
  for (std::size_t i = 0; i < rows; ++i) at(i, 0) = static_cast<int>(i);
  for (std::size_t j = 0; j < columns; ++j) at(0, j) = static_cast<int>(j);
  const auto differ = [&](std::size_t i, std::size_t j) {
    return folded(network[i - 1].text) == folded(latin[j - 1].text) ? 0 : 1;
  };
  for (std::size_t i = 1; i < rows; ++i)
    for (std::size_t j = 1; j < columns; ++j)
      at(i, j) = std::min({at(i - 1, j) + 1, at(i, j - 1) + 1, at(i - 1, j - 1) + differ(i, j)});
  std::vector<Step> steps;
  std::size_t i = network.size(), j = latin.size();
  while (i > 0 || j > 0) {
    if (i > 0 && j > 0 && at(i, j) == at(i - 1, j - 1) + differ(i, j))
      steps.push_back({&network[--i], &latin[--j]});
    else if (i > 0 && at(i, j) == at(i - 1, j) + 1) steps.push_back({&network[--i], nullptr});
    else steps.push_back({nullptr, &latin[--j]});
  }
  std::ranges::reverse(steps);
  return steps;
}

bool agree(const Step& step) {
  return step.network && step.latin && folded(step.network->text) == folded(step.latin->text);
}

/// The character to keep, or null. Only the readers' own confidence decides, no dictionary.
const Mark* choice(const Step& step) {
  if (!step.latin) return step.network->confidence >= likelier_than_not ? step.network : nullptr;
  if (!step.network)
    return is_letter_or_digit(step.latin->text) && step.latin->confidence >= trusted_alone ? step.latin
                                                                                           : nullptr;
  if (agree(step)) return step.latin;
  // Accents are outside of the network's alphabet; it reads the bare letter.
  if (code_point(step.latin->text) >= 0xC0 && code_point(step.latin->text) <= 0x24F) return step.latin;
  return step.network->confidence >= std::max(step.latin->confidence, glyph_sure) ? step.network : step.latin;
}

LineText combined(const std::vector<Step>& steps, float network_mean, float latin_mean) {
  Marks out;
  bool space = false, equal = true;
  for (const auto& step : steps) {
    equal = equal && agree(step);
    // Each reader misses spaces; the network makes some up around marks.
    const bool between_letters = step.network && step.network->starts_word && !out.empty() &&
                                 is_letter_or_digit(out.back().text) &&
                                 is_letter_or_digit(step.network->text);
    space = space || (step.latin && step.latin->starts_word) || between_letters;
    const auto* mark = choice(step);
    if (!mark) continue;
    out.push_back({mark->text, mark->confidence, std::exchange(space, false) && !out.empty()});
  }
  const bool by_latin = latin_mean > network_mean;
  return {text_of(out), std::max(network_mean, latin_mean),
          equal      ? "both"
          : by_latin ? "tesseract"
                     : "ppocr"};
}

}  // namespace

LineText fused(const std::vector<Glyph>& glyphs, const std::vector<LatinWord>& words) {
  const auto network = from_glyphs(glyphs), latin = from_words(words);
  const float network_mean = mean(network), latin_mean = mean(latin);
  const LineText by_network{text_of(network), network_mean, "ppocr"};
  const LineText by_latin{text_of(latin), latin_mean, "tesseract"};
  if (latin.empty()) return by_network;
  if (network.empty()) return latin_mean >= trusted_alone ? by_latin : LineText{};
  if (std::max(network.size(), latin.size()) > longest)
    return network_mean >= latin_mean ? by_network : by_latin;
  const auto steps = aligned(network, latin);
  const auto same = std::ranges::count_if(steps, agree);
  if (static_cast<float>(same) < same_line * static_cast<float>(steps.size()))
    return latin_mean >= trusted_alone && latin_mean > network_mean ? by_latin : by_network;
  return combined(steps, network_mean, latin_mean);
}

}  // namespace sensorium::reader
