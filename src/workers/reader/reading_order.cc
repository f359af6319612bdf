// XY cut over lines that may be slightly tilted: the tilt is taken out first.
#include "workers/reader/reading_order.h"

#include <algorithm>
#include <bitset>
#include <cmath>
#include <optional>
#include <ranges>
#include <tuple>

namespace sensorium::reader {
namespace {

constexpr float column_gap = 1.3F;  // of the median line height
constexpr float same_row = 0.5F;    // share of the smaller height that two lines of one row have in common
constexpr std::size_t min_column_lines = 2;
constexpr float label_aspect = 3.5F;
constexpr float entry_aspect = 6;
constexpr float inner_height = 0.7F;  // share of a line's height that is kept: see reading_order()

float median(std::vector<float> values) {
  if (values.empty()) return 0;
  const auto middle = values.begin() + std::ssize(values) / 2;
  std::ranges::nth_element(values, middle);
  return *middle;
}

struct Item {
  Box box;
  std::size_t index;
};

using Items = std::vector<Item>;

constexpr std::size_t max_cut_candidates = 400;  // pages with more rows are read row by row

float left(const Item& i) { return i.box.left; }
float right(const Item& i) { return i.box.right; }
float top(const Item& i) { return i.box.top; }
float bottom(const Item& i) { return i.box.bottom; }

/// Rows from top to bottom, each from left to right.
void by_rows(Items items, std::vector<std::size_t>& out) {
  std::ranges::sort(items, {}, [](const Item& i) { return i.box.top + i.box.bottom; });
  while (!items.empty()) {
    const Box first = items.front().box;
    const auto in_row = [&first](const Item& i) {
      const float shared = std::min(first.bottom, i.box.bottom) - std::max(first.top, i.box.top);
      return shared > same_row * std::min(first.height(), i.box.height());
    };
    // The first belongs to its own row even if it is too flat to share height with itself.
    Items row{items.front()}, rest;
    for (const auto& item : items | std::views::drop(1)) (in_row(item) ? row : rest).push_back(item);
    std::ranges::sort(row, {}, left);
    for (const auto& item : row) out.push_back(item.index);
    items = std::move(rest);
  }
}

/// How wide lines are on average, in line heights. Item boxes are 0.7 of a line high.
float mean_aspect(const Items& items) {
  float width = 0, height = 0;
  for (const auto& item : items) {
    width += item.box.width();
    height += item.box.height() / inner_height;
  }
  return height > 0 ? width / height : 0;
}

/// Lines of `a` that stand beside one of `b`.
std::size_t matched_rows(const Items& a, const Items& b) {
  return static_cast<std::size_t>(std::ranges::count_if(a, [&b](const Item& x) {
    return std::ranges::any_of(b, [&x](const Item& y) {
      const float shared = std::min(x.box.bottom, y.box.bottom) - std::max(x.box.top, y.box.top);
      return shared > same_row * std::min(x.box.height(), y.box.height());
    });
  }));
}

/// A gap parts columns only if both sides are text: several lines, each much wider than high. Labels of
/// an axis are none, and short entries with matching rows are a table; both are read row by row.
bool are_columns(const Items& a, const Items& b) {
  if (a.size() < min_column_lines || b.size() < min_column_lines) return false;
  const float narrower = std::min(mean_aspect(a), mean_aspect(b));
  const bool rows_match = matched_rows(a, b) * 10 >= std::min(a.size(), b.size()) * 7;
  return narrower >= label_aspect && !(rows_match && narrower < entry_aspect);
}

struct Split {
  Items first, second;
};

/// Two groups with a white gap of `column_gap` between them that no line crosses.
std::optional<Split> split_columns(Items items, float unit) {
  std::ranges::sort(items, {}, left);
  float reach = right(items.front());
  std::size_t best = 0;
  float best_gap = column_gap * unit;
  for (std::size_t i = 1; i < items.size(); ++i) {
    const float gap = left(items[i]) - reach;
    if (gap >= best_gap) std::tie(best, best_gap) = std::pair(i, gap);
    reach = std::max(reach, right(items[i]));
  }
  if (best == 0) return std::nullopt;
  const auto at = items.begin() + static_cast<std::ptrdiff_t>(best);
  Split split{{items.begin(), at}, {at, items.end()}};
  if (!are_columns(split.first, split.second)) return std::nullopt;
  return split;
}

/// Positions in `items` (sorted by top) before which the whole page width is white, 0 and the end.
std::vector<std::size_t> row_starts(const Items& items) {
  std::vector<std::size_t> starts{0};
  float reach = bottom(items.front());
  for (std::size_t i = 1; i < items.size(); ++i) {
    if (top(items[i]) > reach) starts.push_back(i);
    reach = std::max(reach, bottom(items[i]));
  }
  starts.push_back(items.size());
  return starts;
}

/// Which parts of the page's width hold something, in equal bins.
class Coverage {
 public:
  Coverage(float from, float to) : from_(from), bin_((to - from) / static_cast<float>(bins_.size())) {}
  void add(const Item& item) {
    const auto bin = [this](float x) {
      return std::min(static_cast<std::size_t>(std::max((x - from_) / bin_, 0.0F)), bins_.size() - 1);
    };
    bins_.set(bin(left(item)));
    for (auto i = bin(left(item)); i <= bin(right(item)); ++i) bins_.set(i);
  }
  /// A white gap of `size` with something on both sides.
  bool has_gap(float size) const {
    float white = -1;  // before the first covered bin nothing counts
    for (std::size_t i = 0; i < bins_.size(); ++i) {
      if (!bins_[i]) white = white < 0 ? white : white + bin_;
      else if (white >= size) return true;
      else white = 0;
    }
    return false;
  }

