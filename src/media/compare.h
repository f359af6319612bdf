// Two pictures measured against each other, without any model: structural similarity, share and regions
// of changed pixels, hash distance. All is in pixels of the first picture; the second is turned upright
// and scaled to it.
#pragma once

#include <cstdint>
#include <vector>

#include "media/prepare.h"

namespace sensorium::media {

struct CompareRule {
  int tolerance = 16;            ///< of 255: a pixel has changed when a channel differs by more
  int merge_gap = 16;            ///< px: changed pixels with at most this many between them are one region
  std::int64_t min_pixels = 64;  ///< changed pixels of the smallest region told
  std::size_t max_regions = 64;  ///< the largest are kept
};

struct Comparison {
  bool equal = false;           ///< the same size, and no pixel has changed
  double ssim = 0;              ///< 1 for the same luma; mean over the picture
  double changed = 0;           ///< share of pixels, 0..1
  int phash_distance = 0;       ///< bits of 64
  std::vector<Region> regions;  ///< in reading order of their top left corners
  std::size_t regions_left_out = 0;
};

/// Pixels of a picture at exactly `size`, upright, enlarged if need be. Blocking.
Result<Pixels> decode_to(const CallContext& ctx, const Picture& picture, Size size);

/// Compares pixels of one size. Blocking: about 0.1 s a megapixel. Polls `ctx`.
Result<Comparison> compare_pixels(const CallContext& ctx, const Pixels& first, const Pixels& second,
                                  const CompareRule& rule = {});

/// Compares whole pictures. Above 32 megapixels both are shrunk first and regions scaled back. Blocking.
Result<Comparison> compare_pictures(const CallContext& ctx, const Picture& first, const Picture& second,
                                    const CompareRule& rule = {});

/// Estimated peak bytes of compare_pictures(), for the MemoryBudget.
std::int64_t compare_memory(const Picture& first, const Picture& second) noexcept;

/// Mean SSIM of two 8-bit luma planes of `size`: Wang et al. 2004 with a Gaussian window of 11 x 11, sigma
/// 1.5, K1 0.01, K2 0.03, population covariance; windows that leave the picture are not counted. Equals
/// scikit-image structural_similarity(gaussian_weights=True, sigma=1.5, use_sample_covariance=False,
/// data_range=255). Pictures smaller than the window get their edges mirrored.
Result<double> ssim(const CallContext& ctx, const std::vector<std::uint8_t>& first,
                    const std::vector<std::uint8_t>& second, Size size);

/// 8-bit luma as Pillow's convert("L"): ITU-R 601-2 in 16.16 fixed point.
std::vector<std::uint8_t> luma(const Pixels& pixels);

/// Regions of the set pixels of `mask` (0 or 1, rows of size.width).
std::vector<Region> regions_of(const std::vector<std::uint8_t>& mask, Size size, const CompareRule& rule,
                               std::size_t& left_out);

}  // namespace sensorium::media
