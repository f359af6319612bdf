// Lines are compared as boxes; only where boxes say that two are one is the text looked at.
#include "engine/local/reader_tiles.h"

#include <algorithm>
#include <cmath>

namespace sensorium::reader {
namespace {

constexpr double same_row = 0.6;   // share of the lower line's height that two pieces of one line share
constexpr double inside = 0.8;     // share of a line's width that lies within another: seen twice
constexpr double alike = 0.7;      // characters equal in the overlap
constexpr std::size_t frayed = 3;  // characters at a cut end that may be misread
constexpr int edge = 4;            // px: a line this near to a cut was cut
constexpr std::size_t longest_overlap = 60;

std::vector<std::string_view> characters(std::string_view text) {
  std::vector<std::string_view> out;
  for (std::size_t at = 0; at < text.size();) {
    std::size_t end = at + 1;
    while (end < text.size() && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) ++end;
    out.push_back(text.substr(at, end - at));
    at = end;
  }
  return out;
}

std::string text_of(std::span<const std::string_view> characters) {
  std::string out;
  for (const auto c : characters) out += c;
  return out;
}

int width(const PageBox& box) { return box.right - box.left; }

bool on_one_row(const PageBox& a, const PageBox& b) {
  const int shared = std::min(a.bottom, b.bottom) - std::max(a.top, b.top);
  return shared > same_row * std::max(1, std::min(a.height(), b.height()));
}

int shared_width(const PageBox& a, const PageBox& b) {
  return std::min(a.right, b.right) - std::max(a.left, b.left);
}

/// Two tiles saw the same thing.
bool same_place(const PageBox& a, const PageBox& b) {
  return on_one_row(a, b) && shared_width(a, b) > inside * std::max(1, std::min(width(a), width(b)));
}

class Joiner {
 public:
  void add(const TilePage& tile) {
    const std::size_t known = lines_.size();
    for (PageLine line : tile.page.lines) {
      move(line.box, tile.place.region);
      add_line(std::move(line), known, cut_across(line.box, tile.place));
    }
    for (PageCode code : tile.page.codes) {
      move(code.box, tile.place.region);
      const auto same = [&](const PageCode& other) {
        return other.text == code.text && same_place(other.box, code.box);
      };
      if (std::ranges::none_of(codes_, same)) codes_.push_back(std::move(code));
    }
  }
  std::vector<PageLine> lines() && {
    std::vector<PageLine> out;
    for (auto& one : lines_) out.push_back(std::move(one.line));
    return out;
  }
  std::vector<PageCode> codes() && { return std::move(codes_); }

 private:
  struct Known {
    PageLine line;
    bool cut = false;  ///< through its letters, by the upper or lower side of its tile
  };

  static void move(PageBox& box, const media::Region& by) {
    box.left += by.x, box.right += by.x, box.top += by.y, box.bottom += by.y;
  }

  static bool cut_across(const PageBox& box, const TilePlace& place) {
    const auto& r = place.region;
    const bool above = r.y > 0 && box.top <= r.y + edge;
    const bool below = r.y + r.height < place.whole.height && box.bottom >= r.y + r.height - edge;
    return above || below;
  }

  /// Only lines of earlier tiles, the first `known`, can be the same or another piece.
  void add_line(PageLine line, std::size_t known, bool cut) {
    for (std::size_t i = 0; i < known; ++i) {
      Known& other = lines_[i];
      if (!on_one_row(other.line.box, line.box)) continue;
      const int shared = shared_width(other.line.box, line.box);
      if (shared <= 0) continue;
      if (same_place(other.line.box, line.box)) {
        // The whole one, the longer one, the surer one.
        const bool better = other.cut != cut ? other.cut
                                             : width(line.box) > width(other.line.box) * 1.05 ||
                                                   (width(line.box) * 1.05 > width(other.line.box) &&
                                                    line.confidence > other.line.confidence);
        if (better) other = {std::move(line), cut};
        return;
      }
      join(other, line, shared);
      return;
    }
    lines_.push_back({std::move(line), cut});
  }

