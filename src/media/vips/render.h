// Drawing pages with libvips' loaders for PDF and SVG, which are shut everywhere else.
// Surprising: only for a process that does nothing else and may be killed (workers/render).
#pragma once

#include <functional>
#include <string_view>

#include "media/page_choice.h"

namespace sensorium::media::vips {

struct RenderSinks {
  std::function<Status(int total)> begin;
  std::function<Status(int index, std::string_view png)> page;
};

/// Draws the chosen pages or frames one after another, each at most `long_side` where it is drawn from
/// vectors. Errors: corrupt_media, too_large, invalid_request (no such page).
Status render(std::string_view bytes, const PageChoice& choice, int long_side, int most_pages,
              const RenderSinks& sinks);

}  // namespace sensorium::media::vips
