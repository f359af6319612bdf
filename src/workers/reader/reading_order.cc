// XY cut over lines that may be slightly tilted: the tilt is taken out first.
#include "workers/reader/reading_order.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <ranges>
#include <tuple>

namespace sensorium::reader {
namespace {

constexpr float column_gap = 1.3F;  // of the median line height
constexpr float same_row = 0.5F;    // share of the smaller height that two lines of one row have in common
constexpr std::size_t min_column_lines = 2;

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

/// A gap between columns is one only if both sides are columns: several lines each. What looks like
/// two columns with matching rows is a table, which is read row by row.
bool is_table(const Items& a, const Items& b) {
  std::size_t matched = 0;
  float width_a = 0, width_b = 0, height_a = 0;
  for (const auto& x : a) {
    width_a += x.box.width();
    height_a += x.box.height();
    for (const auto& y : b) {
      const float shared = std::min(x.box.bottom, y.box.bottom) - std::max(x.box.top, y.box.top);
      if (shared > same_row * std::min(x.box.height(), y.box.height())) {
        ++matched;
        break;
      }
    }
  }
  for (const auto& y : b) width_b += y.box.width();
  const auto count_a = static_cast<float>(a.size());
  const bool short_entries =
      std::min(width_a / count_a, width_b / static_cast<float>(b.size())) < 8 * height_a / count_a;
  return short_entries && matched * 10 >= std::min(a.size(), b.size()) * 7;
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
  if (split.first.size() < min_column_lines || split.second.size() < min_column_lines) return std::nullopt;
  if (is_table(split.first, split.second)) return std::nullopt;
  return split;
}

/// Positions in `items` (sorted by top) before which the whole page width is white.
std::vector<std::size_t> row_gaps(const Items& items) {
  std::vector<std::size_t> gaps;
  float reach = bottom(items.front());
  for (std::size_t i = 1; i < items.size(); ++i) {
    if (top(items[i]) > reach) gaps.push_back(i);
    reach = std::max(reach, bottom(items[i]));
  }
  return gaps;
}

/// Cuts off what spans the columns above or below them (titles, footers), as little as possible.
std::optional<Split> split_rows(Items items, float unit) {
  std::ranges::sort(items, {}, top);
  const auto gaps = row_gaps(items);
  if (gaps.size() > max_cut_candidates) return std::nullopt;
  const auto at = [&items](std::size_t i) { return items.begin() + static_cast<std::ptrdiff_t>(i); };
  for (const auto gap : gaps)
    if (split_columns({at(gap), items.end()}, unit))
      return Split{{items.begin(), at(gap)}, {at(gap), items.end()}};
  for (const auto gap : gaps | std::views::reverse)
    if (split_columns({items.begin(), at(gap)}, unit))
      return Split{{items.begin(), at(gap)}, {at(gap), items.end()}};
  return std::nullopt;
}

void cut(Items items, float unit, int depth, std::vector<std::size_t>& out) {
  auto split = items.size() < 2 * min_column_lines || depth == 0 ? std::nullopt : split_columns(items, unit);
  if (!split && items.size() > 2 * min_column_lines && depth > 0) split = split_rows(items, unit);
  if (!split) return by_rows(std::move(items), out);
  cut(std::move(split->first), unit, depth - 1, out);
  cut(std::move(split->second), unit, depth - 1, out);
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
    const float rim = box.height() * 0.15F;
    items.push_back({{box.left, box.top + rim, box.right, box.bottom - rim}, i});
  }
  std::vector<std::size_t> order;
  constexpr int max_depth = 64;
  if (!items.empty()) cut(std::move(items), std::max(median(heights), 1.0F), max_depth, order);
  return order;
}

}  // namespace sensorium::reader