  static void join(Known& known, const PageLine& line, int shared) {
    const bool after = line.box.left > known.line.box.left;
    const PageLine &left = after ? known.line : line, &right = after ? line : known.line;
    const double pitch = static_cast<double>(width(left.box)) /
                         static_cast<double>(std::max<std::size_t>(1, characters(left.text).size()));
    std::string text = joined_text(left.text, right.text, shared / std::max(pitch, 1.0));
    const PageBox box{std::min(left.box.left, right.box.left), std::min(left.box.top, right.box.top),
                      std::max(left.box.right, right.box.right), std::max(left.box.bottom, right.box.bottom)};
    known.line = {std::move(text), std::min(left.confidence, right.confidence), box,
                  std::max(left.height, right.height)};
  }

  std::vector<Known> lines_;
  std::vector<PageCode> codes_;
};

void add_facts(PageFacts& sum, const PageFacts& more, double share) {
  if (more.brightness) sum.brightness = sum.brightness.value_or(0) + *more.brightness * share;
  if (more.sharpness) sum.sharpness = sum.sharpness.value_or(0) + *more.sharpness * share;
  for (const auto& colour : more.colours) {
    const auto known = std::ranges::find(sum.colours, colour.name, &PageColour::name);
    if (known == sum.colours.end()) sum.colours.push_back({colour.name, colour.share * share});
    else known->share += colour.share * share;
  }
}

}  // namespace

std::string joined_text(std::string_view left, std::string_view right, double shared) {
  const auto a = characters(left), b = characters(right);
  std::size_t best_a = a.size(), best_b = 0;
  double best = 0;
  // `left` without its last `drop` characters ends where `right` from `skip` on has gone `length` far.
  for (std::size_t drop = 0; drop <= std::min(frayed, a.size()); ++drop)
    for (std::size_t skip = 0; skip <= std::min(frayed, b.size()); ++skip)
      for (std::size_t length = 1; length <= std::min({longest_overlap, a.size() - drop, b.size() - skip});
           ++length) {
        std::size_t equal = 0;
        for (std::size_t i = 0; i < length; ++i)
          equal += a[a.size() - drop - length + i] == b[skip + i] ? 1 : 0;
        const double share = static_cast<double>(equal) / static_cast<double>(length);
        if (share < alike) continue;
        const double expected =
            std::abs(static_cast<double>(length + drop + skip) - shared) / std::max(shared, 2.0);
        const double score = static_cast<double>(equal) - 2 * static_cast<double>(length - equal) -
                             expected * 2 - static_cast<double>(drop + skip) * 0.25;
        if (score > best) best = score, best_a = a.size() - drop, best_b = skip + length;
      }
  if (best > 0) return text_of(std::span(a).first(best_a)) + text_of(std::span(b).subspan(best_b));
  // Nothing fits: the middle of what both saw.
  const auto half = static_cast<std::size_t>(std::max(0.0, std::round(shared / 2)));
  return text_of(std::span(a).first(a.size() - std::min(half, a.size()))) +
         text_of(std::span(b).subspan(std::min(half, b.size())));
}

ReadPage joined(std::span<const TilePage> tiles) {
  ReadPage out;
  out.width = tiles.front().place.whole.width;
  out.height = tiles.front().place.whole.height;
  double area = 0;
  for (const auto& tile : tiles)
    area += static_cast<double>(tile.place.region.width) * tile.place.region.height;
  Joiner joiner;
  out.facts.format = tiles.front().page.facts.format;
  for (const auto& tile : tiles) {
    joiner.add(tile);
    add_facts(out.facts, tile.page.facts,
              static_cast<double>(tile.place.region.width) * tile.place.region.height / std::max(area, 1.0));
    out.facts.bytes += tile.page.facts.bytes;
  }
  std::ranges::sort(out.facts.colours, std::ranges::greater(), &PageColour::share);
  out.codes = Joiner(joiner).codes();
  out.lines = std::move(joiner).lines();
  return out;
}

}  // namespace sensorium::reader
