// Regions of changed pixels: the mask is widened by half the gap, so that what is near grows together, and
// the joined areas are found run by run with union-find; boxes and counts are of the mask itself.
#include <algorithm>
#include <numeric>

#include "media/compare.h"

namespace sensorium::media {
namespace {

struct Box {
  int left = INT32_MAX, top = INT32_MAX, right = -1, bottom = -1;
  std::int64_t pixels = 0;
  void add(const Box& other) {
    left = std::min(left, other.left), top = std::min(top, other.top);
    right = std::max(right, other.right), bottom = std::max(bottom, other.bottom);
    pixels += other.pixels;
  }
};

/// `mask` with every set pixel grown by `before` to the left and up and `after` to the right and down.
std::vector<std::uint8_t> grown(const std::vector<std::uint8_t>& mask, Size size, int before, int after) {
  const auto width = static_cast<std::size_t>(size.width), height = static_cast<std::size_t>(size.height);
  std::vector<std::uint8_t> across(mask.size()), out(mask.size());
  for (std::size_t y = 0; y < height; ++y) {
    int reach = -1;  // set up to here
    for (int x = 0; x < size.width; ++x) {
      const std::size_t at = y * width + static_cast<std::size_t>(x);
      if (mask[at]) {
        for (int back = std::max({0, x - before, reach + 1}); back < x; ++back)
          across[y * width + static_cast<std::size_t>(back)] = 1;
        reach = x + after;
      }
      across[at] = x <= reach;
    }
  }
  // Down the columns the same with whole rows: the last set row of each column, and one pass back.
  std::vector<int> last(width, INT32_MIN / 2);
  for (int y = 0; y < size.height; ++y)
    for (std::size_t x = 0; x < width; ++x) {
      const std::size_t at = static_cast<std::size_t>(y) * width + x;
      if (across[at]) last[x] = y;
      out[at] = y - last[x] <= after;
    }
  std::ranges::fill(last, INT32_MAX / 2);
  for (int y = size.height - 1; y >= 0; --y)
    for (std::size_t x = 0; x < width; ++x) {
      const std::size_t at = static_cast<std::size_t>(y) * width + x;
      if (across[at]) last[x] = y;
      out[at] |= last[x] - y <= before;
    }
  return out;
}

class Areas {
 public:
  int make() {
    parent_.push_back(static_cast<int>(parent_.size()));
    boxes_.emplace_back();
    return parent_.back();
  }
  int root(int area) {
    while (parent_[index(area)] != area) {
      parent_[index(area)] = parent_[index(parent_[index(area)])];
      area = parent_[index(area)];
    }
    return area;
  }
  void join(int a, int b) {
    a = root(a), b = root(b);
    if (a == b) return;
    parent_[index(std::max(a, b))] = std::min(a, b);
    boxes_[index(std::min(a, b))].add(boxes_[index(std::max(a, b))]);
  }
  Box& box(int area) { return boxes_[index(root(area))]; }
  std::vector<Box> take() {
    std::vector<Box> out;
    for (std::size_t i = 0; i < boxes_.size(); ++i)
      if (parent_[i] == static_cast<int>(i)) out.push_back(boxes_[i]);
    return out;
  }

 private:
  static std::size_t index(int area) { return static_cast<std::size_t>(area); }
  std::vector<int> parent_;
  std::vector<Box> boxes_;
};

struct Run {
  int begin, end, area;  ///< [begin, end)
};

/// What of the mask itself lies in a run of the grown one.
Box content(const std::uint8_t* row, const Run& run, int y) {
  Box box;
  for (int x = run.begin; x < run.end; ++x)
    if (row[x]) box.add({x, y, x, y, 1});
  return box;
}

std::vector<Box> connected(const std::vector<std::uint8_t>& mask, const std::vector<std::uint8_t>& wide,
                           Size size) {
  Areas areas;
  std::vector<Run> above, here;
  for (int y = 0; y < size.height; ++y) {
    const auto offset = static_cast<std::size_t>(y) * static_cast<std::size_t>(size.width);
    const std::uint8_t* row = wide.data() + offset;
    here.clear();
    std::size_t near = 0;
    for (int x = 0; x < size.width;) {
      if (!row[x]) {
        ++x;
        continue;
      }
      Run run{x, x, areas.make()};
      while (run.end < size.width && row[run.end]) ++run.end;
      x = run.end;
      while (near < above.size() && above[near].end < run.begin) ++near;  // diagonal neighbours touch
      for (std::size_t i = near; i < above.size() && above[i].begin <= run.end; ++i)
        areas.join(run.area, above[i].area);
      areas.box(run.area).add(content(mask.data() + offset, run, y));
      here.push_back(run);
    }
    std::swap(above, here);
  }
  return areas.take();
}

}  // namespace

std::vector<Region> regions_of(const std::vector<std::uint8_t>& mask, Size size, const CompareRule& rule,
                               std::size_t& left_out) {
  const int before = rule.merge_gap / 2, after = rule.merge_gap - before;
  auto boxes = connected(mask, grown(mask, size, before, after), size);
  std::erase_if(boxes,
                [&](const Box& box) { return box.pixels < std::max<std::int64_t>(rule.min_pixels, 1); });
  std::ranges::sort(boxes, std::ranges::greater(), &Box::pixels);
  left_out = boxes.size() > rule.max_regions ? boxes.size() - rule.max_regions : 0;
  boxes.resize(boxes.size() - left_out);
  std::ranges::sort(
      boxes, [](const Box& a, const Box& b) { return a.top != b.top ? a.top < b.top : a.left < b.left; });
  std::vector<Region> out;
  for (const Box& box : boxes)
    out.push_back({box.left, box.top, box.right - box.left + 1, box.bottom - box.top + 1});
  return out;
}

}  // namespace sensorium::media
