// Alignment of two readings by edit distance, then one decision per character.
#include "workers/reader/fuse.h"

#include <algorithm>
#include <array>
#include <span>

#include "base/text.h"
#include "workers/reader/script.h"

namespace sensorium::reader {
namespace {

constexpr float trusted_alone = 0.9F;  // Tesseract, on a line of which PP-OCR reads something else
constexpr std::ptrdiff_t letters_alone = 6;
constexpr float letter_sure = 0.8F;    // Tesseract, for a letter that PP-OCR does not see
constexpr float boundary_sure = 0.3F;  // Tesseract's words below it have no trustworthy ends
constexpr float likelier_than_not = 0.5F;
// The likelihood of a space between two glyphs: above it is one; within the band nobody knows.
constexpr float space_likely = 0.03F;
constexpr float space_doubtful_from = 0.008F;
constexpr float space_doubtful_to = 0.08F;
constexpr float clear_glyph = 0.8F;
constexpr float clear_line = 0.96F;
constexpr float same_line = 0.5F;     // share of equal characters from which two readings are one line
constexpr std::size_t longest = 400;  // characters; longer lines are not aligned

/// A character with how sure its reader is of it; `starts_word` says that a space comes before it.
struct Mark {
  std::string_view text;
  float confidence = 0;
  bool starts_word = false;
  bool doubtful = false;  ///< whether a space comes before it is unclear; PP-OCR only
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

bool is_space(const Glyph& glyph) { return glyph.text == " " || glyph.text == "\u3000"; }

Marks from_glyphs(const std::vector<Glyph>& glyphs) {
  Marks marks;
  for (const auto& glyph : glyphs) {
    if (is_space(glyph)) continue;
    const bool first = marks.empty();
    const float space = glyph.space_before;
    // The network puts spaces before the @ of addresses, however narrow the gap.
    const bool doubtful = (space >= space_doubtful_from && space < space_doubtful_to) || glyph.text == "@";
    marks.push_back({glyph.text, glyph.likelihood, !first && space >= space_likely, !first && doubtful});
  }
  return marks;
}

Marks from_words(const std::vector<LatinWord>& words) {
  Marks marks;
  for (const auto& word : words) {
    bool first = !marks.empty();
    for (const auto c : characters(word.text))
      marks.push_back({c, word.confidence, std::exchange(first, false), false});
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
    return is_letter_or_digit(step.latin->text) && step.latin->confidence >= letter_sure ? step.latin
                                                                                         : nullptr;
  if (agree(step)) return step.latin;
  // Accents are outside of the network's alphabet; it reads the bare letter.
  if (code_point(step.latin->text) >= 0xC0 && code_point(step.latin->text) <= 0x24F) return step.latin;
  return step.network->confidence >= step.latin->confidence ? step.network : step.latin;
}

LineText combined(const std::vector<Step>& steps) {
  Marks out;
  bool space = false, equal = true;
  float last_latin = 0, sum = 0, by_network = 0;
  for (const auto& step : steps) {
    equal = equal && agree(step);
    if (step.latin) {
      const float least =
          step.latin->starts_word ? std::min(last_latin, step.latin->confidence) : step.latin->confidence;
      last_latin = step.latin->confidence;
      const bool ask_latin = !step.network || (step.network->doubtful && least >= boundary_sure);
      space = space || (ask_latin ? step.latin->starts_word : step.network->starts_word);
    } else {
      space = space || step.network->starts_word;
    }
    const auto* mark = choice(step);
    if (!mark) continue;
    const float other = agree(step) ? step.network->confidence : 0;
    sum += std::max(mark->confidence, other);
    by_network += mark == step.network || agree(step) ? 1.0F : 0.0F;
    out.push_back({mark->text, mark->confidence, std::exchange(space, false) && !out.empty(), false});
  }
  const auto count = static_cast<float>(std::max<std::size_t>(out.size(), 1));
  return {text_of(out), sum / count, equal ? "both" : by_network < count / 2 ? "tesseract" : "ppocr"};
}

bool readable_alone(const Marks& latin) {
  return mean(latin) >= trusted_alone && std::ranges::count_if(latin, [](const Mark& m) {
                                           return is_letter_or_digit(m.text);
                                         }) >= letters_alone;
}

}  // namespace

LineText latin_text(const std::vector<Glyph>& glyphs) {
  const auto marks = from_glyphs(glyphs);
  return {text_of(marks), mean(marks), "ppocr"};
}

bool is_clear(const std::vector<Glyph>& glyphs) {
  const auto marks = from_glyphs(glyphs);
  return mean(marks) >= clear_line &&
         std::ranges::all_of(marks, [](const Mark& m) { return m.confidence >= clear_glyph && !m.doubtful; });
}

LineText fused(const std::vector<Glyph>& glyphs, const std::vector<LatinWord>& words) {
  const auto network = from_glyphs(glyphs), latin = from_words(words);
  auto by_network = latin_text(glyphs);
  LineText by_latin{text_of(latin), mean(latin), "tesseract"};
  if (latin.empty()) return by_network;
  if (network.empty()) return readable_alone(latin) ? by_latin : LineText{};
  if (std::max(network.size(), latin.size()) > longest) return by_network;
  const auto steps = aligned(network, latin);
  const auto same = std::ranges::count_if(steps, agree);
  if (static_cast<float>(same) < same_line * static_cast<float>(steps.size()))
    return readable_alone(latin) && by_latin.confidence > by_network.confidence ? by_latin : by_network;
  return combined(steps);
}

}  // namespace sensorium::reader
