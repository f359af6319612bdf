// Words are gathered into cues greedily; where to end one is a matter of points.
#include "pipeline/cues.h"

#include <algorithm>
#include <array>

#include "base/text.h"

namespace sensorium::pipeline {
namespace {

constexpr double long_pause = 0.8;  // seconds; a cue ends there

std::size_t length_of(char lead) noexcept {
  const auto byte = static_cast<unsigned char>(lead);
  return byte < 0x80 ? 1 : byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4;
}

bool wide(std::string_view character) {
  if (character.size() < 3) return false;
  if (character.size() == 4) return true;
  const auto a = static_cast<unsigned char>(character[0]), b = static_cast<unsigned char>(character[1]),
             c = static_cast<unsigned char>(character[2]);
  const unsigned code = (a & 0x0fU) << 12 | (b & 0x3fU) << 6 | (c & 0x3fU);
  return (code >= 0x1100 && code <= 0x115f) || (code >= 0x2e80 && code <= 0xa4cf) ||
         (code >= 0xac00 && code <= 0xd7a3) || (code >= 0xf900 && code <= 0xfaff) ||
         (code >= 0xfe30 && code <= 0xfe4f) || (code >= 0xff00 && code <= 0xff60);
}

std::vector<std::string_view> characters(std::string_view text) {
  std::vector<std::string_view> list;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t length = std::min(length_of(text[at]), text.size() - at);
    list.push_back(text.substr(at, length));
    at += length;
  }
  return list;
}

bool ends_with_any(std::string_view text, std::span<const std::string_view> marks) {
  return std::ranges::any_of(marks, [text](std::string_view mark) { return text.ends_with(mark); });
}
bool ends_sentence(std::string_view text) {
  static constexpr auto marks = std::to_array<std::string_view>({".", "!", "?", "…", "。", "！", "？"});
  return ends_with_any(text, marks);
}
bool ends_clause(std::string_view text) {
  static constexpr auto marks = std::to_array<std::string_view>({",", ";", ":", "-", "，", "；", "：", "、"});
  return ends_sentence(text) || ends_with_any(text, marks);
}

/// Where a line may break: after spaces, and between wide characters.
struct Unit {
  std::string text;  ///< without the space behind it
  bool space_before;
};
std::vector<Unit> units(std::string_view text) {
  std::vector<Unit> list;
  bool space = false, last_wide = false;
  for (const auto character : characters(text)) {
    if (character == " " || character == "\n") {
      space = true;
      continue;
    }
    const bool is_wide = wide(character) && !ends_clause(character);
    const bool fresh =
        list.empty() || space || is_wide || (last_wide && !ends_clause(character) && wide(character));
    if (fresh) list.push_back({std::string(character), space && !list.empty()});
    else list.back().text += character;
    last_wide = wide(character);
    space = false;
  }
  return list;
}

std::string joined(std::span<const Unit> part) {
  std::string out;
  for (const auto& unit : part) {
    if (unit.space_before && !out.empty()) out += ' ';
    out += unit.text;
  }
  return out;
}

/// The words of a segment; without any, its units in proportion to their width.
std::vector<SpokenWord> words_of(const Segment& segment) {
  if (!segment.words.empty()) return segment.words;
  std::vector<SpokenWord> words;
  const auto parts = units(segment.text);
  int all = 0, before = 0;
  for (const auto& part : parts) all += text_width(part.text) + 1;
  for (const auto& part : parts) {
    const int width = text_width(part.text) + 1;
    const double length = segment.end - segment.start;
    const auto at = [&](int n) { return segment.start + length * n / std::max(all, 1); };
    words.push_back(
        {(part.space_before || words.empty() ? " " : "") + part.text, at(before), at(before + width), 1});
    before += width;
  }
  return words;
}

class Builder {
 public:
  explicit Builder(const CueRule& rule) : rule_(rule) {}

  void add(const SpokenWord& word) {
    if (!words_.empty() && must_end_before(word)) end_cue();
    words_.push_back(word);
    text_ += word.text;
    if (ends_sentence(text::trim(text_)) && text_width(text::trim(text_)) > rule_.line_width / 2) end_cue();
  }