 private:
  std::bitset<512> bins_;
  float from_;
  float bin_;
};

struct Range {
  std::size_t begin = 0, end = 0;
};

/// The first run of rows that stands in columns, without what spans them (titles, footers).
std::optional<Range> column_rows(const Items& items, float unit) {
  const auto starts = row_starts(items);
  if (starts.size() > max_cut_candidates) return std::nullopt;
  const float from = std::ranges::min(items, {}, left).box.left;
  const float to = std::ranges::max(items, {}, right).box.right;
  if (to <= from) return std::nullopt;
  for (std::size_t i = 0; i + 2 < starts.size(); ++i) {
    Coverage coverage(from, to);
    std::size_t end = i;
    for (std::size_t j = i; j + 1 < starts.size(); ++j) {
      for (auto k = starts[j]; k < starts[j + 1]; ++k) coverage.add(items[k]);
      if (coverage.has_gap(column_gap * unit)) end = j + 1;
      else if (end > i) break;
    }
    const Range range{starts[i], starts[end]};
    if (end < i + min_column_lines || range.end - range.begin == items.size()) continue;
    const auto at = [&items](std::size_t k) { return items.begin() + static_cast<std::ptrdiff_t>(k); };
    if (split_columns({at(range.begin), at(range.end)}, unit)) return range;
  }
  return std::nullopt;
}

void cut(Items items, float unit, int depth, std::vector<std::size_t>& out) {
  if (items.size() < 2 * min_column_lines || depth == 0) return by_rows(std::move(items), out);
  if (auto split = split_columns(items, unit)) {
    cut(std::move(split->first), unit, depth - 1, out);
    return cut(std::move(split->second), unit, depth - 1, out);
  }
  std::ranges::sort(items, {}, top);
  const auto range = column_rows(items, unit);
  if (!range) return by_rows(std::move(items), out);
  const auto at = [&items](std::size_t k) { return items.begin() + static_cast<std::ptrdiff_t>(k); };
  by_rows({at(0), at(range->begin)}, out);
  cut({at(range->begin), at(range->end)}, unit, depth - 1, out);
  cut({at(range->end), items.end()}, unit, depth - 1, out);
}

}  // namespace

std::vector<std::size_t> reading_order(std::span<const Quad> quads) {
  std::vector<float> tilts, heights;
  for (const auto& quad : quads) {
    const Point along = (quad[1] - quad[0]) + (quad[2] - quad[3]);
    if (along.x > 4 * height(quad)) tilts.push_back(std::atan2(along.y, along.x));
    heights.push_back(height(quad));
  }
  const float tilt = median(tilts);
  const Point x_axis{std::cos(tilt), std::sin(tilt)}, y_axis{-x_axis.y, x_axis.x};
  Items items;
  for (std::size_t i = 0; i < quads.size(); ++i) {
    Quad level;
    for (std::size_t k = 0; k < 4; ++k) level[k] = {dot(quads[i][k], x_axis), dot(quads[i][k], y_axis)};
    auto box = bounds(level);
    // Quads are grown around their text; without the rim, neighbouring rows do not touch.
    const float rim = box.height() * (1 - inner_height) / 2;
    items.push_back({{box.left, box.top + rim, box.right, box.bottom - rim}, i});
  }
  std::vector<std::size_t> order;
  constexpr int max_depth = 64;
  if (!items.empty()) cut(std::move(items), std::max(median(heights), 1.0F), max_depth, order);
  return order;
}

}  // namespace sensorium::reader
