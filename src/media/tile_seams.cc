// Seams: an area is cut where a whole row or column of it is quiet, in the middle of the widest such place; a
// cut that has to go through something is made where there is least of it, and its sides overlap.
#include <algorithm>

#include "media/tile.h"

namespace sensorium::media {
namespace {

constexpr double least_fill = 0.5;         // of the most: where the search for a seam begins
constexpr double narrowest_column = 0.15;  // of the width
constexpr int least_quiet = 3;             // px; a pixel between two strokes is no seam
constexpr int narrowest_gutter = 24;       // px
constexpr double gutter_share = 0.012;     // of the width

enum class Axis : std::uint8_t { rows, columns };

Region strip(const Region& area, Axis axis, int from, int count) {
  return axis == Axis::rows ? Region{area.x, from, area.width, count}
                            : Region{from, area.y, count, area.height};
}

/// Runs of quiet rows or columns within [from, to).
struct Quiet {
  int begin, end;
  int middle() const noexcept { return begin + (end - begin) / 2; }
};

std::vector<Quiet> quiet_runs(const DetailMap& map, const Region& area, Axis axis, int from, int to) {
  std::vector<Quiet> runs;
  for (int at = from; at < to; ++at) {
    if (map.detail(strip(area, axis, at, 1)) > 0) continue;
    if (!runs.empty() && runs.back().end == at) ++runs.back().end;
    else runs.push_back({at, at + 1});
  }
  std::erase_if(runs, [](const Quiet& run) { return run.end - run.begin < least_quiet; });
  return runs;
}

int busiest_least(const DetailMap& map, const Region& area, Axis axis, int from, int to) {
  int best = to - 1;
  std::int64_t least = INT64_MAX;
  for (int at = to - 1; at >= from; --at)
    if (const auto detail = map.detail(strip(area, axis, at, 1)); detail < least) least = detail, best = at;
  return best;
}

/// `area` in parts of at most `most` along `axis`.
std::vector<Region> parts(const DetailMap& map, const Region& area, Axis axis, int most, int overlap) {
  const int begin = axis == Axis::rows ? area.y : area.x;
  const int end = begin + (axis == Axis::rows ? area.height : area.width);
  overlap = std::clamp(overlap, 0, most / 3);
  std::vector<Region> out;
  int from = begin;
  while (end - from > most) {
    const int search = from + static_cast<int>(most * least_fill), limit = from + most;
    auto runs = quiet_runs(map, area, axis, search, limit);
    int next = 0, cut = 0;
    if (!runs.empty()) {
      cut = next =
          std::ranges::max_element(runs, {}, [](const Quiet& run) { return run.end - run.begin; })->middle();
    } else {
      cut = busiest_least(map, area, axis, std::min(search + overlap, limit - 1), limit);
      next = cut - overlap;
    }
    out.push_back(strip(area, axis, from, cut - from));
    from = std::max(next, from + 1);
  }
  out.push_back(strip(area, axis, from, end - from));
  return out;
}

/// Columns of text: parts of the width with wide quiet gutters between them from top to bottom.
std::vector<Region> text_columns(const DetailMap& map, const Region& area) {
  const int least_gutter = std::max(narrowest_gutter, static_cast<int>(area.width * gutter_share));
  const int least_column = static_cast<int>(area.width * narrowest_column);
  std::vector<Region> out;
  int from = area.x;
  for (const Quiet& run : quiet_runs(map, area, Axis::columns, area.x, area.x + area.width)) {
    const bool wide = run.end - run.begin >= least_gutter;
    const bool between =
        run.middle() - from >= least_column && area.x + area.width - run.middle() >= least_column;
    if (!wide || !between) continue;
    out.push_back(strip(area, Axis::columns, from, run.middle() - from));
    from = run.middle();
  }
  out.push_back(strip(area, Axis::columns, from, area.x + area.width - from));
  return out;
}

}  // namespace

std::vector<Region> adaptive_tiles(const DetailMap& map, const TileRule& rule) {
  const Region whole{0, 0, map.size().width, map.size().height};
  std::vector<Region> out;
  for (const Region& column : text_columns(map, whole)) {
    if (map.blank(column)) continue;
    for (const Region& band : parts(map, column, Axis::rows, rule.most.height, rule.overlap)) {
      if (map.blank(band)) continue;
      for (const Region& tile : parts(map, band, Axis::columns, rule.most.width, rule.overlap))
        out.push_back(tile);
    }
  }
  return out;
}

}  // namespace sensorium::media
