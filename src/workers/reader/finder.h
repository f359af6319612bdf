// Finds lines at a scale that suits them: once for the whole page, and again, enlarged, when the first
// look found (or suggests) writing too small for it.
#pragma once

#include <vector>

#include "base/call_context.h"
#include "workers/reader/models.h"

namespace sensorium::reader {

/// Lines in the coordinates of `image`. Errors: cancelled, deadline_exceeded, internal.
Result<std::vector<FoundLine>> find_page(const CallContext& ctx, Models& models, const Image& image);

/// The scale of the first look at a picture of this size.
float first_scale(media::Size size) noexcept;

/// `coarse` and `fine` together: where both saw something, the look that suits the size of the text
/// stays. `coarse_scale` is the scale at which `coarse` was found.
std::vector<FoundLine> merged(const std::vector<FoundLine>& coarse, const std::vector<FoundLine>& fine,
                              float coarse_scale);

}  // namespace sensorium::reader
