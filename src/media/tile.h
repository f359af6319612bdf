// Cutting a large picture into tiles: a fixed grid that overlaps, or cuts along seams where there is little
// to see. Surprising: tiles without anything on them are left out, and the order of tiles is the order of
// reading.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "media/prepare.h"

namespace sensorium::media {

struct TileRule {
  Size most{512, 512};    ///< px, of one tile
  int overlap = 64;       ///< px that neighbours share where a cut goes through something
  bool adaptive = false;  ///< cut along quiet rows and columns, which need no overlap
  int most_tiles = 1024;  ///< a picture that needs more is refused
};

/// A grid of tiles of rule.most that share rule.overlap, rows from the top. The last of a row ends at the
/// edge.
std::vector<Region> grid_tiles(Size whole, const TileRule& rule);

/// Where there is detail in a picture: counted once, asked often. Takes 4 bytes a pixel.
class DetailMap {
 public:
  explicit DetailMap(const Pixels& pixels);
  Size size() const noexcept { return size_; }
  /// Pixels in `region` that differ clearly from their left or upper neighbour.
  std::int64_t detail(const Region& region) const noexcept;
  /// Nothing but an even ground.
  bool blank(const Region& region) const noexcept;

 private:
  std::int64_t sum(int x, int y) const noexcept;
  Size size_;
  std::vector<std::uint32_t> sums_;  // summed area; counts up to 2^32 - 1 pixels
};

/// Columns parted by gutters first, then bands of rows, then parts of bands; each at most rule.most.
std::vector<Region> adaptive_tiles(const DetailMap& map, const TileRule& rule);

/// The tiles of a picture by `rule`, blank ones left out. Errors: model_limit when there are too many.
Result<std::vector<Region>> plan_tiles(const Pixels& pixels, const TileRule& rule);

/// One tile as JPEG (quality 92, colours not halved) with its size in its header. Blocking.
Result<std::string> encode_tile(const CallContext& ctx, const Pixels& pixels, const Region& region);

/// The whole upright picture at its own size, for cutting. Blocking.
Result<Pixels> decode_whole(const CallContext& ctx, const Picture& picture);

/// Estimated peak bytes of decode_whole(), the map and one tile.
std::int64_t tile_memory(const Picture& picture) noexcept;

}  // namespace sensorium::media