  std::vector<Cue> finish() {
    flush(words_.size());
    for (std::size_t i = 0; i < cues_.size(); ++i) lengthen(i);
    return std::move(cues_);
  }
  /// A segment's end: a new sentence begins, mostly.
  void pause() {
    if (!words_.empty() && ends_sentence(text::trim(text_))) end_cue();
  }

 private:
  bool fits(std::string_view text) const {
    const auto lines = break_lines(text, rule_.line_width, rule_.lines);
    return std::ranges::all_of(lines,
                               [this](const auto& line) { return text_width(line) <= rule_.line_width; });
  }
  bool must_end_before(const SpokenWord& word) const {
    return word.end - words_.front().start > rule_.longest || word.start - words_.back().end > long_pause ||
           !fits(text::trim(text_ + word.text));
  }
  void end_cue() { flush(best_end()); }

  /// Rather at a clause than wherever the room ended, if that leaves a good part.
  std::size_t best_end() const {
    if (ends_clause(text::trim(words_.back().text))) return words_.size();
    for (std::size_t i = words_.size(); i-- > words_.size() / 2;)
      if (ends_clause(text::trim(words_[i].text))) return i + 1;
    return words_.size();
  }

  void flush(std::size_t count) {
    if (count == 0) return;
    std::string text;
    for (std::size_t i = 0; i < count; ++i) text += words_[i].text;
    if (!text::trim(text).empty())
      cues_.push_back({words_.front().start, words_[count - 1].end,
                       break_lines(text::trim(text), rule_.line_width, rule_.lines)});
    words_.erase(words_.begin(), words_.begin() + static_cast<std::ptrdiff_t>(count));
    text_.clear();
    for (const auto& word : words_) text_ += word.text;
  }

  /// Time to read, as far as the next cue leaves it.
  void lengthen(std::size_t index) {
    auto& cue = cues_[index];
    int width = 0;
    for (const auto& line : cue.lines) width += static_cast<int>(characters(line).size());
    const double wanted = std::clamp(width / rule_.characters_per_second, rule_.shortest, rule_.longest);
    const double limit =
        index + 1 < cues_.size() ? cues_[index + 1].start - rule_.gap : cue.start + rule_.longest;
    cue.end = std::max(cue.end, std::min(cue.start + wanted, limit));
    if (index + 1 < cues_.size())
      cue.end = std::max(std::min(cue.end, cues_[index + 1].start), cue.start + 0.02);
    cue.end = std::min(cue.end, cue.start + rule_.longest);
  }

  CueRule rule_;
  std::vector<SpokenWord> words_;
  std::string text_;
  std::vector<Cue> cues_;
};

}  // namespace

int text_width(std::string_view text) {
  int width = 0;
  for (const auto character : characters(text)) width += wide(character) ? 2 : 1;
  return width;
}

std::vector<std::string> break_lines(std::string_view text, int width, int lines) {
  const auto parts = units(text);
  std::vector<std::string> out;
  std::size_t from = 0;
  for (int line = 1; line < lines; ++line) {
    const auto rest = joined(std::span(parts).subspan(from));
    if (text_width(rest) <= width) break;
    // Even lines, the upper not longer than it must be; a clause's end is worth some unevenness.
    std::size_t best = 0;
    int best_cost = 1 << 30;
    const int half = text_width(rest) / (lines - line + 1);
    for (std::size_t end = from + 1; end < parts.size(); ++end) {
      const auto head = joined(std::span(parts).subspan(from, end - from));
      if (text_width(head) > width) break;
      const int cost = std::abs(text_width(head) - half) - (ends_clause(head) ? width / 4 : 0) +
                       2 * std::max(0, text_width(rest) - text_width(head) - width * (lines - line)) * width;
      if (cost < best_cost) {
        best_cost = cost;
        best = end;
      }
    }
    if (best == 0) break;
    out.push_back(joined(std::span(parts).subspan(from, best - from)));
    from = best;
  }
  if (from < parts.size()) out.push_back(joined(std::span(parts).subspan(from)));
  return out;
}

std::vector<Cue> make_cues(std::span<const Segment> segments, const CueRule& rule) {
  Builder builder(rule);
  for (const auto& segment : segments) {
    for (const auto& word : words_of(segment)) builder.add(word);
    builder.pause();
  }
  return builder.finish();
}

}  // namespace sensorium::pipeline
